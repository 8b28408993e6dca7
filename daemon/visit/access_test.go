package visit

import (
	"context"
	"io"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// Access is looked at again at every use: a connection whose key is not on the list
// any more, and that has not been ended yet, can do nothing.
func TestK7T3_AccessIsCheckedAtEveryUse(t *testing.T) {
	p := newPlace(t, consent.SysInfo, consent.Script)
	c := p.csr()
	if got := run(t, c, "status"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	talk, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer talk.Close()
	lines, err := talk.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said testkit.Buffer
	talk.Stderr = &said
	if err := talk.Start("chat"); err != nil {
		t.Fatal(err)
	}
	list := func(people map[string]consent.Person) map[string]consent.Person {
		a := &p.server.access
		a.mu.Lock()
		defer a.mu.Unlock()
		old := a.people
		a.people = people
		return old
	}
	if _, err := io.WriteString(lines, "before\n"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "a message", func() bool { return p.count(journal.KindChatMessage) == 1 })
	alice := list(nil) // between the change of the list and the end of the connection
	for _, command := range []string{"status", "help", "sysinfo os", "run x.sh", "cancel", "chat --send hello", "logon-as root", "reboot", "logoff"} {
		if got := run(t, c, command); got.code != cmdline.ExitAuth || got.out != "" || !strings.Contains(got.err, "you have no access to this support session any more") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RequestSubsystem("sftp"); err == nil {
		if got, err := io.ReadAll(answer); err != nil || len(got) > 0 {
			t.Errorf("sftp answers %q, %v", got, err)
		}
	}
	if _, err := io.WriteString(lines, "behind\n"); err != nil {
		t.Fatal(err)
	}
	if err := talk.Wait(); err == nil || !strings.Contains(said.String(), "no access") {
		t.Errorf("%v: %s", err, said.String())
	}
	if p.count(journal.KindChatMessage) != 1 || p.count(journal.KindSysInfoView) != 0 {
		t.Error("something happened without access")
	}
	list(alice)
	if got := run(t, c, "status"); got.code != 0 {
		t.Errorf("with access again: %+v", got)
	}
}

// count is how many events of a kind there are.
func (p *place) count(kind string) (n int) {
	p.t.Helper()
	for e, err := range p.server.Journal.Events(context.Background(), false) {
		if err != nil {
			p.t.Fatal(err)
		}
		if e.Kind == kind {
			n++
		}
	}
	return n
}
