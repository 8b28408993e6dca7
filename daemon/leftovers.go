package daemon

import (
	"errors"
	"log/slog"

	"supportd/relay/wire"
)

// abandon ends the support session that a killed daemon left behind and that
// nobody comes back to: its journal gets its end, its session file goes. What is
// damaged is left as it is; it must not keep the customer from being helped now.
func (s *State) abandon(log *slog.Logger) error {
	left, err := s.readSaved()
	switch {
	case errors.Is(err, ErrNothingSaved):
		return nil
	case err == nil:
		err = s.endJournal(left.Journal)
	}
	if err != nil {
		log.Warn("an earlier support session could not be ended properly", "err", err)
	}
	return s.forget()
}

func (s *State) endJournal(name string) error {
	j, err := openJournal(s, name)
	if err != nil {
		return err
	}
	err = j.Append(wire.EventSessionEnd, actorDaemon, endData{By: actorDaemon, Reason: "support-agent was killed and did not come back"})
	return errors.Join(err, j.Close())
}
