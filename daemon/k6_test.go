package daemon

import (
	"encoding/json"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
)

// present is what "status --json" says of now.
type present struct {
	Question *api.Question  `json:"question"`
	Unread   int            `json:"unread"`
	ActingAs *string        `json:"acting_as"`
	Last     *api.LastEvent `json:"last_event"`
}

func presentOf(t *testing.T, status string) (p present) {
	t.Helper()
	for _, key := range []string{`"question":`, `"unread":`, `"acting_as": null`, `"run": null`, `"last_event":`} {
		if !strings.Contains(status, key) {
			t.Errorf("%s is missing in %s", key, status)
		}
	}
	if err := json.Unmarshal([]byte(status), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// While a question stands, "status" says so, and the journal has its beginning; the CSR who
// asked reads how it was answered.
func TestK6V1_StatusHasTheQuestion(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	wait := start(t, c, "sysinfo os")
	q := <-w.screen.questions
	p := presentOf(t, run(t, c, "status --json").out)
	if p.Question == nil || p.Question.Kind != "sysinfo" || p.Question.By != "alice" || !p.Question.Until.After(w.events()[0].Time) {
		t.Errorf("%+v", p.Question)
	}
	if got := run(t, c, "status"); !strings.Contains(got.out, "sysinfo, ") || !strings.Contains(got.out, " s left, by alice") {
		t.Errorf("%s", got.out)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := wait(); got.code != 0 || !strings.HasSuffix(got.err, "the customer allowed it, this once\n") {
		t.Errorf("%+v", got)
	}
	if p := presentOf(t, run(t, c, "status --json").out); p.Question != nil || p.Last == nil || p.Last.Kind != journal.KindSysInfoView {
		t.Errorf("%+v", p)
	}
	var asked []journal.ConsentAsk
	for _, e := range w.events() {
		if e.Kind == journal.KindConsentAsk {
			asked = append(asked, journal.Of[journal.ConsentAsk](e))
		}
	}
	if len(asked) != 1 || asked[0].Question != q.ID || asked[0].Asked != consent.SysInfo || asked[0].Who.Name != "Alice Kim" {
		t.Errorf("%+v", asked)
	}
}

// What a chat has shown is read, once for all that was there, and then as it comes; a look
// at the status or a message that is sent blindly from elsewhere shows nothing.
func TestK6V1_ChatMarksAsRead(t *testing.T) {
	w := newWorld(t, nil)
	await(t, w.ui, anyOf[notice.Joined])
	c := w.csr()
	unread := func() int { return presentOf(t, run(t, c, "status --json").out).Unread }
	for _, text := range []string{"one", "two"} {
		if err := w.daemon.Say(text); err != nil {
			t.Fatal(err)
		}
	}
	if n := unread(); n != 2 {
		t.Errorf("%d unread", n)
	}
	reads := func() (n int) {
		for _, e := range w.events() {
			if e.Kind == journal.KindChatRead && e.Actor == "alice" {
				n++
			}
		}
		return n
	}
	alice := newChatter(t, c, "xterm", "chat")
	alice.sees("two")
	testkit.Eventually(t, "it is read", func() bool { return reads() == 1 && unread() == 0 })
	if err := w.daemon.Say("three"); err != nil {
		t.Fatal(err)
	}
	alice.sees("three")
	testkit.Eventually(t, "that is read as well", func() bool { return reads() == 2 && unread() == 0 })
	alice.types("\x04")
	alice.wait()
	if err := w.daemon.Say("four"); err != nil {
		t.Fatal(err)
	}
	if n := unread(); n != 1 {
		t.Errorf("%d unread", n)
	}
	if got := run(t, c, "chat"); got.code != 0 || !strings.Contains(got.out, "four") || reads() != 3 || unread() != 0 {
		t.Errorf("%+v, %d times read", got, reads())
	}
	if got := run(t, c, "chat"); got.code != 0 || reads() != 3 {
		t.Errorf("%d times read, and nothing new", reads())
	}
	if strings.Contains(run(t, c, "chat").out, "read") {
		t.Error("that somebody has read is told in the chat")
	}
}
