package daemon

import (
	"encoding/json"
	"fmt"
	"time"

	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
)

type endData struct {
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
	// Summary tells of all events before: it is what can still be proved when they
	// are deleted.
	Summary *report.Summary `json:"summary,omitempty"`
}

// End writes the last event.
func (j *Journal) End(by, reason string) error {
	at := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	raw, err := json.Marshal(endData{By: by, Reason: reason, Summary: j.presence.Summary(at)})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return j.appendLocked(journal.Event{Time: at, Kind: journal.KindSessionEnd, Actor: by, Data: escaped(raw)})
}

// escaped is an event's data as it is hashed: see [wire.Event.Harmless].
func escaped(raw []byte) []byte { return []byte(text.EscapeJSON(string(raw))) }
