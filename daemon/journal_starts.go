package daemon

import (
	"encoding/json"

	"supportd/library/journal"
)

// starts remembers which events still need their end, so that the end can be
// written for a daemon that was killed.
type starts []journal.Event

// endOf is the kind of the event that ends what one of this kind begins; ""
// where nothing has to end.
func endOf(kind string) string {
	switch kind {
	case journal.KindConnOpen:
		return journal.KindConnClose
	case journal.KindRunStart:
		return journal.KindRunEnd
	case journal.KindScriptStart:
		return journal.KindScriptExit
	case journal.KindLogonStart:
		return journal.KindLogonEnd
	}
	return ""
}

// mark is the part of an event's data by which start and end find each other.
type mark struct {
	ID string `json:"id"`
}

func markOf(e journal.Event) string {
	var m mark
	_ = json.Unmarshal(e.Data, &m)
	return m.ID
}

func (s *starts) note(e journal.Event) {
	if endOf(e.Kind) != "" {
		*s = append(*s, e)
		return
	}
	for i, start := range *s {
		if endOf(start.Kind) == e.Kind && markOf(start) == markOf(e) {
			*s = append((*s)[:i:i], (*s)[i+1:]...)
			return
		}
	}
}

// endAborted ends, innermost first, what has begun and whose end is not written.
func (j *Journal) endAborted(reason string) error {
	for {
		j.mu.Lock()
		if len(j.open) == 0 {
			j.mu.Unlock()
			return nil
		}
		start := j.open[len(j.open)-1]
		j.mu.Unlock()
		err := j.Append(endOf(start.Kind), actorDaemon, struct {
			mark
			Aborted bool   `json:"aborted"`
			Reason  string `json:"reason"`
		}{mark{markOf(start)}, true, reason})
		if err != nil {
			return err
		}
	}
}

// returned is the boot of the last restart that the journal tells the return
// from, or "".
func (j *Journal) returned() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.back
}

// notRestarted ends a restart that was allowed, where the daemon was killed before the
// computer went down.
func (j *Journal) notRestarted() error {
	j.mu.Lock()
	down := j.down
	j.mu.Unlock()
	if !down {
		return nil
	}
	return j.Append(journal.KindRebootRefuse, actorDaemon, rebootData{Why: "support-agent was killed before the restart"})
}
