package main

import (
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/api"
	"supportd/library/text"
)

// silent is a screen that shows nothing.
type silent struct{}

func (silent) Notify(notice.Notice) {}

// P3: a status follows what the customer is told, and says it in their language.
func TestK1P3_OverviewFollowsWhatHappens(t *testing.T) {
	alice := consent.Person{Name: "Alice Kim", Account: "alice"}
	o := &overview{screens: []notice.UI{silent{}}, now: state.Status{Number: "482913077", State: api.Waiting}}
	p := program{lang: text.English}
	for _, step := range []struct {
		n             notice.Notice
		state         api.State
		shows, hidden string
	}{
		{notice.Retrying{After: time.Second}, api.Waiting, "connecting", "Alice"},
		{notice.Joined{Owner: alice, Way: "ssh relay.example:443"}, api.Active, "connected to this computer: none", "Alice"},
		{notice.Joined{Owner: alice, Way: "ssh relay.example:443"}, api.Active, "goes to relay.example:443", "Alice"},
		{notice.Entered{Who: alice}, api.Active, "Alice Kim (alice)", "Running: x"},
		{notice.RunStarted{Who: alice, Scripts: []string{"x\x1b[2J.sh"}}, api.Active, "Running: x", "\x1b"},
		{notice.LoggedOn{Who: alice, User: "bob"}, api.Active, "as the user: bob", "\x1b"},
		{notice.Retrying{Lost: true}, api.Away, "interrupted", "connecting"},
		{notice.Retrying{}, api.Away, "interrupted", "goes to"},
		{notice.RunEnded{Who: alice}, api.Away, "Running: nothing", "x["},
		{notice.LoggedOff{Who: alice, User: "bob"}, api.Away, "Running: nothing", "bob"},
		{notice.Disconnected{Who: alice}, api.Away, "computer: none\nAlice Kim (alice) left at ", "computer: Alice"},
		{notice.Reconnected{Who: alice}, api.Away, "computer: Alice Kim (alice)", "left"},
		{notice.Disconnected{Who: alice}, api.Away, "Alice Kim (alice) left at ", "computer: Alice"},
		{notice.Left{Who: alice}, api.Away, "none", "Alice"},
		{notice.HandingOver{}, api.Ended, "over", "Alice"},
	} {
		o.Notify(step.n)
		s := o.status()
		if got := p.tell(s); s.State != step.state || !strings.Contains(got, step.shows) || strings.Contains(got, step.hidden) {
			t.Errorf("%T: %s\n%s", step.n, s.State, got)
		}
	}
	o.ask(&state.AskedNow{Kind: consent.SysInfo, By: alice, Until: time.Now()})
	korean := program{lang: text.Korean}
	if got := korean.tell(o.status()); !strings.Contains(got, "질문") || !strings.Contains(got, "정보 보기") {
		t.Errorf("%s", got)
	}
	o.ask(nil)
	if o.status().Question != nil {
		t.Error("a question that is answered still stands")
	}
}
