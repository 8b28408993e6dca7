package journal

import (
	"maps"
	"slices"
	"strings"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

const (
	// MaxUnread is the most messages that count as unread; more are as many.
	MaxUnread = 99
	// maxReaders bounds the accounts whose reading is remembered: as many keys may enter.
	maxReaders = 32
	// maxPictured bounds a text of a picture, in runes.
	maxPictured = 60
)

// Picture is what the events of a journal, up to one, say of the present: the daemon and
// the relay keep it beside the journal, so that nobody has to read that for it. It is
// small, whatever the events hold; its texts are made harmless. The zero value is that
// of an empty journal. It is not safe for concurrent use.
type Picture struct {
	Seq      uint64   `json:"seq"` // of the last event that has changed it
	Question *Asked   `json:"question,omitempty"`
	Logon    *Logon   `json:"logon,omitempty"`
	Run      *Going   `json:"run,omitempty"`
	Last     *Latest  `json:"last,omitempty"`
	Messages []uint64 `json:"messages,omitempty"` // events with the customer's last messages, at most [MaxUnread]
	// Read is up to which event each account has read.
	Read map[string]uint64 `json:"read,omitempty"`
}

// Asked is a question that stands on the customer's screen.
type Asked struct {
	ID    uint64       `json:"id"`
	Kind  consent.Kind `json:"kind"`
	By    string       `json:"by"`    // account
	Until time.Time    `json:"until"` // by the clock of whoever keeps the picture
}

// Logon is another user as whom CSRs act.
type Logon struct {
	ID   string `json:"id,omitempty"`
	User string `json:"user"`
	By   string `json:"by"` // account
}

// Going is a run that goes on.
type Going struct {
	ID     string    `json:"id"`
	By     string    `json:"by"`     // account
	Script string    `json:"script"` // the one that runs, or the first before it starts
	Step   int       `json:"step"`   // from 1; 0 before the first has started
	Of     int       `json:"of"`
	Since  time.Time `json:"since"`
}

// Latest is the last thing that happened.
type Latest struct {
	Time time.Time `json:"time"` // by the computer's clock
	Kind string    `json:"kind"`
	By   string    `json:"by"` // actor
}

// noise reports whether events of a kind are no news: they come with every command of a
// CSR, or in thousands.
func noise(kind string) bool {
	switch kind {
	case KindConnOpen, KindConnClose, KindAccessChange, KindAccessRevoke, KindScriptOutput, KindChatRead, KindWordsExchange:
		return true
	}
	return false
}

// See takes the next event, and reports whether the picture is another one now. now is
// the time of whoever keeps the picture: a computer's clock may be wrong, so of a
// question's end only how far away it is counts.
func (p *Picture) See(e Event, now time.Time) (changed bool) {
	if e.Kind == KindScriptOutput { // most events are output, and nothing of it is decoded
		return false
	}
	changed = p.take(e, now)
	if !noise(e.Kind) {
		p.Last = &Latest{Time: e.Time, Kind: pictured(e.Kind), By: pictured(e.Actor)}
		changed = true
	}
	if changed {
		p.Seq = e.Seq
	}
	return changed
}

func (p *Picture) take(e Event, now time.Time) bool {
	by := pictured(e.Actor)
	switch d := e.Payload().(type) {
	case SessionJoin, SessionResume:
		// Whoever asked was connected through the relay, and is not any more.
		p.Question = nil
	case SessionEnd:
		p.Question, p.Logon, p.Run = nil, nil, nil
	case ConsentAsk:
		left := min(max(d.Expires.Sub(e.Time), 0), consent.AnswerTimeout)
		p.Question = &Asked{ID: d.Question, Kind: consent.Kind(pictured(string(d.Asked))), By: by, Until: now.Add(left).UTC().Truncate(time.Millisecond)}
	case ConsentAnswer:
		if p.Question != nil && p.Question.ID == d.Question.ID {
			p.Question = nil
		}
	case LogonStart:
		p.Logon = &Logon{ID: pictured(d.ID), User: pictured(d.User), By: by}
	case LogonEnd:
		p.Logon = nil
	case RunStart:
		p.Run = &Going{ID: pictured(d.Run), By: by, Of: len(d.Scripts), Since: e.Time}
		if len(d.Scripts) > 0 {
			p.Run.Script = pictured(d.Scripts[0].Name)
		}
	case ScriptStart:
		if p.Run != nil {
			going := *p.Run
			going.Step, going.Script = d.Step.Step, pictured(d.Name)
			p.Run = &going
		}
	case RunEnd:
		p.Run = nil
	case ChatMessage:
		if e.Actor != ByCustomer {
			return p.read(by, e.Seq) // who answers has read
		}
		p.Messages = append(slices.Clone(p.Messages), e.Seq)
		p.Messages = p.Messages[max(0, len(p.Messages)-MaxUnread):]
	case ChatRead:
		return p.read(by, min(d.UpTo, e.Seq))
	default:
		return false
	}
	return true
}

// read notes how far an account has read.
func (p *Picture) read(account string, upTo uint64) bool {
	before, known := p.Read[account]
	if upTo <= before || !known && len(p.Read) >= maxReaders {
		return false
	}
	p.Read = maps.Clone(p.Read)
	if p.Read == nil {
		p.Read = map[string]uint64{}
	}
	p.Read[account] = upTo
	return true
}

// Unread is how many of the customer's messages an account has not read, at most
// [MaxUnread].
func (p *Picture) Unread(account string) (n int) {
	for _, seq := range p.Messages {
		if seq > p.Read[pictured(account)] {
			n++
		}
	}
	return n
}

// Standing is the question that stands at a time, or nil: one whose time is over stands no
// more, whatever has become of the computer.
func (p *Picture) Standing(now time.Time) *Asked {
	if p.Question == nil || !now.Before(p.Question.Until) {
		return nil
	}
	return p.Question
}

func pictured(s string) string { return strings.TrimSpace(text.Plain(s, maxPictured)) }
