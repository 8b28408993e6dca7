package web

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/inbound"
	"supportd/library/reach"
	"supportd/library/sshd"
)

// clientsVariable makes the test's own program the clients of the memory test: WAY
// ADDRESS CERTIFICATE. Another process, so that their memory is not counted.
const clientsVariable = "SUPPORTD_TEST_CLIENTS"

func TestMain(m *testing.M) {
	if line := os.Getenv(clientsVariable); line != "" {
		if err := beClients(line); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beClients logs in as often as wanted, and says so. For each line of its input it asks on
// each connection whether the server lives, and says so.
func beClients(line string) error {
	words := strings.Fields(line)
	name, addr := words[0], words[1]
	text, err := os.ReadFile(words[2])
	if err != nil {
		return err
	}
	roots, key := x509.NewCertPool(), testkit.NewKey(&testing.T{})
	roots.AppendCertsFromPEM(text)
	var conns []ssh.Conn
	login := func(nc net.Conn) error {
		cfg := &ssh.ClientConfig{User: "x", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Config: sshd.Algorithms()}
		conn, _, requests, err := ssh.NewClientConn(nc, addr, cfg)
		if err == nil {
			conns = append(conns, conn)
			go ssh.DiscardRequests(requests)
		}
		return err
	}
	for range idleTunnels {
		if name == "wss" { // as computers come
			to, err := reach.ParseAddress("https://" + addr)
			if err != nil {
				return err
			}
			_, err = reach.Connect(context.Background(), &reach.Dialer{Roots: roots}, []reach.Address{to}, true, func(_ context.Context, nc net.Conn, known func() error) (int, error) {
				return 0, errors.Join(known(), login(nc))
			})
			if err != nil {
				return err
			}
			continue
		}
		nc, err := dialWay(name, addr)
		if err == nil {
			err = login(nc)
		}
		if err != nil {
			return err
		}
	}
	fmt.Println("ready")
	for told := bufio.NewScanner(os.Stdin); told.Scan(); fmt.Println("asked") {
		if err := askAll(conns); err != nil {
			return err
		}
	}
	return nil
}

// askAll asks all connections, one after the other, whether they live.
func askAll(conns []ssh.Conn) error {
	for _, c := range conns {
		if _, _, err := c.SendRequest("keepalive@openssh.com", true, nil); err != nil {
			return err
		}
	}
	return nil
}

func dialWay(name, addr string) (net.Conn, error) {
	if name == "direct" {
		return net.Dial("tcp", addr)
	}
	ws, _, err := websocket.Dial(context.Background(), "http://"+addr+reach.WebPath, nil)
	if err != nil {
		return nil, err
	}
	return websocket.NetConn(context.Background(), ws, websocket.MessageBinary), nil
}

// An idle tunnel in a WebSocket costs the relay at most 6 KiB more than a direct one,
// with the relay's own TLS too, and also when both sides have just asked whether the other
// one lives: a stack that grows by that stays so until garbage is collected.
func TestIdleTunnelsInWebSocketsAreSmall(t *testing.T) {
	const most = 6 << 10
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	host := testkit.NewKey(t)
	server, err := sshd.New(sshd.Options{
		HostKeys:     func() []ssh.Signer { return []ssh.Signer{host} },
		Authenticate: func(ssh.ConnMetadata, ssh.PublicKey) (any, error) { return "x", nil },
		Log:          log,
	})
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	testkit.WriteCertificate(t, cert, key, time.Hour, "127.0.0.1")
	certificates, err := FromFiles(cert, key, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	serving := 0
	ended := make(chan error)
	serve := func(f func() error) { serving++; go func() { ended <- f() }() }
	defer func() {
		cancel()
		for range serving {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		stopping, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := server.Shutdown(stopping, sshd.ErrShutdown); err != nil {
			t.Error(err)
		}
	}()
	in := inbound.NewQueue(&net.TCPAddr{})
	serve(func() error { return server.Serve(ctx, in) })
	site, err := New(Options{SSH: in.Put, Plain: true, Certificates: certificates, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	split, err := reach.NewSplit(reach.SplitOptions{SSH: in.Put, HTTP: site.TakeHTTP, TLS: site.TakeTLS, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	serve(func() error { return site.Serve(ctx) })
	port, direct := listen(t), listen(t)
	serve(func() error { return split.Serve(ctx, port) })
	serve(func() error { return server.Serve(ctx, direct) })

	addrs := map[string]string{"direct": direct.Addr().String(), "ws": port.Addr().String(), "wss": port.Addr().String()}
	withClients(t, server, "wss "+addrs["wss"]+" "+cert) // what is kept once and for all
	base := used()
	cost := map[string]usage{}
	for way, addr := range addrs {
		with := withClients(t, server, way+" "+addr+" "+cert)
		cost[way] = usage{(with.heap - base.heap) / idleTunnels, (with.stacks - base.stacks) / idleTunnels, with.grown / idleTunnels}
		t.Logf("%s: for each idle connection %d bytes of heap, %d of stacks, and %d after it was asked whether it lives",
			way, cost[way].heap, cost[way].stacks, cost[way].grown)
	}
	for _, way := range []string{"ws", "wss"} {
		more := cost[way].heap - cost["direct"].heap
		if !raceDetector { // which needs larger stacks
			more += cost[way].stacks + cost[way].grown - cost["direct"].stacks - cost["direct"].grown
		}
		if more > most {
			t.Errorf("%s costs %d bytes more than a direct connection, at most %d", way, more, most)
		}
	}
}

// usage is how many bytes are used; grown is by how many the stacks grow when both sides
// ask whether the other one lives.
type usage struct{ heap, stacks, grown int }

// withClients is what is used while these clients are logged in.
func withClients(t *testing.T, server *sshd.Server, line string) usage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), clientsVariable+"="+line)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(stdout)
	if said, err := answers.ReadString('\n'); err != nil || said != "ready\n" {
		t.Fatalf("the clients say %q: %v", said, err)
	}
	testkit.Eventually(t, "all have logged in", func() bool { return len(server.Conns()) == idleTunnels })
	during := used()
	fmt.Fprintln(stdin)
	if said, err := answers.ReadString('\n'); err != nil || said != "asked\n" {
		t.Fatalf("the clients say %q: %v", said, err)
	}
	var conns []ssh.Conn
	for _, c := range server.Conns() {
		conns = append(conns, c.SSH())
	}
	if err := askAll(conns); err != nil {
		t.Fatal(err)
	}
	during.grown = now().stacks - during.stacks
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "all have gone", func() bool { return len(server.Conns()) == 0 })
	return during
}

// used is the heap that is reachable, and the stacks.
func used() usage {
	debug.FreeOSMemory() // it also shrinks stacks
	runtime.GC()
	return now()
}

// now is the same, with garbage.
func now() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{heap: int(m.HeapAlloc), stacks: int(m.StackInuse)}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
