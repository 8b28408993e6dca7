package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/cmdline"
)

// command runs the program.
func command(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, problems bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // where it serves, though it should not
	defer cancel()
	code = run(ctx, args, cmdline.Streams{In: strings.NewReader(stdin), Out: &out, Err: &problems})
	return out.String(), problems.String(), code
}

func newKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

// server is "support-relay serve" in this process.
type server struct {
	addr   string
	log    *testkit.Buffer
	stop   context.CancelFunc
	exited chan int
}

func serveHere(t *testing.T, args ...string) *server {
	t.Helper()
	log := &testkit.Buffer{}
	return serveTo(t, log, log, args...)
}

// serveTo is serveHere with a log that is written to one place and read at another.
func serveTo(t *testing.T, to io.Writer, from any, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{stop: cancel, exited: make(chan int, 1)}
	t.Cleanup(cancel)
	go func() {
		s.exited <- run(ctx, append([]string{"serve"}, args...), cmdline.Streams{In: strings.NewReader(""), Out: os.Stdout, Err: to})
	}()
	if buffer, ok := from.(*testkit.Buffer); ok {
		s.log = buffer
	} else {
		s.log = &testkit.Buffer{}
		lines := bufio.NewScanner(from.(io.Reader))
		for lines.Scan() {
			fmt.Fprintln(s.log, lines.Text())
			if strings.HasPrefix(lines.Text(), "fingerprint ") {
				break
			}
		}
	}
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, rest, ok := strings.Cut(s.log.String(), "listening on "); ok && strings.Contains(rest, "\nfingerprint ") {
			s.addr, _, _ = strings.Cut(rest, "\n")
			return s
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the relay does not listen:\n%s", s.log)
		}
	}
}

func (s *server) end(t *testing.T) {
	t.Helper()
	s.stop()
	select {
	case code := <-s.exited:
		if code != 0 {
			t.Errorf("exit code %d\n%s", code, s.log)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the relay does not end")
	}
}

func TestServe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := serveHere(t, "--data", dir, "--listen", "127.0.0.1:0")
	print, _, code := command(t, "", "fingerprint", "--data", dir)
	if code != 0 || !strings.Contains(s.log.String(), "fingerprint "+print) {
		t.Errorf("%d %q\n%s", code, print, s.log)
	}
	key, public := newKey(t)
	file := filepath.Join(t.TempDir(), "alice.pub")
	if err := os.WriteFile(file, []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	// Beside the running relay, and known to it at once.
	if _, problems, code := command(t, "", "csr", "add", "alice", "--key", file, "--data", dir, "--name", "Alice", "--admin"); code != 0 {
		t.Fatal(problems)
	}
	var seen ssh.PublicKey
	client, err := ssh.Dial("tcp", s.addr, &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error { seen = key; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if ssh.FingerprintSHA256(seen)+"\n" != print {
		t.Error("the relay has another key than its fingerprint says")
	}
	if _, problems, code := command(t, "", "serve", "--data", dir, "--listen", "127.0.0.1:0"); code != 2 || !strings.Contains(problems, "another relay uses this data directory") || !strings.Contains(problems, "hint: stop it first") {
		t.Errorf("a second relay: %d %s", code, problems)
	}
	if _, problems, code := command(t, "", "serve", "--data", filepath.Join(t.TempDir(), "b"), "--listen", s.addr); code != 2 || !strings.Contains(problems, "cannot listen on "+s.addr) {
		t.Errorf("a port that is taken: %d %s", code, problems)
	}
	s.end(t)
	if err := client.Wait(); err == nil {
		t.Error("the connection ended without a reason")
	}
	serveHere(t, "--data", dir, "--listen", "127.0.0.1:0").end(t)
}

func TestOperatorCommands(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, public := newKey(t)
	_, second := newKey(t)
	private := filepath.Join(t.TempDir(), "id_ed25519")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(private, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stdin string
		line  string
		code  int
		want  string // in standard output, or in standard error when the code is not 0
	}{
		{"", "fingerprint", 2, "there is no relay's data here"},
		{"", "csr list", 2, "hint: check --data"},
		{public, "csr add alice --key - --name Alice", 0, ""},
		{public, "csr add bob --key -", 1, "exists already"},
		{second, "csr add --key - alice", 1, "account alice: exists already"},
		{second, "csr add bob --key - --admin", 0, ""},
		{"", "csr add carol --key " + private, 2, "this is a private key"},
		{"", "csr add carol --key " + filepath.Join(dir, "none.pub"), 2, "cannot read the public key"},
		{"", "csr add carol", 2, "csr add: --key is missing"},
		{"", "csr list -o csv", 0, "alice,Alice,no,no,"},
		{"", "csr disable alice", 0, ""},
		{"", "csr list --json", 0, `"disabled": true`},
		{"", "csr enable alice", 0, ""},
		{"", "csr remove bob", 0, ""},
		{"", "csr remove bob", 1, "account bob: not found"},
		{"", "csr disable alcie", 1, "account alcie: not found\nhint: did you mean: alice"},
		{"", "csr disable zzz", 1, "account zzz: not found\nhint: csr list shows"},
		{"", "category add Printers", 0, ""},
		{"", "category remove Printer", 1, "hint: did you mean: Printers"},
		{"", "category add Printers", 1, "exists already"},
		{"", "category list", 0, "Printers"},
		{"", "category remove Printers", 0, ""},
		{"", "fingerprint", 0, "SHA256:"},
		{"", "csr nonsense", 2, "unknown command"},
		{"", "csr list --nonsense", 2, "unknown flag --nonsense"},
	} {
		out, problems, code := command(t, c.stdin, append(strings.Fields(c.line), "--data", dir)...)
		told := out
		if code != 0 {
			told = problems
		}
		if code != c.code || !strings.Contains(told, c.want) {
			t.Errorf("%s: %d %q %q", c.line, code, out, problems)
		}
	}
	if _, problems, code := command(t, "", "csr", "list"); code != 2 {
		t.Errorf("without --data: %d %s", code, problems)
	}
}

func TestR7_BadConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want string // after the file's name and a colon
	}{
		"syntax":                      {"data = \"x\"\nlisten = \":2222\nwindow = \"1h\"\n", "2: listen: "},
		"no value":                    {"data =\n", "1: data: "},
		"unknown key":                 {"data = \"x\"\n\n# a slip\nlisen = \":2222\"\n", "4: lisen: unknown option"},
		"unknown table":               {"data = \"x\"\n[pages]\nport = 1\n", "2: pages: unknown option"},
		"a table that is no table":    {"data = \"x\"\ntls = \"cert.pem\"\n", "2: tls: a table [tls] is wanted"},
		"no table at all":             {"data = \"x\"\n[web]\nport = 1\n", "2: web: a text in quotes is wanted"},
		"unknown key of a table":      {"data = \"x\"\n[tls]\ncertificate = \"x\"\n", "3: tls.certificate: unknown option; [tls] has cert, key, acme and acme_ca"},
		"a key outside its table":     {"data = \"x\"\ncert = \"x\"\n", "2: cert: unknown option; it belongs below a line [tls]"},
		"another type in a table":     {"[tls]\nkey = \"x\"\ncert = 1\n", "3: tls.cert: a text in quotes is wanted"},
		"a list with another type":    {"data = \"x\"\nlisten = [\":2222\", 2222]\n", "2: listen: a text in quotes is wanted, or a list of them"},
		"a list with a bad address":   {"data = \"x\"\nlisten = [\":2222\", \"x\"]\n", `2: listen: "x" is no address`},
		"an address twice":            {"listen = [\":2222\", \":2222\"]\n", "1: listen: :2222 stands there twice"},
		"a bad web address":           {"data = \"x\"\nweb = \"443\"\n", `2: web: "443" is no address`},
		"a bad type of proxies":       {"trusted_proxies = \"192.0.2.1\"\n", "1: trusted_proxies: a list of texts in quotes is wanted"},
		"a proxy by name":             {"trusted_proxies = [\"proxy.example\"]\n", `1: trusted_proxies: "proxy.example" is no address or network`},
		"everybody is a proxy":        {"data = \"x\"\ntrusted_proxies = [\"::/0\"]\n", `2: trusted_proxies: "::/0": that would believe everybody`},
		"a certificate alone":         {"[tls]\ncert = \"x.pem\"\n", "2: tls.cert: key is missing"},
		"a key alone":                 {"[tls]\nkey = \"x.pem\"\n", "2: tls.key: cert is missing"},
		"two sources of certificates": {"[tls]\ncert = \"x\"\nkey = \"y\"\nacme = true\n", "4: tls.acme: either acme or cert and key"},
		"ACME of no type":             {"[tls]\nacme = 1\n", "2: tls.acme: true, or the address of an ACME server's directory in quotes, is wanted"},
		"ACME without TLS":            {"[tls]\nacme = \"http://acme.example/\"\n", `2: tls.acme: "http://acme.example/" is no address such as https://`},
		"the CA of no ACME":           {"[tls]\nacme_ca = \"ca.pem\"\n", "2: tls.acme_ca: it is for acme"},
		"ACME without names":          {"web = \":443\"\nnames = [\"192.0.2.1\"]\n[tls]\nacme = true\n", "4: tls.acme: names has to list the host names"},
		"TLS without a port":          {"[tls]\ncert = \"x\"\nkey = \"y\"\n", "2: tls.cert: web names no address"},
		"no address at all":           {"data = \"x\"\nlisten = []\n", "2: listen: no address at all"},
		"one port for two":            {"listen = \":443\"\nweb = \":443\"\n", "2: web: :443 is one for --listen already"},
		"another type":                {"data = \"x\"\nlisten = 2222\n", "2: listen: a text in quotes is wanted"},
		"a bad address":               {"data = \"x\"\nlisten = \"2222\"\n", `2: listen: "2222" is no address`},
		"no duration":                 {"data = \"x\"\nwindow = \"soon\"\n", "2: window: a duration in quotes"},
		"a negative window":           {"window = \"-1h\"\n", "1: window: -1h0m0s is too short"},
		"a bad name":                  {"data = \"x\"\nnames = [\n  \"two words\",\n]\n", `2: names: "two words" is neither HOST nor HOST:PORT`},
		"a bad level":                 {"log = \"loud\"\n", "1: log: \"debug\", "},
		"a key twice":                 {"data = \"x\"\ndata = \"y\"\n", "2: data: "},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "relay.toml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, problems, code := command(t, "", "serve", "--config", path, "--data", filepath.Join(t.TempDir(), "data"))
			if code != 2 || !strings.HasPrefix(problems, "support-relay: "+path+":"+c.want) || strings.Count(problems, "\n") != 2 {
				t.Errorf("%d %s", code, problems)
			}
		})
	}
	for name, args := range map[string][]string{
		"no data directory":        {"serve"},
		"a file that is not there": {"serve", "--config", filepath.Join(t.TempDir(), "none.toml"), "--data", "x"},
		"a bad flag":               {"serve", "--data", "x", "--listen", "nowhere"},
		"a bad level":              {"serve", "--data", "x", "--log", "loud"},
		"a bad duration":           {"serve", "--data", "x", "--window", "soon"},
		"an argument":              {"serve", "--data", "x", "extra"},
		"a bad web flag":           {"serve", "--data", "x", "--web", "nowhere"},
		"an address twice":         {"serve", "--data", "x", "--listen", ":2222", "--listen", ":2222"},
	} {
		if _, problems, code := command(t, "", args...); code != 2 || !strings.HasPrefix(problems, "support-relay: ") {
			t.Errorf("%s: %d %s", name, code, problems)
		}
	}
}

func TestFlagsGoBeforeTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "relay.toml")
	text := "data = \"/nonexistent\"\nlisten = \"192.0.2.1:1\"\nnames = [\"relay.example.org\"]\nwindow = \"2h\"\nnumber_life = \"10m\"\nlog = \"error\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	serveHere(t, "--config", path, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0").end(t)
}

func TestMemoryIsTendedUntilTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); tendMemory(ctx) }()
	cancel()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

func TestR7_ABadFlagIsNotBlamedOnTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "relay.toml")
	if err := os.WriteFile(path, []byte("data = \"x\"\nnames = [\"relay.example\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, problems, code := command(t, "", "serve", "--config", path, "--names", "https://relay.example")
	if code != 2 || !strings.HasPrefix(problems, "support-relay: --names: ") {
		t.Errorf("%d %s", code, problems)
	}
}

// TestStatusTellsOfTheProcess looks beside a relay that serves, which is this process.
func TestStatusTellsOfTheProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := serveHere(t, "--data", dir, "--listen", "127.0.0.1:0")
	out, problems, code := command(t, "", "status", "--data", dir, "--json")
	var v api.Status
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 {
		t.Fatalf("%d %v %s%s", code, err, out, problems)
	}
	if known := v.Files != nil && v.Files.Have > 2 && v.Memory != nil && v.Memory.Have > api.Mebibyte; known != (runtime.GOOS == "linux") {
		t.Errorf("%+v, %+v", v.Files, v.Memory)
	}
	s.end(t)
	if out, _, _ := command(t, "", "status", "--data", dir); !strings.Contains(out, "\nFILES      -\nMEMORY     -\n") {
		t.Errorf("of a relay that has ended:\n%s", out)
	}
}

// TestO8_AnInvitationSaysHowTheRelayIsKnown: with it and the invitation somebody can log in,
// also where it made the relay's keys just now.
func TestO8_AnInvitationSaysHowTheRelayIsKnown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, problems, code := command(t, "", "csr", "invite", "alice", "--data", dir)
	pin, _, looked := command(t, "", "fingerprint", "--data", dir)
	if code != 0 || looked != 0 || !strings.Contains(problems, "supportctl login alice@ADDRESS --invited --relay-key "+pin) {
		t.Errorf("%d %d %q\n%s", code, looked, pin, problems)
	}
}
