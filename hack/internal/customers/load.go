//go:build linux

// Package customers plays thousands of customers' computers in a process of its own: they
// join, keep their tunnels, come back when they lose the relay, and hand over journals.
// The benchmark and the long ordeals use it; it knows what a relay promises to a computer,
// and asks nobody's consent.
package customers

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/wire"
)

// Spec is what a load process is told on its standard input.
type Spec struct {
	Addr    string   // the relay
	Numbers []string // one customer joins with each; empty for OpenSSH
	Tunnels int      // OpenSSH: how many clients with a -R tunnel
	Key     string   // path of a private key: every client's for OpenSSH, the CSR's for Inner
	Workers int      // how many log in at the same time
	Inner   bool     // the tunnels lead to the product's own server
	Target  string   // where else they lead, HOST:PORT; empty: nowhere
	Web     string   // https://HOST:PORT or http://HOST:PORT: they come in WebSockets; empty: directly to Addr
	Roots   string   // PEM file of the CA behind https
	// Back has customers come back when they lose the relay, each within the time that it has
	// told them; a second result says how long that took until the last was back.
	Back bool
	// Singly is for how many seconds each customer sends events, and waits for each to be
	// acknowledged; a second result says how many they were. They are messages, or else
	// what scripts write.
	Singly   float64
	Messages bool
	// Live has customers come back as often as they lose a relay, to Addr or one of Others,
	// and hand over an event every Pace seconds, see [Load.Ask].
	Live   bool
	Others []string
	Pace   float64
}

// Result is what it prints when all tunnels stand, and where a second result is wanted
// once more.
type Result struct {
	Tunnels int
	Seconds float64
	Events  int
}

// Verb is the first argument of a process that calls [Run].
const Verb = "load"

// Load is a process of its own, because clients and server together would need
// more file descriptors than a process may have.
type Load struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	results *json.Decoder
	Numbers []string
	Result
}

// Start starts a load process and waits until its tunnels stand.
func Start(ctx context.Context, spec Spec) (*Load, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l := &Load{cmd: exec.CommandContext(ctx, self, Verb), Numbers: spec.Numbers}
	l.cmd.Stderr = os.Stderr
	if l.stdin, err = l.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(l.stdin).Encode(spec); err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	l.results = json.NewDecoder(out)
	if l.Result, err = l.Next(); err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	return l, nil
}

// Next waits for a result.
func (l *Load) Next() (r Result, err error) {
	if err := l.results.Decode(&r); err != nil {
		return r, fmt.Errorf("the load process: %w", err)
	}
	return r, nil
}

// Stop closes all tunnels and waits for the process.
func (l *Load) Stop() error {
	_ = l.stdin.Close()
	return l.cmd.Wait()
}

// Run is the load process: it reads a Spec, opens the tunnels, prints a
// [Result], and keeps the tunnels until its standard input ends.
func Run(args []string) error {
	if err := flag.NewFlagSet("load", flag.ContinueOnError).Parse(args); err != nil {
		return err
	}
	in := json.NewDecoder(os.Stdin)
	var spec Spec
	if err := in.Decode(&spec); err != nil {
		return err
	}
	n := max(len(spec.Numbers), spec.Tunnels)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		conns = make([]*customer, 0, n)
		fail  error
		jobs  = make(chan int)
		start = time.Now()
	)
	for range spec.Workers {
		wg.Go(func() {
			for i := range jobs {
				conn, err := spec.open(i)
				mu.Lock()
				if err == nil {
					conns = append(conns, conn)
				} else if fail == nil {
					fail = fmt.Errorf("tunnel %d: %w", i, err)
				}
				mu.Unlock()
			}
		})
	}
	for i := range n {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	if fail != nil {
		return fail
	}
	if err := json.NewEncoder(os.Stdout).Encode(Result{Tunnels: n, Seconds: time.Since(start).Seconds()}); err != nil {
		return err
	}
	if spec.Live {
		return spec.live(in, conns)
	}
	if err := spec.more(conns); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, c := range conns {
		_ = c.conn.Close()
	}
	return nil
}

// customer is one of them.
type customer struct {
	i      int
	key    ssh.Signer
	conn   ssh.Conn
	within time.Duration // in which the relay wants it back, where that was asked
	// generation is that of the relay's lease, where there are several relays.
	generation uint64
}

// open logs in as customer i would and asks for the tunnel.
func (spec Spec) open(i int) (*customer, error) {
	name, key, err := spec.login()
	if err != nil {
		return nil, err
	}
	c := &customer{i: i, key: key}
	if c.conn, err = spec.connect(c, name, false); err == nil && (spec.Back || spec.Live) {
		c.within, err = askReturn(c.conn)
	}
	return c, err
}

// connect logs in, joins or comes back, and asks for the tunnel.
func (spec Spec) connect(c *customer, name string, back bool) (ssh.Conn, error) {
	conn, channels, err := spec.dial(c, name)
	if err != nil {
		return nil, err
	}
	if err := spec.stay(c, conn, channels, back); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// dial logs in. Each customer has a source address of their own, as in life.
func (spec Spec) dial(c *customer, name string) (ssh.Conn, <-chan ssh.NewChannel, error) {
	i := c.i
	from := netip.AddrFrom4([4]byte{127, 1 + byte(i>>14), byte(i >> 7 & 127), 2 + byte(i&127)})
	d := net.Dialer{Timeout: 30 * time.Second}
	if to, err := netip.ParseAddrPort(spec.Addr); err == nil && to.Addr().IsLoopback() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	conn, channels, requests, err := spec.enter(&d, &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: name, Auth: []ssh.AuthMethod{ssh.PublicKeys(c.key)},
		// Everything is between processes of one run.
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		ClientVersion:   spec.version(),
	})
	if err != nil {
		return nil, nil, err
	}
	go agree(requests)
	return conn, channels, nil
}

// stay joins or comes back, and asks for the tunnel.
func (spec Spec) stay(c *customer, conn ssh.Conn, channels <-chan ssh.NewChannel, back bool) error {
	forward := wire.Forward{Host: "127.0.0.1"}
	serve := spec.serve
	if len(spec.Numbers) > 0 {
		number := spec.Numbers[c.i]
		welcome, err := join(conn, number, back)
		if err != nil {
			return err
		}
		if welcome.Generation < c.generation { // support-agent goes away, too
			return errors.New("the relay has an earlier lease of the session than another one")
		}
		c.generation = welcome.Generation
		if spec.Inner && (!spec.Live || c.i < Reachable) {
			if serve, err = spec.inner(c.key, welcome); err != nil {
				return err
			}
		}
		forward = wire.Forward{Host: wire.Number(number).Host(), Port: wire.TunnelPort}
	}
	go serve(channels)
	if ok, _, err := conn.SendRequest(wire.ForwardRequest, true, forward.Marshal()); err != nil || !ok {
		return errors.Join(errors.New("tunnel refused"), err)
	}
	if len(spec.Numbers) > 0 && !back {
		return beginJournal(conn)
	}
	return nil
}

// version is how the client calls itself: a customer's computer as support-agent.
func (spec Spec) version() string {
	if len(spec.Numbers) > 0 {
		return wire.Banner(wire.DaemonSoftware)
	}
	return "" // the library's
}

// beginJournal hands over the first event, as every customer's computer does. That closes
// the channel when it had nothing to say for some seconds; here it is closed at once.
func beginJournal(conn ssh.Conn) error {
	ch, requests, err := conn.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		return err
	}
	go ssh.DiscardRequests(requests) // ends with the connection
	e := firstEvent()
	line, err := e.Line()
	if err != nil {
		return err
	}
	if _, err := ch.Write(line); err != nil {
		return err
	}
	answers := bufio.NewReaderSize(ch, 16)
	for answer := ""; answer != "1\n"; {
		if answer, err = answers.ReadString('\n'); err != nil {
			return fmt.Errorf("the relay takes no journal: %w", err)
		}
	}
	if err := ch.CloseWrite(); err != nil {
		return err
	}
	if _, err := answers.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("the relay does not let the journal rest: %w", err)
	}
	_ = ch.Close() // the relay has done that
	return nil
}

// login is as whom and with which key a client logs in: a customer has a fresh
// one.
func (spec Spec) login() (name string, key ssh.Signer, err error) {
	if len(spec.Numbers) > 0 {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return "", nil, err
		}
		key, err = ssh.NewSignerFromKey(private)
		return wire.CustomerUser, key, err
	}
	if name, err = UserName(); err == nil {
		key, err = ReadKey(spec.Key)
	}
	return name, key, err
}

func ReadKey(path string) (ssh.Signer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ssh.ParsePrivateKey(text)
}

// inner leads the tunnel to the product's server.
func (spec Spec) inner(identity ssh.Signer, w wire.Welcome) (func(<-chan ssh.NewChannel), error) {
	csr, err := ReadKey(spec.Key)
	if err != nil {
		return nil, err
	}
	server, err := innerServer(identity, w.Certificate, csr.PublicKey())
	return func(channels <-chan ssh.NewChannel) { serveInner(server, channels) }, err
}

// agree says yes to what the relay tells: who may enter, and keepalives.
func agree(requests <-chan *ssh.Request) {
	for r := range requests {
		if r.WantReply {
			_ = r.Reply(true, nil) // fails when the connection is gone, and then the channel closes
		}
	}
}

// Refusal is what a relay answers to a customer whom it does not take.
type Refusal struct{ Code wire.Code }

func (r *Refusal) Error() string { return fmt.Sprintf("the relay refuses with code %d", r.Code) }

func join(conn ssh.Conn, number string, back bool) (wire.Welcome, error) {
	name, m := wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: number, Host: "bench", OS: "Linux", Program: "bench"}.Marshal()
	if back {
		name, m = wire.ResumeRequest, wire.Resume{Version: wire.ProtocolVersion, Host: "bench", OS: "Linux", Program: "bench"}.Marshal()
	}
	if _, _, err := conn.SendRequest(wire.GroupRequest, false, nil); err != nil {
		return wire.Welcome{}, err
	}
	_, reply, err := conn.SendRequest(name, true, m)
	if err != nil {
		return wire.Welcome{}, err
	}
	welcome, err := wire.ParseWelcome(reply)
	if err == nil && welcome.Code != wire.CodeOK {
		err = &Refusal{welcome.Code}
	}
	return welcome, err
}

// UserName is who logs in to sshd.
func UserName() (string, error) {
	me, err := user.Current()
	if err != nil {
		return "", err
	}
	return me.Username, nil
}
