package report

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/wire"
)

// Broken is the error for a report that is not what was written: the first event
// or line at which that shows.
type Broken struct {
	Seq  uint64 // of the event; 0 where it is about the header, the seal or the file
	Line int    // of the file, from 1; 0 where there is no file
	Why  string // for people
	Err  error  // for programs
}

// Error names the event and the line and says what is wrong with it.
func (b *Broken) Error() string {
	where := ""
	switch {
	case b.Seq > 0 && b.Line > 0:
		where = fmt.Sprintf("event %d (line %d): ", b.Seq, b.Line)
	case b.Seq > 0:
		where = fmt.Sprintf("event %d: ", b.Seq)
	case b.Line > 0:
		where = fmt.Sprintf("line %d: ", b.Line)
	}
	return where + b.Why
}

// Unwrap is the cause.
func (b *Broken) Unwrap() error { return b.Err }

// Proof is how far a report that is not broken is proved. The zero value is not
// at all.
type Proof string

// The proofs.
const (
	Proved       Proof = "proved"        // every event is there as it was signed; whose key that is, is another question
	StillOpen    Proof = "open"          // the chain holds so far; it is signed when the session has ended
	Unsealed     Proof = "not-sealed"    // it has ended, but the computer has not signed it
	PrunedProved Proof = "pruned-proved" // its events are deleted, but the signed last one, which tells of them, is there
	PrunedSealed Proof = "pruned-sealed" // its events are deleted; a signature is there, but nothing that it proves
	PrunedOnly   Proof = "pruned"        // its events are deleted; nobody had signed them
)

// OK reports whether the computer's signature stands behind what the report says.
func (p Proof) OK() bool { return p == Proved || p == PrunedProved }

// Verdict is what came out for a report that is not broken.
type Verdict struct {
	Header Header        // as it stood there; only its number where it had none
	Proof  Proof         //
	Last   journal.Event // the zero Event where there is none
	Key    string        // who signed, as in authorized_keys; "" where nobody did
	// Differs is true where the header, which is the relay's word, says something
	// else of the end than the event that the computer has signed.
	Differs bool
}

// Fingerprint is that of the key that signed, SHA256:…, or "".
func (v Verdict) Fingerprint() string {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(v.Key))
	if err != nil {
		return ""
	}
	return ssh.FingerprintSHA256(key)
}

// checker follows a journal from its first event.
type checker struct {
	last     journal.Event
	presence journal.Presence
}

// next is an error where e is not what comes next.
func (c *checker) next(e journal.Event) error {
	b := &Broken{Seq: c.last.Seq + 1, Err: journal.ErrChain}
	switch {
	case e.Seq != c.last.Seq+1:
		b.Why = fmt.Sprintf("it is missing, event %d stands in its place", e.Seq)
		return b
	case e.Follows(journal.Event{Seq: e.Seq - 1, Hash: e.Prev}) != nil:
		b.Why = "it does not fit its hash, so it was changed"
		return b
	case e.Follows(c.last) != nil:
		b.Why = "it does not follow the event before it, so one of the two was replaced"
		return b
	case e.CheckKeys() != nil:
		b.Why, b.Err = "programs may read different things in it: a name stands in it twice, or in upper case", journal.ErrKeys
		return b
	}
	c.presence.Observe(e)
	c.last = e
	return nil
}

// finish holds header and seal against the events.
func (c *checker) finish(h Header, seal *journal.Seal) (Verdict, error) {
	last := c.last
	if h.Pruned != nil {
		if last.Seq > 0 {
			return Verdict{}, &Broken{Seq: last.Seq, Why: "the report says that its events were deleted, but here is one", Err: journal.ErrChain}
		}
		last.Seq, last.Hash = h.Pruned.Seq, h.Pruned.Hash
	}
	if seal != nil {
		if seal.Seq > last.Seq {
			return Verdict{}, &Broken{Seq: last.Seq + 1, Why: fmt.Sprintf("it is missing, the computer signed %d events", seal.Seq), Err: journal.ErrSeal}
		}
		if err := seal.Verify(last); err != nil {
			return Verdict{}, &Broken{Why: "the computer's signature does not fit these events", Err: err}
		}
	}
	if h.Pruned != nil && h.Pruned.End != nil {
		if why := h.Pruned.proves(h); why != "" {
			return Verdict{}, &Broken{Why: why, Err: journal.ErrSeal}
		}
	}
	if err := c.fits(h, seal); err != nil {
		return Verdict{}, err
	}
	v := Verdict{Header: h, Last: last}
	if h.Number == "" {
		v.Header.Number, _ = c.presence.Session()
	}
	if seal != nil {
		v.Key = seal.Key
		if end := c.presence.End(); end.Seq > 0 && h.Number != "" {
			v.Differs = h.differs(end)
		}
	}
	ended := h.State == Ended || h.Number == "" && c.presence.End().Seq > 0
	switch {
	case h.Pruned != nil && h.Pruned.End != nil && seal != nil:
		v.Proof = PrunedProved
	case h.Pruned != nil && seal != nil:
		v.Proof = PrunedSealed
	case h.Pruned != nil:
		v.Proof = PrunedOnly
	case seal != nil:
		v.Proof = Proved
	case ended:
		v.Proof = Unsealed
	default:
		v.Proof = StillOpen
	}
	return v, nil
}

// fits reports where the header says something else than the events or the seal.
func (c *checker) fits(h Header, seal *journal.Seal) error {
	odd := func(what string) error {
		return &Broken{Why: "the header does not fit the events: " + what, Err: journal.ErrSeal}
	}
	p := c.presence
	p.Finish(c.last)
	told, owner := p.Session()
	numbers := []wire.Number{h.Number, told}
	if seal != nil {
		numbers = append(numbers, wire.Number(seal.Number))
	}
	var number wire.Number
	for _, n := range numbers {
		if n != "" && number != "" && n != number {
			return odd("the number is another one")
		}
		if n != "" {
			number = n
		}
	}
	switch {
	case h.Number == "": // a journal without a header
		return nil
	case seal != nil && h.Key != seal.Key:
		return odd("the computer's key is another one")
	case h.Pruned == nil && owner != "" && owner != h.Owner:
		return odd("whose session it is")
	case h.Pruned == nil && c.last.Seq > 0 && !p.Equal(h.Presence):
		return odd("who took part, and for how long")
	}
	return nil
}

// Verify reads one report after its header and says how far it is proved. The
// error is a *[Broken] where it is not what was written; [Reader.Next] then goes
// on with the next report.
func Verify(r *Reader, h Header) (Verdict, error) {
	return VerifyEach(r, h, func(journal.Event) {})
}

// VerifyEach is [Verify], and shows each event that follows the one before it. What an
// event says is worth as much as the verdict, which comes afterwards.
func VerifyEach(r *Reader, h Header, see func(journal.Event)) (Verdict, error) {
	var c checker
	for {
		e, err := r.Event()
		if errors.Is(err, io.EOF) {
			return c.finish(h, r.Seal())
		}
		var b *Broken
		if errors.As(err, &b) && r.Seal() == nil {
			b.Seq = c.last.Seq + 1 // which is what should stand there
		}
		if err == nil {
			if err = c.next(e); errors.As(err, &b) {
				b.Line = r.Line()
			}
		}
		if err != nil {
			return Verdict{}, err
		}
		see(e)
	}
}

// Verify reads the events once and says how far the report is proved. The error
// is a *[Broken] where it is not what was written.
func (s Source) Verify() (Verdict, error) {
	return s.VerifyEach(func(journal.Event) {})
}

// VerifyEach is [Source.Verify], and shows each event as [VerifyEach] does.
func (s Source) VerifyEach(see func(journal.Event)) (Verdict, error) {
	var c checker
	for e, err := range s.Events() {
		if err == nil {
			err = c.next(e)
		}
		if err != nil {
			return Verdict{}, err
		}
		see(e)
	}
	return c.finish(s.Header, s.Seal)
}
