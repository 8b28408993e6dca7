package journal

import "supportd/library/journal"

// unended are the events whose end is not in the journal yet, in their order. The ends
// are written for a daemon that was killed.
type unended []begun

type begun struct {
	event journal.Event
	mark  journal.Mark
}

// add takes the next event: one that begins something, or one that ends it. It is called
// for every event, with the journal's lock held, so it decodes nothing of output, which
// most of them are.
func (u *unended) add(e journal.Event) {
	if journal.EndKind(e.Kind) != "" {
		*u = append(*u, begun{e, journal.MarkOf(e)})
		return
	}
	if !journal.IsEnd(e.Kind) {
		return
	}
	mark := journal.MarkOf(e)
	for i, b := range *u {
		if journal.EndKind(b.event.Kind) == e.Kind && b.mark == mark {
			*u = append((*u)[:i:i], (*u)[i+1:]...)
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
		innermost := j.open[len(j.open)-1].event
		j.mu.Unlock()
		if err := j.Append(journal.ByDaemon, journal.EndOf(innermost, why)); err != nil {
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
