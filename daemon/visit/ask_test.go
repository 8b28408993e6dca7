package visit

import (
	"testing"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/library/cmdline"
)

func TestC1_C2_EveryKindOfNoIsExitCode5WithItsReason(t *testing.T) {
	s := &Server{Options: Options{Session: state.NewSession(t.Context(), nil, state.Saved{}, state.Computer{Host: "PC-0417"}, "")}}
	v := &visit{server: s, who: consent.Person{Account: "alice"}}
	said := map[string]consent.Why{}
	for _, why := range []consent.Why{
		consent.Answered, consent.TimedOut, consent.Withdrawn, consent.Nobody, consent.Flooded, consent.BlockedBy, "",
	} {
		err := v.denied(consent.Answer{Why: why})
		if code := cmdline.Code(err); code != 5 {
			t.Errorf("%s: exit code %d", why, code)
		}
		if other, twice := said[err.Error()]; twice {
			t.Errorf("%q is said for %s and for %s", err, why, other)
		}
		said[err.Error()] = why
	}
	if code := cmdline.Code(v.denied(consent.Answer{Why: consent.Unwritten})); code != 1 {
		t.Errorf("a journal that cannot be written: exit code %d", code)
	}
}
