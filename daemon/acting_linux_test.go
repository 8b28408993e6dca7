package daemon

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// realUser makes an account that goes with the test.
func realUser(t *testing.T) (name, password string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a user")
	}
	name, password = "supportd"+strings.ToLower(rand.Text()[:8]), "Canary-"+rand.Text()
	for _, step := range []struct{ program, args, input string }{
		{"/usr/sbin/useradd", "-m -s /bin/bash " + name, ""}, {"/usr/sbin/chpasswd", "", name + ":" + password + "\n"},
	} {
		cmd := exec.Command(step.program, strings.Fields(step.args)...)
		cmd.Stdin = strings.NewReader(step.input)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", step.program, err, out)
		}
		t.Cleanup(func() { _ = exec.Command("/usr/sbin/userdel", "-rf", name).Run() })
	}
	return name, password
}

// running lists what runs under a user's name. What has ended and was not waited for is
// left out: in a container the first process may wait for nobody.
func running(user string) string {
	out, _ := exec.Command("ps", "-o", "stat=,args=", "-U", user).Output() // it fails where there is nothing
	var found []string
	for row := range strings.Lines(string(out)) {
		if state, args, _ := strings.Cut(strings.TrimSpace(row), " "); state != "" && state[0] != 'Z' {
			found = append(found, strings.TrimSpace(args))
		}
	}
	return strings.Join(found, "\n")
}

// actingWorld has real accounts without desktops, and what was allowed; what is asked
// every time gets a yes.
func actingWorld(t *testing.T, allow ...consent.Kind) *world {
	return newWorld(t, withAccounts(t, allow...))
}

func withAccounts(t *testing.T, allow ...consent.Kind) func(*world, *Options) {
	return func(_ *world, o *Options) {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		nowhere := "unix:path=" + filepath.Join(t.TempDir(), "bus")
		o.Accounts = account.System{Options: account.Options{Program: self, Guards: new(account.Children)}, Bus: nowhere}
		o.Collector, o.Join.Allow = []string{"collect"}, allow
		if slices.ContainsFunc(allow, consent.Kind.EveryTime) {
			allowEverything(o)
		}
	}
}

func TestU5_U6_RunsAndInformationAreTheUsers(t *testing.T) {
	name, password := realUser(t)
	w := actingWorld(t, consent.Kinds()...)
	c := w.csr()
	if got := typeSecret(t, c, "logon-as "+name, password+"\r"); got.code != 0 || strings.Contains(got.out, password) {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	if got := run(t, c, "status"); !strings.Contains(got.out, name) {
		t.Errorf("status does not show who one acts as: %+v", got)
	}
	if got := typeSecret(t, c, "logon-as "+name, password+"\r"); got.code != cmdline.ExitFailed || !strings.Contains(got.out, "is logged on already") {
		t.Errorf("%+v", got)
	}
	stage(t, c, map[string]string{
		"who/run.sh": "#!/bin/sh\n. ./words\necho $WORD $(id -un) $HOME\ntouch \"$TMPDIR/mine\" && ls -l \"$TMPDIR/mine\" | cut -d' ' -f3\npwd\nexit 7\n",
		"who/words":  "WORD=with",
	})
	got := run(t, c, "run who/run.sh")
	if got.code != cmdline.ExitFailed || !strings.Contains(got.out, "with "+name+" /home/"+name+"\n"+name+"\n/tmp/support-") {
		t.Errorf("%+v", got)
	}
	if got := run(t, c, "sysinfo --json users"); got.code != 0 || strings.Contains(got.out, "uid 0,") || !strings.Contains(got.out, `["--json" "users"]`) {
		t.Errorf("%+v", got)
	}
	if got := run(t, c, "logoff"); got.code != 0 {
		t.Errorf("%+v", got)
	}
	if left := running(name); left != "" {
		t.Errorf("left: %s", left)
	}
	if got := run(t, c, "run who/run.sh"); !strings.Contains(got.out, "with root") {
		t.Errorf("after logoff: %+v", got)
	}
	kinds := w.kinds()
	if slices.Index(kinds, journal.KindLogonStart) < 0 || slices.Index(kinds, journal.KindLogonEnd) < slices.Index(kinds, journal.KindLogonStart) {
		t.Errorf("journal: %q", kinds)
	}
	for _, e := range w.events() {
		if strings.Contains(string(e.Data), password) {
			t.Errorf("the journal holds the password: %s", e.Data)
		}
	}
	if strings.Contains(w.log.String(), password) {
		t.Error("the log holds the password")
	}
}

func TestU11_StopLogsOff(t *testing.T) {
	name, password := realUser(t)
	w := actingWorld(t, consent.Kinds()...)
	c := w.csr()
	if got := typeSecret(t, c, "logon-as "+name, password+"\r"); got.code != 0 {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	stage(t, c, map[string]string{"long.sh": "#!/bin/sh\nsetsid sleep 1000 &\necho up\nsleep 1000\n"})
	wait := start(t, c, "run long.sh")
	testkit.Eventually(t, "the script", func() bool { return strings.Count(running(name), "sleep 1000") == 2 })
	began := time.Now()
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	wait()
	testkit.Eventually(t, "the end of everything", func() bool { return running(name) == "" })
	if kinds := w.kinds(); !slices.Contains(kinds, journal.KindLogonEnd) {
		t.Errorf("journal: %q", kinds)
	}
}

// A yes that was given for the customer's own account says nothing about what is
// done as another user, and the question names that user.
func TestU10_AYesIsForTheUserThatWasNamed(t *testing.T) {
	name, password := realUser(t)
	var b busy
	w := b.world(t)
	c := w.csr()
	stage(t, c, map[string]string{"who.sh": "#!/bin/sh\nid -un\n"})
	for _, command := range []string{"run who.sh", "sysinfo os"} {
		w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
		if got := run(t, c, command); got.code != 0 {
			t.Fatalf("%s: %+v", command, got)
		}
		if q := <-w.screen.questions; q.As != "" {
			t.Errorf("%+v", q)
		}
	}
	// The question stands while somebody logs on: its yes is still for the customer.
	var late func() outcome
	b.meanwhile = func() {
		<-w.screen.questions // about logging on
		late = start(t, c, "sysinfo users")
		if q := <-w.screen.questions; q.As != "" {
			t.Errorf("%+v", q)
		}
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := typeSecret(t, w.csr(), "logon-as "+name, password+"\r"); got.code != 0 {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	b.meanwhile = nil
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := late(); got.code != 0 || strings.Contains(got.out, `["users"]`) {
		t.Errorf("it was collected as the other user: %+v", got)
	}
	if got := run(t, c, "logoff"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := typeSecret(t, c, "logon-as "+name, password+"\r"); got.code != 0 {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	<-w.screen.questions
	for _, command := range []string{"run who.sh", "sysinfo os"} {
		w.screen.answers <- consent.Answer{Decision: consent.Denied}
		if got := run(t, c, command); got.code != cmdline.ExitDenied {
			t.Errorf("%s: %+v", command, got)
		}
		if q := <-w.screen.questions; q.As != name || !strings.Contains(strings.Join(q.Details(text.English), "\n"), "As user: "+name) {
			t.Errorf("the question does not name the user: %+v", q)
		}
	}
}

// The channel requests do what the verbs do; the password follows the yes.
func TestLogonAndLogoffAsChannelRequests(t *testing.T) {
	name, password := realUser(t)
	w := actingWorld(t, consent.Kinds()...)
	c := w.csr()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	done := make(chan bool, 1)
	go func() {
		ok, err := s.SendRequest(wire.LogonRequest, true, wire.Logon{User: name}.Marshal())
		done <- ok && err == nil
	}()
	in, err := s.StdinPipe()
	if err == nil {
		_, err = in.Write([]byte(password + "\n"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if !<-done || !strings.Contains(run(t, c, "status").out, name) {
		t.Errorf("nobody is logged on: %s", w.log)
	}
	for _, want := range []bool{true, false} {
		if ok, err := s.SendRequest(wire.LogoffRequest, true, nil); ok != want || err != nil {
			t.Errorf("logoff: %v, %v", ok, err)
		}
	}
	if left := running(name); left != "" {
		t.Errorf("left: %s", left)
	}
}

func TestU11_ARelayThatIsLostForGoodLogsOff(t *testing.T) {
	name, password := realUser(t)
	w := newWorld(t, func(w *world, o *Options) {
		w.relay.window = 1
		withAccounts(t, consent.Kinds()...)(w, o)
	})
	if got := typeSecret(t, w.csr(), "logon-as "+name, password+"\r"); got.code != 0 {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	w.relay.kill()
	if err := w.ended(); !errors.Is(err, state.ErrWindow) {
		t.Errorf("%v", err)
	}
	if left := running(name); left != "" {
		t.Errorf("left: %s", left)
	}
	if kinds := w.kinds(); !slices.Contains(kinds, journal.KindLogonEnd) {
		t.Errorf("journal: %q", kinds)
	}
}
