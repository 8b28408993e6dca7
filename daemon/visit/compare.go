package visit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/library/words"
)

// errNoPair is for a key with which there are no safety words.
var errNoPair = errors.New("there are no safety words with this key")

// wordsNotice says which words there are with a CSR, and whether they were compared.
func (s *Server) wordsNotice(who consent.Person, p state.WordsPair) notice.Words {
	return notice.Words{Who: who, Pair: p.Pair, Compared: p.Verdict == state.Same, Certified: s.certified.on}
}

// comparedWith is what a question says of the safety words with a CSR's key. Where a CSR CA
// vouches for them, nobody has to compare any, so only what was done is said.
func (s *Server) comparedWith(who consent.Person) consent.Compared {
	saved := s.Session.Saved()
	switch p, _ := saved.Words.Of(who.Fingerprint); {
	case p.Verdict == state.Same:
		return consent.IsCompared
	case s.certified.on && !saved.RequireWords:
		return ""
	}
	return consent.NotCompared
}

// wordsFirst has the customer compare the safety words with a CSR's key before anything of
// that CSR counts, where the customer's program demands it.
func (v *visit) wordsFirst(ctx context.Context) error {
	for {
		if !v.server.Session.Saved().RequireWords || v.server.comparedWith(v.who) == consent.IsCompared {
			return nil
		}
		q, first := v.server.comparing.join(v.who)
		if first {
			q.err = v.askForWords(ctx)
			q.withdrawn = ctx.Err() != nil
			v.server.comparing.leave(v.who, q)
		}
		select {
		case <-q.done:
		case <-ctx.Done():
			return v.denied(consent.Answer{Why: consent.Withdrawn})
		}
		if q.err != nil && (first || !q.withdrawn) {
			return q.err
		}
	}
}

// askForWords asks the customer which words this CSR reads out. The error says why they are
// not compared.
func (v *visit) askForWords(ctx context.Context) error {
	giveBack, err := v.server.runs.claim(v.who, "the safety words")
	if err != nil {
		return err
	}
	defer giveBack()
	var no error
	a, err := v.server.compare(v.who, func(q consent.Question) consent.Answer {
		var a consent.Answer
		a, no = v.askCustomer(ctx, q)
		return a
	})
	switch {
	case errors.Is(err, errNoPair):
		return cmdline.Fail(cmdline.ExitDenied, "run \"supportctl words NUMBER\" once with this key; plain ssh has none, and works after that",
			"the safety words with your key are not compared: this program and the computer have none")
	case err != nil || v.server.Session.Over().Err() != nil:
		return cmp.Or(err, v.server.overError())
	case v.server.comparedWith(v.who) == consent.IsCompared:
		return v.stillHere()
	case a.Why == consent.Answered && a.Decision != consent.Blocked || a.Why == consent.TimedOut || a.Why == consent.Unclear || no == nil:
		return cmdline.Fail(cmdline.ExitDenied, "\"supportctl words NUMBER\" says them: read both to the customer, who picks them on their screen",
			"the customer has not compared the safety words yet")
	}
	return no
}

// Compare has the customer compare the safety words with a CSR, of whom they were told by
// [notice.Words], because they want to. It returns when that is over. The error is also
// [ErrWhileRunning]. It is safe for concurrent use.
func (s *Server) Compare(ctx context.Context, who consent.Person) error {
	giveBack, err := s.runs.claim(who, "the safety words")
	if err != nil {
		return ErrWhileRunning
	}
	defer giveBack()
	_, err = s.compare(who, func(q consent.Question) consent.Answer {
		q.Who = who
		a := s.gate.Ask(ctx, q)
		s.UI.Notify(notice.Decided{Question: q, Answer: a})
		return a
	})
	return err
}

// compare asks which words a CSR reads out, where that is not known yet, and keeps what is
// said: nothing where nobody has picked any.
func (s *Server) compare(who consent.Person, ask func(consent.Question) consent.Answer) (a consent.Answer, err error) {
	saved := s.Session.Saved()
	pair, known := saved.Words.Of(who.Fingerprint)
	switch {
	case !known:
		return a, errNoPair
	case pair.Verdict == state.Same:
		return a, nil
	}
	secret := sha256.Sum256(saved.Identity)
	offered, place := pair.Among(secret[:])
	q := consent.Question{Kind: consent.Words}
	for _, p := range offered {
		q.Choices = append(q.Choices, consent.Choice{English: p.In(text.English), Korean: p.In(text.Korean)})
	}
	a = ask(q)
	switch picked := a.Picked; {
	case a.Why != consent.Answered || picked == 0 || picked > 0 && !a.Decision.Allowed():
		return a, nil
	default:
		return a, s.judge(who, pair.Pair, picked == place+1)
	}
}

// judge keeps what the customer has said of the words with a CSR's key, in the journal
// first. Other words than ours end the support session: there is no second try, for who
// guesses would be right in the end.
func (s *Server) judge(who consent.Person, pair words.Pair, same bool) error {
	err := s.Journal.Append(journal.ByCustomer, journal.WordsVerdict{Who: who, Same: same})
	if err != nil && same {
		return err
	}
	verdict := state.Same
	if !same {
		verdict = state.Differ
	}
	s.Session.Change(func(saved *state.Saved) { saved.Words.Judge(who.Fingerprint, verdict) })
	err = errors.Join(err, s.Session.Save())
	if !same {
		s.Session.End(&state.WordsDiffer{By: journal.ByCustomer})
		if err != nil {
			s.Log.Error("that safety words differ is not written down", "err", err)
		}
		err = nil // it is over, whatever the disk does
	}
	s.UI.Notify(notice.Compared{Who: who, Pair: pair, Same: same})
	return err
}

// hearWords takes what a CSR has heard of the customer. That they differ ends the support
// session; that they are the same only stands in the journal, for the CSR's word is not the
// customer's.
func (s *Server) hearWords(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	who, err := s.mayBeHere(c)
	m, bad := wire.ParseWordsVerdict(payload)
	if err != nil || bad != nil || !s.hasLetIn(who) { // a key that the relay has named since is nobody yet
		return false, nil
	}
	if _, known := s.Session.Saved().Words.Of(who.Fingerprint); !known {
		return false, nil
	}
	if wait, ok := s.messages.turn(who.Account, 0); !ok || wait > 0 { // the journal is not theirs to fill
		return false, nil
	}
	err = s.Journal.Append(who.Account, journal.WordsVerdict{Who: who, Same: m.Same})
	if err != nil {
		s.Log.Error("what a CSR has heard of the safety words is not in the journal", "err", err)
	}
	if !m.Same {
		s.Session.End(&state.WordsDiffer{By: who.Account})
	}
	return err == nil, nil
}

func (v *visit) wordsCommand() *cli.Command {
	return &cli.Command{
		Name: "words", Usage: "have the customer pick the safety words you read out",
		Action: func(c *cli.Context) error {
			if v.server.comparedWith(v.who) != consent.IsCompared {
				if err := v.askForWords(c.Context); err != nil {
					return err
				}
			}
			_, err := io.WriteString(v.channel, v.speaker.Text("the customer has picked the words that this computer has with your key; only their voice tells you that it is their computer\n"))
			return err
		},
	}
}
