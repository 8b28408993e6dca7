package relay

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/wire"
	"supportd/relay/store"
)

// TestEverySurfaceWithoutTheRight walks all that a connection can ask for,
// without being the one who may have it. A new surface belongs in here.
func TestEverySurfaceWithoutTheRight(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := w.login("alice", w.account("alice", false)), w.login("bob", w.account("bob", false))
	waiting, active := bob.start(), bob.start()
	w.joined(active)
	stranger := w.computer(testkit.NewKey(t), "")
	direct := wire.ChannelTarget{Host: active.Host(), Port: 22}.Marshal()

	for name, conn := range map[string]ssh.Conn{"a CSR without sessions": alice, "a computer": stranger} {
		for _, channel := range []string{wire.DirectChannel, wire.ForwardedChannel, wire.JournalChannel, "x11", "auth-agent@openssh.com", "direct-streamlocal@openssh.com", "tun@openssh.com", ""} {
			if _, _, err := conn.OpenChannel(channel, direct); refusal(err) == "" {
				t.Errorf("%s opens %q: %v", name, channel, err)
			}
		}
		for request, payload := range map[string][]byte{
			wire.AuthorizeRequest:               wire.Authorize{}.Marshal(),
			wire.EndRequest:                     wire.End{}.Marshal(),
			wire.ForwardRequest:                 wire.Forward{Host: active.Host(), Port: 22}.Marshal(),
			wire.CancelForward:                  wire.Forward{Host: active.Host(), Port: 22}.Marshal(),
			"streamlocal-forward@openssh.com":   {0, 0, 0, 1, 'x'},
			"hostkeys-prove-00@openssh.com":     {},
			"no-more-sessions@openssh.com":      {},
			wire.JoinRequest + "x":              {},
			"keepalive@supportd":                {},
			wire.ResumeRequest + "@example.org": {},
		} {
			if ok, _, err := conn.SendRequest(request, true, payload); ok || err != nil {
				t.Errorf("%s asks for %q: %v, %v", name, request, ok, err)
			}
		}
	}
	if _, _, err := stranger.OpenChannel("session", nil); refusal(err) == "" {
		t.Errorf("a computer opens a session channel: %v", err)
	}
	for request, payload := range map[string][]byte{
		wire.JoinRequest:   wire.Join{Version: wire.ProtocolVersion, Number: string(waiting)}.Marshal(),
		wire.ResumeRequest: wire.Resume{Version: wire.ProtocolVersion}.Marshal(),
	} {
		if ok, _, err := alice.SendRequest(request, true, payload); ok || err != nil {
			t.Errorf("a CSR asks for %q: %v, %v", request, ok, err)
		}
	}
	for _, number := range []wire.Number{waiting, active} {
		for _, command := range []string{"show", "end"} {
			out, problems, code := alice.run("", "session "+command+" "+string(number))
			if out != "" || code != 6 || problems != "relay: no open session "+number.Spoken()+"\nhint: it has ended or the number is mistyped; session list shows yours\n" {
				t.Errorf("session %s of another: %d %q %q", command, code, out, problems)
			}
		}
	}
	if out := alice.ok("session list --ended"); strings.Contains(out, string(waiting)) {
		t.Errorf("sessions of another:\n%s", out)
	}
	for _, line := range []string{
		"csr list", "csr add mallory --admin", "csr remove bob", "csr disable bob", "csr enable bob", "csr key-add bob", "csr key-remove bob x",
		"category add x", "category remove x", "csr list --json",
	} {
		if out, problems, code := alice.run("ssh-ed25519 x", line); out != "" || code != 1 || !strings.HasPrefix(problems, "relay: only admins may do that\n") {
			t.Errorf("%s: %d %q %q", line, code, out, problems)
		}
	}
	if _, problems, code := alice.run("", "session list --all"); code != 2 {
		t.Errorf("session list --all: %d %s", code, problems)
	}
	if bob.await(active, api.Active); bob.session("session show --json "+string(waiting)).State != api.Waiting {
		t.Error("somebody without a right has changed something")
	}
}

func TestSomebodyElsesNameOrKey(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := w.account("alice", false), w.account("bob", false)
	for name, c := range map[string]struct {
		user string
		key  ssh.Signer
	}{
		"bob's key for alice":      {"alice", bob},
		"another case of the name": {"Alice", alice},
		"a space behind the name":  {"alice ", alice},
		"nobody":                   {"carol", testkit.NewKey(t)},
		"no name":                  {"", alice},
		"a stranger":               {"alice", testkit.NewKey(t)},
	} {
		if _, _, _, err := w.dial(c.user, c.key, ""); err == nil {
			t.Errorf("%s: logged in", name)
		}
	}
	w.login("alice", alice)
	if w.beside(func(s *store.Store) error { return s.DisableAccount(t.Context(), "bob", true) }); true {
		testkit.Eventually(t, "the account is gone", func() bool { _, _, _, err := w.dial("bob", bob, ""); return err != nil })
	}
}

// H15 at the relay: a computer's key is ed25519, because it becomes a host key.
func TestH15_OtherKeysOfComputers(t *testing.T) {
	w := newWorld(t, nil)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.dial(wire.CustomerUser, key, ""); err == nil {
		t.Error("an RSA key of a computer was accepted")
	}
}

func TestAdminCommands(t *testing.T) {
	w := newWorld(t, nil)
	admin := w.login("admin", w.account("admin", true))
	key := testkit.NewKey(t)
	public := string(ssh.MarshalAuthorizedKey(key.PublicKey()))
	if out, problems, code := admin.run(public, `csr add kim --name "김민지"`); code != 0 || out != "" || problems != "kim added with key "+ssh.FingerprintSHA256(key.PublicKey())+"\n" {
		t.Fatalf("%d %q %q", code, out, problems)
	}
	kim := w.login("kim", key)
	var me api.WhoAmI
	if err := json.Unmarshal([]byte(kim.ok("whoami --json")), &me); err != nil || me != (api.WhoAmI{Account: "kim", Name: "김민지", Key: ssh.FingerprintSHA256(key.PublicKey()), Library: w.relay.data.Store.Library()}) || me.Library == "" {
		t.Errorf("%+v, %v", me, err)
	}
	n := kim.start()
	if out := admin.ok("session list"); strings.Contains(out, string(n)) {
		t.Error("an admin's own list has sessions of others")
	}
	if out := admin.ok("session list --all -o csv"); !strings.Contains(out, string(n)+",waiting,") {
		t.Errorf("%s", out)
	}
	for line, want := range map[string]struct {
		code int
		text string
	}{
		"csr add kim":              {1, "relay: account kim: exists already\nhint: csr list shows who is there"},
		"csr add customer":         {2, "stands for one of the programs"},
		"csr add relay":            {2, "stands for one of the programs"},
		"csr add Kim":              {2, "lower-case letters"},
		"csr add -- -x":            {2, "with a letter or digit first"},
		"csr add":                  {2, "csr add: NAME is missing"},
		"csr add a b":              {2, `unexpected argument "b"`},
		"csr remove nobody":        {1, "account nobody: not found"},
		"csr remove admin":         {1, "you cannot take away your own access"},
		"csr disable admin":        {1, "you cannot take away your own access"},
		"csr key-remove admin x":   {1, "you cannot take away your own access"},
		"csr key-remove kim x":     {1, "key x of kim: not found"},
		"csr add x --name ' a'":    {2, "--name"},
		"category add ''":          {2, "1 to 64 bytes"},
		"category add a/b":         {2, "without slashes"},
		"category remove nothing":  {1, "category nothing: not found"},
		"session start extra":      {2, `unexpected argument "extra"`},
		"session show 482913071":   {6, "no open session 482913071\nhint: the last digit does not fit, one digit is probably mistyped"},
		"session show $(id)":       {2, "is no session number: a session number has 9 digits"},
		"session list -o xml":      {2, "unknown format"},
		"nonsense":                 {2, `unknown command "nonsense"`},
		"session":                  {2, "which command?"},
		"session list 'unbalanced": {2, "quotes do not match"},
	} {
		if out, problems, code := admin.run(public, line); code != want.code || out != "" || !strings.Contains(problems, want.text) {
			t.Errorf("%s: %d %q %q", line, code, out, problems)
		}
	}
	admin.ok("category add Printers")
	if out := admin.ok("category list --json"); !strings.Contains(out, `"name": "Printers"`) {
		t.Error(out)
	}
	admin.ok("category remove Printers")
	var accounts []api.Account
	if err := json.Unmarshal([]byte(admin.ok("csr list --json")), &accounts); err != nil || len(accounts) != 2 || accounts[1].Account != "kim" || len(accounts[1].Keys) != 1 {
		t.Errorf("%+v, %v", accounts, err)
	}
}

func TestParseKeys(t *testing.T) {
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(testkit.NewKey(t).PublicKey())))
	const weak = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC0g3J4y8yT1lZb2H3m9k5kLw5x2c2b4b3e7z1f3c8m5v2k9s1q7w3e5r7t9y1u3i5o7p9a1s3d5f7g9h1j3k5l7z9x1c3v5b7n9m1q3w5e7r9t1y3u5i7o9p1a3s5d7f9g1h3j5k7l9z=="
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"one":             {line + " kim@pc\n", ""},
		"with comments":   {"# mine\n\n" + line + "\n", ""},
		"none":            {"\n# nothing\n", "no public key was given"},
		"empty":           {"", "no public key was given"},
		"a private key":   {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", "this is a private key"},
		"with options":    {`command="x" ` + line, "options before a public key are not supported"},
		"half":            {line[:40], "this is no public key"},
		"binary":          {"\xff\xfe" + line, "this is no public key"},
		"weak":            {weak, "public key"},
		"too many":        {strings.Repeat(line+"\n", maxKeys+1), "at most"},
		"a host in front": {"relay " + line, "public key"},
	} {
		keys, err := ParseKeys([]byte(c.text), time.Now())
		if c.want == "" {
			if err != nil || len(keys) != 1 || keys[0].Line != line {
				t.Errorf("%s: %+v, %v", name, keys, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOGjN/753m26+jXxlvNRWyVrGcDLMEnMkwEDDHlIoCl1 kim"))
	f.Add([]byte("# comment\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := ParseKeys(text, time.Now())
		if err != nil {
			return
		}
		var lines []string
		for _, k := range keys {
			lines = append(lines, k.Line)
		}
		again, err := ParseKeys([]byte(strings.Join(lines, "\n")), time.Now())
		if err != nil || len(again) != len(keys) {
			t.Errorf("%q: %v", lines, err)
		}
	})
}

func TestAccountNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"alice": true, "a": true, "0": true, "a-b_c.d": true, strings.Repeat("a", wire.MaxAccount): true,
		"": false, "customer": false, "Alice": false, "-a": false, ".a": false, "a b": false, "a\n": false, "é": false, "a/b": false, "a@b": false,
		strings.Repeat("a", wire.MaxAccount+1): false,
	} {
		if err := wire.CheckAccount(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// R10: whatever a customer's computer calls itself, a CSR's terminal and files
// see escaped text.
func TestR10_HostileTextFromTheComputer(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	hostile := []string{
		"\x1b]0;owned\x07", "\x1b[2J\x1b[31m", "a\rb", "a\nNUMBER  STATE", "\u202egpj.exe", "\u009b31m", "\xff\xfe", "\x00", "=HYPERLINK(\"x\")", strings.Repeat("가", wire.MaxName/3),
	}
	for _, text := range hostile {
		n := alice.start()
		m := w.computer(testkit.NewKey(t), "").request(wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: string(n), Name: text, Host: text, OS: text, Program: text}.Marshal())
		if m.Code != wire.CodeOK {
			t.Fatalf("%q: code %d", text, m.Code)
		}
		for _, format := range []string{"table", "json", "jsonl", "csv"} {
			for _, line := range []string{"session show " + string(n) + " -o " + format, "session list -o " + format} {
				out := alice.ok(line)
				for _, bad := range []string{"\x1b", "\x07", "\r", "\x00", "\u202e", "\u009b", "\xff", ",=", "\nNUMBER  STATE\n"} {
					if strings.Contains(out, bad) {
						t.Errorf("%s of %q shows %q", line, text, bad)
					}
				}
			}
		}
		alice.ok("session end " + string(n))
	}
	if strings.ContainsAny(w.log.String(), "\x1b\x07\x00\r") {
		t.Error("hostile text in the log")
	}
	long := strings.Repeat("x", wire.MaxName+1)
	if ok, _, err := w.computer(testkit.NewKey(t), "").SendRequest(wire.JoinRequest, true, wire.Join{Version: wire.ProtocolVersion, Number: string(alice.start()), Name: long}.Marshal()); ok || err != nil {
		t.Errorf("a name of %d bytes: %v, %v", len(long), ok, err)
	}
}

func TestTheLogKeepsSecrets(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	n := alice.start()
	p := w.joined(n)
	pair(alice, p, n)
	alice.ok("session end " + string(n))
	receive(t, p.ended)
	text := w.log.String()
	for name, secret := range map[string]string{
		"the number": string(n), "the spoken number": n.Spoken(), "the key": authorizedKey(key.PublicKey()), "the computer's name": "PC-0417",
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the log", name)
		}
	}
}

func TestHelpAndStart(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Names = []string{"relay.example.org:2222"} })
	alice := w.login("alice", w.account("alice", false))
	for _, line := range []string{"", "help"} {
		out := alice.ok(line)
		if !strings.Contains(out, "session start") || strings.Contains(out, "csr add") {
			t.Errorf("%q:\n%s", line, out)
		}
	}
	s, err := alice.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	shell, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.RequestPty("xterm", 24, 80, nil), s.Shell()); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(shell); err != nil || !strings.Contains(string(text), "session start") {
		t.Errorf("%q, %v", text, err)
	}
	out, told, code := alice.run("", "session start")
	n, err := wire.ParseNumber(strings.TrimSpace(out))
	if code != 0 || err != nil || !strings.Contains(out, n.Spoken()) {
		t.Fatalf("%d %q %v", code, out, err)
	}
	for _, want := range []string{
		"30 minutes", "support-agent join " + string(n) + " --relay relay.example.org:2222 --relay-key " + w.relay.Fingerprint(),
		"ssh -J alice@relay.example.org:2222 alice@" + n.Host(),
	} {
		if !strings.Contains(told, want) {
			t.Errorf("%q does not say %q", told, want)
		}
	}
	if out := alice.ok("known-hosts"); !strings.Contains(out, "\n[relay.example.org]:2222 ssh-ed25519 ") {
		t.Error(out)
	}
	for _, subsystem := range []string{"sftp", "x"} {
		s, err := alice.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		// Who sends files here reads where they belong (K5 C7).
		if err := s.RequestSubsystem(subsystem); err != nil {
			t.Errorf("subsystem %s: %v", subsystem, err)
		}
	}
}

func TestEveryCommandHasAnExample(t *testing.T) {
	w := newWorld(t, nil)
	w.login("alice", w.account("alice", true))
	cmd := &command{relay: w.relay, conn: w.connOf("alice"), account: store.Account{Name: "alice", Admin: true}}
	cmdlinetest.Examples(t, cmd.app, examples())
}
