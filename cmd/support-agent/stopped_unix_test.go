//go:build unix

package main

import (
	"testing"

	"supportd/daemon/notice"
	"supportd/library/text"
)

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
