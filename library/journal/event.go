// Package journal is the record of everything that happens in a support session:
// an ordered list of events, each holding the hash of the one before, and at the
// end a seal, the computer's signature. Daemon, relay and CSR read and write it
// with the types of this package, and with nothing else.
package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"supportd/library/text"
	"supportd/library/wire"
)

// MaxEvent is the largest event, in bytes of its data; the daemon cuts longer
// output into several events.
const MaxEvent = 64 << 10

// MaxLine is the longest line of a journal in bytes, newline included: the
// largest event, its other fields, or a seal.
const MaxLine = MaxEvent + 4<<10

// MaxBytes bounds the events of a support session together, in bytes of their
// [Event.Weight]: days of work fit, and no computer can fill the relay's disk by
// itself. The daemon counts as the relay does, and says so before it is refused.
const MaxBytes = 1 << 30

// eventFrame is about what an event takes beside its kind, actor and data: its
// number, time and hashes, and its places in the indexes of the relay's database.
const eventFrame = 256

// MaxMessage is the longest chat message, in bytes: more is a file.
const MaxMessage = 4 << 10

// Event is one entry of a journal. Hash is SHA-256 over everything before it,
// Prev included, so that no event can be changed, dropped or moved unnoticed.
type Event struct {
	Seq   uint64          `json:"seq"` // from 1, without gaps
	Time  time.Time       `json:"time"`
	Kind  string          `json:"kind"`
	Actor string          `json:"actor"` // an account, "customer", "daemon" or "relay"
	Data  json.RawMessage `json:"data"`
	Prev  Hash            `json:"prev"`
	Hash  Hash            `json:"hash"`
}

// Hash is a SHA-256 sum; the zero value stands before the first event.
type Hash [sha256.Size]byte

// MarshalText encodes the sum as 64 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText decodes what [Hash.MarshalText] made.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) || !bytes.Equal(text, bytes.ToLower(text)) {
		return errors.New("a hash has 64 lower-case hexadecimal digits")
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// ErrChain is wrapped by the error for an event that does not follow the one
// before it.
var ErrChain = errors.New("the journal's chain is broken")

// Seal sets sequence number, Prev and Hash so that the event follows prev; the
// zero Event stands before the first. Time is cut to microseconds, which every
// encoding keeps.
func (e *Event) Seal(prev Event) {
	e.Seq, e.Prev = prev.Seq+1, prev.Hash
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	e.Hash = e.sum()
}

// Follows reports whether the event is intact and follows prev.
func (e *Event) Follows(prev Event) error {
	if e.Seq != prev.Seq+1 || e.Prev != prev.Hash || e.Hash != e.sum() {
		return fmt.Errorf("%w at event %d", ErrChain, e.Seq)
	}
	return nil
}

func (e *Event) sum() Hash {
	return sha256.Sum256(ssh.Marshal(struct {
		Seq, Micros uint64
		Kind, Actor string
		Data, Prev  []byte
	}{e.Seq, uint64(e.Time.UnixMicro()), e.Kind, e.Actor, e.Data, e.Prev[:]}))
}

// Weight is what the event counts of [MaxBytes], in bytes.
func (e *Event) Weight() int64 {
	return int64(len(e.Kind)+len(e.Actor)+len(e.Data)) + eventFrame
}

// Harmless reports whether the event's line does no harm on a terminal: nothing
// stands raw in it that could drive one or deceive a reader, but as \uXXXX. So it
// is made and so the relay takes it; files from before are read all the same.
func (e *Event) Harmless() bool {
	return utf8.Valid(e.Data) && !bytes.ContainsFunc(e.Data, text.Hostile) &&
		utf8.ValidString(e.Actor) && !strings.ContainsFunc(e.Actor, text.Hostile)
}

// isKind reports whether a kind has the form noun.verb: kinds are counted, sorted
// and shown by everybody, so that a computer cannot make up any text for them.
func isKind(kind string) bool {
	noun, verb, _ := strings.Cut(kind, ".")
	return isWord(noun) && isWord(verb)
}

func isWord(s string) bool {
	return s != "" && s[0] >= 'a' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// check says what of an event nobody would read again.
func (e *Event) check() error {
	switch {
	case len(e.Kind) > wire.MaxName || !isKind(e.Kind):
		return errors.New("its kind is not of the form noun.verb")
	case e.Actor == "" || len(e.Actor) > wire.MaxName || strings.ContainsFunc(e.Actor, unicode.IsControl):
		return errors.New("its actor has no name that can be written down")
	}
	return nil
}

// Line encodes the event as one line of JSON, newline included.
func (e *Event) Line() ([]byte, error) {
	line, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return append(line, '\n'), nil
}

// ParseEvent decodes what [Event.Line] made, and nothing else; see
// [Event.CheckKeys] for what of that nobody writes.
func ParseEvent(line []byte) (Event, error) {
	e, canonical := parseCanonical(line)
	var err error
	if !canonical {
		e = Event{}
		err = json.Unmarshal(line, &e)
	}
	if err == nil {
		err = e.check()
	}
	if err == nil {
		err = e.CheckKeys()
	}
	if err != nil {
		return Event{}, fmt.Errorf("%w: event %d: %w", wire.ErrPayload, e.Seq, err)
	}
	if canonical {
		return e, nil
	}
	// What the hash does not cover has one form only: UTC, whole microseconds.
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	if again, _ := e.Line(); !bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), bytes.TrimSuffix(line, []byte("\n"))) {
		return Event{}, fmt.Errorf("%w: event %d is not in canonical form", wire.ErrPayload, e.Seq)
	}
	return e, nil
}
