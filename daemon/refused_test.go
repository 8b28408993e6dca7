package daemon

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/power"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// P19: why a computer is not restarted is told in the same words to the CSR who asked, in
// the chat and in the journal, and the customer is not asked in vain.
func TestK1P19_TheChatSaysWhyAComputerIsNotRestarted(t *testing.T) {
	const oneWay = "support would not come back after a restart: "
	const begin = " · the computer does not restart: "
	for name, c := range map[string]struct {
		power   *fakePower
		said    string
		hint    string
		asked   bool
		noPower bool
	}{
		"below /tmp": {&fakePower{boot: "one", ready: &power.Refusal{Cause: power.NoReturn, Err: &power.Emptied{Path: "/tmp/st"}}},
			oneWay + "/tmp/st: it lies in a directory that is emptied when the computer restarts", "without --state", false, false},
		"no boot id":    {&fakePower{nameless: power.ErrNoBootID}, oneWay + power.ErrNoBootID.Error(), "by hand", false, false},
		"a program":     {&fakePower{boot: "one", ready: &power.Refusal{Cause: power.Inhibited, Holders: []power.Holder{{Who: "Backup", Why: "copying", PID: 7}}}}, "Backup (process 7) forbids a restart: copying", "close it", false, false},
		"somebody else": {&fakePower{boot: "one", ready: &power.Refusal{Cause: power.Occupied}}, "somebody else is logged on to this computer, and would lose what they have open", "log", false, false},
		"not allowed":   {&fakePower{boot: "one", restart: &power.Refusal{Cause: power.Forbidden}}, "this account may not restart the computer", "administrator", true, false},
		"cannot":        {nil, "this computer cannot be restarted from here", "by hand", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(_ *world, o *Options) {
				if !c.noPower {
					o.Power = c.power
				}
			})
			if c.asked {
				w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
			}
			csr := w.csr()
			got := run(t, csr, "reboot --reason updates")
			if got.code != cmdline.ExitFailed || !strings.Contains(got.err, c.said) || !strings.Contains(got.err, c.hint) {
				t.Errorf("the CSR reads %+v", got)
			}
			if !c.asked && len(w.screen.questions) > 0 {
				t.Error("the customer was asked in vain")
			}
			chat := strings.Join(strings.Fields(run(t, csr, "chat").out), " ")
			if !strings.Contains(chat, strings.TrimSpace(begin)+" "+c.said) {
				t.Errorf("the chat says %q", chat)
			}
			var refused journal.RebootRefuse
			for _, e := range w.events() {
				if e.Kind == journal.KindRebootRefuse {
					if err := json.Unmarshal(e.Data, &refused); err != nil {
						t.Fatal(err)
					}
				}
			}
			if refused.Why != c.said || refused.Reason != "updates" {
				t.Errorf("the journal has %+v", refused)
			}
			if strings.HasPrefix(c.said, oneWay) {
				n := await(t, w.ui, anyOf[notice.NoWayBack])
				if told := fmt.Sprint(n); !strings.Contains(told, "Alice Kim") || strings.Contains(told, "/tmp/st") != (name == "below /tmp") {
					t.Errorf("the customer is told %s", told)
				}
			}
		})
	}
}
