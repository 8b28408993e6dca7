package journal

import "supportd/library/journal"

// starts remembers which events still need their end, so that the end can be
// written for a daemon that was killed.
type starts []start

type start struct {
	event journal.Event
	mark  journal.Mark
}

// note is called for every event, with the journal's lock held: most are output, of
// which nothing is decoded.
func (s *starts) note(e journal.Event) {
	if journal.EndKind(e.Kind) != "" {
		*s = append(*s, start{e, journal.MarkOf(e)})
		return
	}
	if !journal.IsEnd(e.Kind) {
		return
	}
	mark := journal.MarkOf(e)
	for i, begun := range *s {
		if journal.EndKind(begun.event.Kind) == e.Kind && begun.mark == mark {
			*s = append((*s)[:i:i], (*s)[i+1:]...)
			return
		}
	}
}

// EndAborted ends, innermost first, what has begun and whose end is not written.
func (j *Journal) EndAborted(why journal.Cause) error {
	for {
		j.mu.Lock()
		if len(j.open) == 0 {
			j.mu.Unlock()
			return nil
		}
		begun := j.open[len(j.open)-1].event
		j.mu.Unlock()
		if err := j.Append(journal.ByDaemon, journal.EndOf(begun, why)); err != nil {
			return err
		}
	}
}

// Returned is the boot of the last restart that the journal tells the return
// from, or "".
func (j *Journal) Returned() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.back
}

// NotRestarted ends a restart that was allowed, where the daemon was killed before the
// computer went down.
func (j *Journal) NotRestarted() error {
	j.mu.Lock()
	down := j.down
	j.mu.Unlock()
	if !down {
		return nil
	}
	why := journal.CauseRestartKilled.Of("")
	return j.Append(journal.ByDaemon, journal.RebootRefuse{Why: why.English(), Because: why})
}
