//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"supportd/daemon/notice"
	"supportd/library/text"
)

// The same trouble is told once, however often it is tried, and another one again.
func TestN8_TheSameTroubleIsToldOnce(t *testing.T) {
	p := newPerson(t, text.English)
	ui := talk{p.screen}
	for range 3 {
		ui.Notify(notice.Retrying{Problem: notice.ProblemSelfMade, Relay: "relay.example", Who: "relay.example", After: time.Second})
	}
	ui.Notify(notice.Retrying{Problem: notice.ProblemBusy, Relay: "relay.example", After: time.Second})
	p.waits(p.unbroken, joinedUp(phrase(text.English, tryingAgain, text.Span(time.Second, text.English))), 4)
	for said, k := range map[string]key{"vouches for itself": problemSelfMade, "too busy right now": problemBusy} {
		if n := strings.Count(p.unbroken(), joinedUp(said)); n != 1 {
			t.Errorf("key %d stands there %d times:\n%s", k, n, p.rows())
		}
	}
}

// A Stop while the relay is still looked for says that nothing was connected, and
// not that somebody is not connected any more.
func TestK2Q6_StopBeforeAnythingWasConnected(t *testing.T) {
	p := newPerson(t, text.English)
	ui := talk{p.screen}
	ui.Notify(notice.Retrying{Problem: notice.ProblemRefused, Relay: "relay:2222"})
	if !p.screen.neverJoined() {
		t.Error("it was not reached, and counts as joined")
	}
	ui.Notify(notice.Joined{Owner: look().Who})
	ui.Notify(notice.Retrying{Problem: notice.ProblemBroken, Relay: "relay:2222", Lost: true})
	if p.screen.neverJoined() {
		t.Error("it was lost, and counts as never joined")
	}
	resumed := newPerson(t, text.English)
	resumed.screen.away = true
	if resumed.screen.neverJoined() {
		t.Error("the one before a restart does not count")
	}
}
