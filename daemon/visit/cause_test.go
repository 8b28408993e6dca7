package visit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"supportd/daemon/account"
	"supportd/daemon/power"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

// Everything that the daemon gives as a reason has a code of its own, whose English
// text is the one that CSRs read.
func TestReasonsHaveCodes(t *testing.T) {
	s := &Server{Options: Options{Session: state.NewSession(t.Context(), nil, state.Saved{}, state.Computer{}, "")}}
	seen := map[journal.Cause]bool{}
	for _, why := range []account.Why{
		account.Failed, account.BadName, account.BadPassword, account.UnusualPassword, account.NoUser, account.Locked, account.Expired,
		account.MustChange, account.NoShell, account.NoHome, account.Refused, account.Hangs, account.Powerless, account.Unsupported,
	} {
		f := &account.Failure{Why: why, User: "helper"}
		check(t, seen, f.Because(), f.Error())
	}
	if slow := (&account.Failure{Why: account.Hangs}).Error(); !strings.Contains(slow, fmt.Sprintf("within %.0f s", account.LogOnTimeout.Seconds())) {
		t.Error(slow)
	}
	for _, r := range []*power.Refusal{
		{Cause: power.Failed}, {Cause: power.Forbidden}, {Cause: power.Inhibited}, {Cause: power.Occupied}, {Cause: power.Unsupported},
		{Cause: power.NoReturn, Err: errors.New("no unit")},
	} {
		check(t, seen, r.Because(), r.Error())
	}
	held := &power.Refusal{Cause: power.Inhibited, Holders: []power.Holder{{Who: "dpkg", Why: "busy", PID: 7}}}
	if b := held.Because(); b != journal.CauseRestartHeld.Of("dpkg (process 7): busy") || held.Error() != "dpkg (process 7) forbids a restart: busy" {
		t.Errorf("%+v, told as %q", b, held)
	}
	for _, err := range []error{sshd.ErrLost, sshd.ErrShutdown, sshd.ErrAbuse, errRemoved} {
		check(t, seen, s.becauseOf(err), err.Error())
	}
	if got := s.becauseOf(errors.New("read: \x1b[2J")); got.CauseCode != journal.CauseBroken || got.CauseOf != "read: [2J" {
		t.Errorf("%+v", got)
	}
	s.Session.End(&state.Ended{By: "alice"})
	if got := s.becauseOf(&state.Ended{By: "alice"}); got.CauseCode != journal.CauseOver {
		t.Errorf("%+v", got)
	}
}

func check(t *testing.T, seen map[journal.Cause]bool, b journal.Because, said string) {
	t.Helper()
	if b.CauseCode == "" || seen[b.CauseCode] || b.English() != said || b.Say(text.Korean) == "" {
		t.Errorf("%+v, told as %q", b, said)
	}
	seen[b.CauseCode] = true
}
