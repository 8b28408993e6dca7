package daemon

import (
	"os"
	"strings"
	"testing"
	"time"

	"supportd/daemon/account"
	"supportd/daemon/power"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// A report in Korean says in Korean why something was refused or ended.
func TestCausesAreKoreanInAKoreanReport(t *testing.T) {
	const user = "helper"
	var causes []string
	for _, why := range []account.Why{
		account.Failed, account.BadName, account.BadPassword, account.NoUser, account.Locked, account.Expired, account.MustChange,
		account.NoShell, account.NoHome, account.Refused, account.Powerless, account.Unsupported,
	} {
		causes = append(causes, (&account.Failure{Why: why, User: user}).Error())
	}
	for _, c := range []power.Cause{power.Failed, power.Forbidden, power.Inhibited, power.Occupied, power.Unsupported} {
		causes = append(causes, (&power.Refusal{Cause: c}).Error())
	}
	for _, err := range []error{sshd.ErrLost, sshd.ErrShutdown, sshd.ErrAbuse, errRemoved, errNoPassword} {
		causes = append(causes, err.Error())
	}
	for _, end := range []error{&Refusal{Code: wire.CodeEnded}, ErrWindow} {
		_, reason := endedBy(end)
		causes = append(causes, reason)
	}
	s := newState(t)
	j, _, err := createJournal(s, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, why := range causes {
		if err := j.Append(journal.KindLogonRefuse, "alice", logonData{User: user, Why: why}); err != nil {
			t.Fatal(err)
		}
	}
	named := len(causes)
	for _, p := range []trouble{troubleNotLocked, troubleNotUnlocked, troubleLogonEnd, troubleWhoIsThere, troubleStartsAgain, troubleFilesStay} {
		if err := j.Append(journal.KindProblem, actorDaemon, troubleData{Problem: p}); err != nil {
			t.Fatal(err)
		}
		causes = append(causes, string(p))
	}
	f, err := os.Open(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src, err := report.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	var ko strings.Builder
	if err := src.Text(&ko, report.Style{Language: text.Korean}); err != nil {
		t.Fatal(err)
	}
	for _, why := range causes {
		if strings.Contains(ko.String(), why) {
			t.Errorf("not translated: %s", why)
		}
	}
	if n := strings.Count(ko.String(), user); n < named {
		t.Errorf("the user is named %d times in\n%s", n, ko.String())
	}
}
