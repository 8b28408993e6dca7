package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/wire"
)

// stage puts files into the CSR's staging area, by path.
func stage(t *testing.T, c *ssh.Client, files map[string]string) {
	t.Helper()
	s, err := sftp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, text := range files {
		if dir, _, deep := strings.Cut(name, "/"); deep {
			if err := s.MkdirAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		f, err := s.Create(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// unattended is a customer whom nobody can ask.
func unattended(_ *world, o *Options) { o.Prompters = nil }

// Every surface is walked without a grant: what needs one is denied, and nothing
// is shown and nothing runs.
func TestNothingHappensWithoutAGrant(t *testing.T) {
	w := newWorld(t, unattended)
	c := w.csr()
	stage(t, c, map[string]string{"a.sh": "#!/bin/sh\necho ran\n"})
	for _, v := range []struct {
		command string
		code    int
		says    string
	}{
		{"help", 0, ""},
		{"status", 0, ""},
		{"journal", 0, ""},
		{"sysinfo --list", 0, ""},
		{"sysinfo", cmdline.ExitDenied, "no one is at the screen of PC-0417"},
		{"sysinfo --json os", cmdline.ExitDenied, "no one is at the screen"},
		{"sysinfo nonsense", cmdline.ExitUsage, "nonsense"},
		{"run a.sh", cmdline.ExitDenied, "no one is at the screen"},
		{"run --json --keep-going --timeout 1s a.sh a.sh", cmdline.ExitDenied, "no one is at the screen"},
		{"run", cmdline.ExitUsage, "PATH is missing"},
		{"run ../a.sh", cmdline.ExitUsage, ""},
		{"run --timeout 0s a.sh", cmdline.ExitUsage, "--timeout"},
		{"run --timeout 25h a.sh", cmdline.ExitUsage, "--timeout"},
		{"run --attach", cmdline.ExitFailed, "nothing is running"},
		{"run --attach a.sh", cmdline.ExitUsage, "takes no scripts"},
		{"cancel", cmdline.ExitFailed, "nothing is running"},
		{"nonsense", cmdline.ExitUsage, "unknown command"},
		{"a.sh", cmdline.ExitUsage, "unknown command"},
		{"/bin/sh -c 'echo ran'", cmdline.ExitUsage, "unknown command"},
		{"exec sh -c 'cd; umask 077; mkdir -p .ssh'", cmdline.ExitUsage, "there is no shell"},
		{"sh -c 'echo ran'", cmdline.ExitUsage, "there is no shell"},
		{"scp -t .", cmdline.ExitUsage, "SFTP"},
		{"scp -f /etc/passwd", cmdline.ExitUsage, "SFTP"},
		{"rsync --server . x", cmdline.ExitUsage, "SFTP"},
		{"status; echo ran", cmdline.ExitUsage, "unknown command"},
		{"status $(echo ran)", cmdline.ExitUsage, "unexpected argument"},
		{"run 'a.sh", cmdline.ExitUsage, "quotes"},
		{" ", 0, ""},
		{"reboot", cmdline.ExitFailed, "cannot be restarted from here"},
		{"logon-as admin", cmdline.ExitUsage, "ssh -t"},
		{"logoff", cmdline.ExitFailed, "nobody else is logged on"},
		{"words", cmdline.ExitDenied, "are not compared"},
	} {
		got := run(t, c, v.command)
		if got.code != v.code || !strings.Contains(got.err, v.says) || strings.Contains(got.out, "ran\n") {
			t.Errorf("%q: %+v", v.command, got)
		}
		if (got.code == 0) != (got.err == "") || got.code != 0 && got.out != "" {
			t.Errorf("%q writes to the wrong stream: %+v", v.command, got)
		}
	}
	for _, kind := range w.kinds() {
		if kind == journal.KindSysInfoView || kind == journal.KindRunStart {
			t.Errorf("it happened: %s", kind)
		}
	}
}

// What is not offered is refused, by channel, by request and by subsystem.
func TestEverythingElseIsRefused(t *testing.T) {
	w := newWorld(t, unattended)
	c := w.csr()
	for _, kind := range []string{"direct-tcpip", "forwarded-tcpip", "x11", "auth-agent@openssh.com", "direct-streamlocal@openssh.com", "tun@openssh.com", "journal@supportd"} {
		target := wire.ChannelTarget{Host: "127.0.0.1", Port: 22, OriginHost: "127.0.0.1", OriginPort: 1}
		_, _, err := c.OpenChannel(kind, target.Marshal())
		var refused *ssh.OpenChannelError
		if !errors.As(err, &refused) || refused.Message == "" {
			t.Errorf("channel %s: %v", kind, err)
		}
	}
	for _, kind := range []string{wire.ForwardRequest, wire.CancelForward, "streamlocal-forward@openssh.com", wire.JoinRequest, wire.AuthorizeRequest, wire.EndRequest} {
		if ok, _, err := c.SendRequest(kind, true, wire.Forward{Host: "", Port: 2222}.Marshal()); ok || err != nil {
			t.Errorf("global request %s: %v, %v", kind, ok, err)
		}
	}
	for _, kind := range []string{"auth-agent-req@openssh.com", "x11-req", "reboot@supportd", "logon-as@supportd", "logoff@supportd", "nonsense"} {
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := s.SendRequest(kind, true, nil); ok || err != nil {
			t.Errorf("channel request %s: %v, %v", kind, ok, err)
		}
		s.Close()
	}
	for _, name := range []string{"", "sftp\x00"} {
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RequestSubsystem(name); err == nil {
			t.Errorf("subsystem %q was started", name)
		}
		s.Close()
	}
	// A client that hears no only says that its request failed: what is not there is said.
	for _, name := range []string{"netconf", "shell", "exec", "SFTP", "\x1b[2Jx"} {
		got := subsystem(t, c, name)
		if got.code != cmdline.ExitUsage || got.out != "" || !strings.Contains(got.err, "there is no subsystem ") || !strings.Contains(got.err, "sftp") || strings.Contains(got.err, "\x1b") {
			t.Errorf("subsystem %q: %+v", name, got)
		}
	}
}

// The exec verbs can be reached as subsystems, through the same gate.
func TestVerbsAsSubsystems(t *testing.T) {
	w := newWorld(t, unattended)
	c := w.csr()
	for name, want := range map[string]struct {
		code int
		says string
	}{
		"help": {0, "support session"}, "status": {0, "PC-0417"}, "journal": {0, "session.join     Bob joined from the computer PC-0417"},
		"sysinfo": {cmdline.ExitDenied, "no one is at the screen"}, "run": {cmdline.ExitUsage, "PATH is missing"},
		"cancel": {cmdline.ExitFailed, "nothing is running"},
	} {
		got := subsystem(t, c, name)
		if got.code != want.code || !strings.Contains(got.out+got.err, want.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// subsystem runs one to its end.
func subsystem(t *testing.T, c *ssh.Client, name string) (o outcome) {
	t.Helper()
	ch, requests, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ch.Close()
	if ok, err := ch.SendRequest("subsystem", true, ssh.Marshal(struct{ Name string }{name})); !ok || err != nil {
		t.Fatalf("subsystem %s: %v, %v", name, ok, err)
	}
	var problems bytes.Buffer
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(&problems, ch.Stderr()) })
	out, err := io.ReadAll(ch)
	reading.Wait()
	if err != nil {
		t.Fatal(err)
	}
	o = outcome{string(out), problems.String(), -1}
	for req := range requests {
		var status struct{ Code uint32 }
		if req.Type == "exit-status" && ssh.Unmarshal(req.Payload, &status) == nil {
			o.code = int(status.Code)
		}
	}
	return o
}

func TestPlainLoginShowsStatusAndHelp(t *testing.T) {
	w := newWorld(t, unattended)
	s, err := w.csr().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var out testkit.Buffer
	s.Stdout = &out
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil || !strings.Contains(out.String(), "PC-0417") || !strings.Contains(out.String(), "logon-as USER") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// A customer's answer for the session shows in status, and only there.
func TestStatusShowsWhatIsAllowed(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) { o.Join.Allow = []consent.Kind{consent.CSRJoin} })
	c := w.csr()
	w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
	if got := run(t, c, "sysinfo os"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	var view struct {
		Allowed []consent.Kind
		Granted []struct {
			Kind consent.Kind
			What []string
		}
	}
	if err := json.Unmarshal([]byte(run(t, c, "status --json").out), &view); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(view.Allowed, []consent.Kind{consent.CSRJoin}) || len(view.Granted) != 1 || view.Granted[0].Kind != consent.SysInfo || !slices.Equal(view.Granted[0].What, []string{"os"}) {
		t.Errorf("%+v", view)
	}
	if got := run(t, c, "status"); !strings.Contains(got.out, "csr-join; sysinfo of os") {
		t.Errorf("%+v", got)
	}
}
