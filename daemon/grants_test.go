package daemon

import (
	"testing"
	"time"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/cmdline"
)

// A script that was allowed once writes into the saved session, which is a file of its own
// user, that everything is allowed. Whoever comes back to the session asks all the same.
func TestK1_ASavedSessionGrantsNothingThatTheJournalDoesNot(t *testing.T) {
	w := newWorld(t, func(w *world, o *Options) {
		saved := w.killed(testNumber, time.Hour)
		saved.Allow = consent.Kinds()
		s, err := state.Open(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Save(saved); err != nil {
			t.Fatal(err)
		}
		o.Join = nil
	})
	await(t, w.ui, anyOf[notice.Joined])
	c := w.csr()
	stage(t, c, map[string]string{"a.sh": "#!/bin/sh\necho it ran\n"})
	w.screen.answers <- consent.Answer{Decision: consent.Denied}
	if got := run(t, c, "run a.sh"); got.code != cmdline.ExitDenied {
		t.Errorf("%+v", got)
	}
	if q := <-w.screen.questions; q.Kind != consent.Script {
		t.Errorf("the customer was asked %+v", q)
	}
	// What they had allowed themselves, they are not asked again.
	if got := run(t, c, "sysinfo os"); got.code != cmdline.ExitOK {
		t.Errorf("%+v", got)
	}
}
