package daemon

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/library/api"
	"supportd/library/wire"
)

func TestMainJobWithoutScripts(t *testing.T) {
	w := newWorld(t, nil)
	if j := await(t, w.ui, anyOf[notice.Joined]); j.Owner.Account != "alice" || j.Resumed {
		t.Errorf("%+v", j)
	}
	c := w.csr()
	status := run(t, c, "status --json")
	var view struct {
		Number wire.Number
		State  api.State
		Host   string
		You    consent.Person
	}
	if err := json.Unmarshal([]byte(status.out), &view); err != nil || status.code != 0 {
		t.Fatalf("%+v: %v", status, err)
	}
	if view.Host != "PC-0417" || view.You.Account != "alice" || view.State != api.Active || view.Number != testNumber {
		t.Errorf("%+v", view)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := run(t, c, "sysinfo os"); got.code != 0 || !strings.Contains(got.out, "Operating system") {
		t.Errorf("sysinfo: %+v", got)
	}
	if q := <-w.screen.questions; q.Kind != consent.SysInfo || !slices.Equal(q.Categories, []string{"os"}) || q.Who.String() != "Alice Kim (alice)" {
		t.Errorf("%+v", q)
	}
	if got := run(t, c, "help"); got.code != 0 || !strings.HasPrefix(got.out, "This computer is in a support session.") {
		t.Errorf("help: %+v", got)
	}
	c.Close()
	w.stop(errTestStop)
	if err := w.ended(); err != errTestStop {
		t.Errorf("ended with %v", err)
	}
	if end := <-w.relay.ended; end.By != "customer" {
		t.Errorf("the relay was told %+v", end)
	}
	want := []string{"session.join", "access.change", "connection.open", "consent.ask", "consent.answer", "sysinfo.view", "connection.close", "session.end"}
	if got := w.kinds(); !slices.Equal(got, want) {
		t.Errorf("journal: %v", got)
	}
	if got := w.files(); len(got) != 2 || !local.IsName(got[0]) || got[1] != "lock" {
		t.Errorf("left behind: %v", got)
	}
}
