package journal

import (
	"fmt"
	"time"

	"supportd/library/journal"
)

// End writes the last event: the actor says that by has ended the support session. Where
// reason is one of ours, its code stands beside it.
func (j *Journal) End(actor, by, reason string) error {
	at := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	end := journal.SessionEnd{By: by, Reason: reason, Summary: j.presence.Summary(at)}
	if because := journal.BecauseOf(reason); by == journal.ByDaemon || by == journal.ByRelay || because.CauseCode == journal.CauseWords {
		end.Because = because
	}
	e, err := journal.New(at, actor, end)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return j.appendLocked(e)
}
