package daemon

import (
	"errors"
	"log/slog"
	"os"

	local "supportd/daemon/journal"
	"supportd/daemon/script"
	"supportd/library/journal"
	"supportd/library/wire"
)

// abandon ends the support session that a killed daemon left behind and that
// nobody comes back to: its journal gets its end and its seal, its files go, and
// the relay is owed the rest. What is damaged is left as it is; it must not keep the
// customer from being helped now.
func (s *State) abandon(log *slog.Logger) error {
	left, err := s.readSaved()
	if err == nil {
		err = s.endJournal(left)
	}
	if err != nil && !errors.Is(err, ErrNothingSaved) {
		log.Warn("an earlier support session could not be ended properly", "err", err)
	}
	return errors.Join(s.removeRuns(log), s.forget())
}

// removeRuns removes what CSRs brought and what ran when the daemon was killed.
func (s *State) removeRuns(log *slog.Logger) error {
	left, err := script.CleanLeftovers(s.path(workName))
	if len(left) > 0 {
		log.Info("removed what a killed daemon left behind", "runs", left)
	}
	return errors.Join(err, os.RemoveAll(s.path(workName)), os.RemoveAll(s.path(stagingName)))
}

func (s *State) endJournal(left Saved) error {
	id, err := identityOf(left.Identity)
	if err != nil {
		return err
	}
	j, err := local.Open(s.root, left.Journal)
	if err != nil {
		return err
	}
	end := wire.End{By: journal.ByDaemon, Reason: journal.CauseGone.Of("").English()}
	if by, over := j.Over(); over {
		end = wire.End{By: by}
	} else {
		if left.Restart == nil { // with one, nobody knows whether the computer went down
			err = j.NotRestarted()
		}
		err = errors.Join(err, j.End(end.By, end.Reason))
	}
	if err == nil {
		err = j.Seal(id.signer, left.Number)
	}
	if err == nil {
		err = s.owe(owedOf(left, end))
	}
	return errors.Join(err, j.Close())
}
