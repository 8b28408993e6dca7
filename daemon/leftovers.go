package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/link"
	"supportd/daemon/state"
	"supportd/daemon/visit"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/wire"
)

// endLeftSession ends the support session that a killed daemon left behind and that
// nobody comes back to: its journal gets its end and its seal, its files go, and
// the relay is owed the rest. What is damaged is left as it is; it must not keep the
// customer from being helped now.
func endLeftSession(ctx context.Context, s *state.Dir, log *slog.Logger) error {
	left, err := s.Left()
	if err == nil {
		err = endJournal(ctx, s, left)
	}
	if err != nil && !errors.Is(err, state.ErrNothing) {
		log.Warn("an earlier support session could not be ended properly", "err", err)
	}
	if err := visit.RemoveRuns(s, log); err != nil {
		log.Warn("what ran in an earlier support session could not be removed", "err", err) // it is tried again below, and told
	}
	return errors.Join(s.Forget(), local.RemoveEmpty(s.Root()))
}

func endJournal(ctx context.Context, s *state.Dir, left state.Saved) error {
	id, err := link.IdentityOf(left.Identity)
	if err != nil {
		return err
	}
	j, err := local.Open(ctx, s.Root(), left.Journal)
	if err != nil {
		return err
	}
	if j.Empty() { // killed before the relay's yes: nothing has happened
		return j.Close()
	}
	end := wire.End{By: journal.ByDaemon, Reason: journal.CauseGone.Of("").English()}
	if by, over := j.Over(); over {
		end = wire.End{By: by}
	} else {
		if left.Restart == nil { // with one, nobody knows whether the computer went down
			err = j.NotRestarted()
		}
		err = errors.Join(err, j.End(end.By, end.By, end.Reason))
	}
	if err == nil {
		err = j.Seal(id.Signer, left.Number)
	}
	if err == nil {
		err = s.Owe(state.OwedOf(left, end))
	}
	return errors.Join(err, j.Close())
}

// confirmed returns those of the saved kinds of which the journal says, too, that the
// customer had allowed them beforehand; before the relay's first welcome all of them. A
// saved session is an ordinary file, into which any program of the customer's user can
// write. Who changes the journal as well breaks the chain that the relay has.
func confirmed(j *local.Journal, kinds []consent.Kind) []consent.Kind {
	said, ok := j.Presented()
	if !ok {
		return kinds
	}
	return slices.DeleteFunc(slices.Clone(kinds), func(k consent.Kind) bool { return !slices.Contains(said.Allow, k) })
}

// restored is what is withheld, with what the journal says of it: what a program of the
// customer's user has taken out of the saved session stays withheld.
func restored(j *local.Journal, w consent.Withheld) consent.Withheld {
	said, _ := j.Presented()
	return w.Union(said.Withheld)
}

// demanded is the CSR CA of the saved session, with what the journal says of it: a key
// that a program of the customer's user has put there is none. Where all were taken out,
// or some put where there was no CA, nobody is let in.
func demanded(j *local.Journal, lines []string) []string {
	said, ok := j.Presented()
	if !ok || lines == nil && len(said.CSRCA) == 0 {
		return lines
	}
	return slices.DeleteFunc(append([]string{}, lines...), func(line string) bool {
		key, err := csrca.ParseLine(line)
		return err != nil || !slices.Contains(said.CSRCA, ssh.FingerprintSHA256(key))
	})
}

// wordsDemanded reports whether the journal says that safety words have to be compared.
func wordsDemanded(j *local.Journal) bool {
	said, _ := j.Presented()
	return said.RequireWords
}

// judged is what the saved session says of safety words that were compared: that they are
// the same counts only where the journal says so, too, and that they differ where either
// does.
func judged(j *local.Journal, w state.Words) state.Words {
	said := j.Verdicts()
	for _, p := range w.Pairs {
		same, known := said[p.Key]
		switch {
		case known && !same:
			w.Judge(p.Key, state.Differ)
		case !known && p.Verdict == state.Same:
			w.Judge(p.Key, "")
		}
	}
	return w
}

// listDemanded is what the journal says was demanded of the CSR CA's list of what it has
// revoked and of scripts, and the newest list that has counted: nothing in the saved
// session lowers it.
func listDemanded(j *local.Journal) csrca.Demand {
	said, _ := j.Presented()
	return csrca.Demand{Least: said.Revocations.Least, Required: said.Revocations.Required, Newest: j.NewestList(), Second: said.Revocations.Second}
}
