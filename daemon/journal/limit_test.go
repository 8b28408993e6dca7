package journal

import (
	"errors"
	"testing"

	"supportd/library/journal"
)

// A journal that the relay would take no more of takes no more here either, but
// for the ends of what has begun: what is refused is refused before it happens.
func TestAJournalIsAsLongAsTheRelayTakes(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, journal.KindSessionJoin, journal.KindRunStart, journal.KindScriptStart)
	var weight int64
	for e, err := range j.Events(t.Context(), false) {
		if err != nil {
			t.Fatal(err)
		}
		weight += e.Weight()
	}
	if j.weight != weight {
		t.Errorf("it counts %d bytes, the relay %d", j.weight, weight)
	}
	j.weight = journal.MaxBytes - spare
	for _, kind := range []string{journal.KindScriptOutput, journal.KindRunStart, journal.KindChatMessage, journal.KindConnOpen} {
		if err := j.Append("alice", note{kind: kind}); !errors.Is(err, ErrWrite) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if err := j.EndAborted(journal.CauseKilled); err != nil {
		t.Error(err)
	}
	j.weight = journal.MaxBytes - spare/2
	if err := j.Append(journal.ByDaemon, journal.SessionLost{}); !errors.Is(err, ErrWrite) {
		t.Errorf("a loss: %v", err)
	}
	if err := j.End(journal.ByDaemon, journal.ByDaemon, ""); err != nil {
		t.Error(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var counted int64
	for e := range again.Events(t.Context(), false) {
		counted += e.Weight()
	}
	if again.weight != counted {
		t.Errorf("opened again it counts %d bytes of %d", again.weight, counted)
	}
}
