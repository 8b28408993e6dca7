// Package consent is the one door between a support rep and a customer's
// computer: what may be asked of a customer, what they answered, and what is
// still allowed. The daemon asks its [Gate] before it does anything; the
// programs bring [Prompter]s that put the question on a screen.
//
// Everything here is safe by default: the zero [Decision] is a No, and so are a
// missing prompter, a timeout, an error and a question that was withdrawn.
// It imports the standard library and [supportd/library/text] only, so that
// these files can be audited by themselves.
package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportd/library/text"
)

// Kind is a kind of thing that a customer is asked to allow.
type Kind string

// The consent kinds. Their texts are part of the command line (--allow) and of
// the journal.
const (
	SysInfo Kind = "sysinfo"  // see the system information
	Script  Kind = "script"   // run scripts
	LogonAs Kind = "logon-as" // act as another user of this computer
	Reboot  Kind = "reboot"   // restart this computer
	CSRJoin Kind = "csr-join" // another CSR enters the support session
	Words   Kind = "words"    // compare the safety words that a CSR reads out
)

// Kinds lists every kind in the order in which help shows them.
func Kinds() []Kind { return []Kind{SysInfo, Script, LogonAs, Reboot, CSRJoin, Words} }

// EveryTime reports whether an answer may never be remembered for this kind.
func (k Kind) EveryTime() bool { return k == LogonAs || k == Reboot || k == Words }

// Beforehand lists the kinds that a customer can allow before they are asked. The
// others are asked every time, whatever was allowed.
func Beforehand() []Kind {
	return slices.DeleteFunc(Kinds(), Kind.EveryTime)
}

// WhileAway lists the kinds that a customer can allow for the time in which they are away
// from the screen. Other CSRs who want to enter are asked about then too: nobody would see
// them come.
func WhileAway() []Kind {
	return slices.DeleteFunc(Beforehand(), func(k Kind) bool { return k == CSRJoin })
}

// AllowError is a word that cannot stand behind --allow.
type AllowError struct {
	Word      string // hostile
	EveryTime bool   // it is a kind that is asked every time
}

// Error says why, in English.
func (e *AllowError) Error() string {
	if e.EveryTime {
		return fmt.Sprintf("%s is asked every time and cannot be allowed beforehand", e.Word)
	}
	return fmt.Sprintf("%q cannot be allowed: known are sysinfo, script, csr-join and all", text.Escape(e.Word))
}

// ParseAllow reads what a customer wrote after --allow: kinds of [Beforehand]
// separated by commas, or "all", which is those of [WhileAway]: who lets everything be
// done has not said by whom. Its error is an [*AllowError].
func ParseAllow(s string) ([]Kind, error) {
	if strings.TrimSpace(s) == "all" {
		return WhileAway(), nil
	}
	var kinds []Kind
	for _, part := range strings.Split(s, ",") {
		k := Kind(strings.TrimSpace(part))
		switch {
		case k == "":
			continue
		case !slices.Contains(Kinds(), k), k.EveryTime():
			return nil, &AllowError{Word: string(k), EveryTime: k.EveryTime()}
		case !slices.Contains(kinds, k):
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

// Person is a CSR as the relay has verified them. Name is display text and
// hostile until shown through [text.Plain]; Account and Fingerprint identify.
type Person struct {
	Name        string `json:"name"`
	Account     string `json:"account"`
	Fingerprint string `json:"fingerprint"` // SHA256:… of the key that was proven
}

// File is one file that a question shows; SHA256 is 64 hexadecimal digits and
// Size is in bytes.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Text   string `json:"-"` // what is in it, "" where that is not text
}

// Program is one script of a run: its executable, and the files that come with
// it.
type Program struct {
	File
	With []File `json:"with,omitempty"`
}

// Sum is a SHA-256, in hexadecimal, of the executable and the files that come with
// it, whatever they are called: the same script has the same everywhere.
func (p Program) Sum() string {
	with := make([]string, 0, len(p.With))
	for _, f := range p.With {
		with = append(with, f.SHA256)
	}
	slices.Sort(with)
	sum := sha256.Sum256([]byte(p.SHA256 + "\n" + strings.Join(with, "\n")))
	return hex.EncodeToString(sum[:])
}

// Compared says whether safety words were compared with a CSR's key; "" is that nothing is
// said of it.
type Compared string

// What is said of it.
const (
	IsCompared  Compared = "compared"
	NotCompared Compared = "not-compared"
)

// Choice is one of those that are offered with [Words], in each language.
type Choice struct{ English, Korean string }

// In is the choice in a language.
func (c Choice) In(l text.Language) string {
	if l == text.Korean {
		return c.Korean
	}
	return c.English
}

// Question is what a customer is asked. The gate sets ID and Expires.
type Question struct {
	ID      uint64    `json:"id"`
	Kind    Kind      `json:"kind"`
	Who     Person    `json:"who"`
	Expires time.Time `json:"expires,omitzero"` // set while it is shown

	Categories []string      `json:"categories,omitempty"` // SysInfo: ids asked for, empty = all
	Programs   []Program     `json:"programs,omitempty"`   // Script: the ordered list
	Authors    []Person      `json:"authors,omitempty"`    // Script, with a CA that vouches for authors: who has written each; the zero Person is not known
	Seconds    []Person      `json:"seconds,omitempty"`    // Script, likewise: who else has signed each; the zero Person is nobody
	As         string        `json:"as,omitempty"`         // SysInfo, Script: the user who is logged on for it, empty = the customer
	Own        string        `json:"own,omitempty"`        // Script without As: the customer's own user, as which it runs
	Account    string        `json:"account,omitempty"`    // LogonAs: whom to act as
	Whole      bool          `json:"whole,omitempty"`      // LogonAs: where Account is an administrator, programs have their whole rights at once
	Delay      time.Duration `json:"delay,omitempty"`      // Reboot: between the yes and the restart
	Restarted  bool          `json:"restarted,omitempty"`  // CSRJoin: somebody else sits there since a restart
	Since      time.Time     `json:"since,omitzero"`       // CSRJoin: when the relay named this key, where that was after the customer joined
	Limit      time.Duration `json:"limit,omitempty"`      // Script: how long each may run, where that is longer than usual
	KeepGoing  bool          `json:"keep_going,omitempty"` // Script: a failure does not end the run
	Reason     string        `json:"reason,omitempty"`     // free text of the CSR, hostile
	Compared   Compared      `json:"compared,omitempty"`   // whether safety words were compared with Who's key
	Choices    []Choice      `json:"-"`                    // Words: the pairs to pick from, which nobody writes down

	onShown func()
}

// TellShown is the question with somebody who is told when it stands on a screen. f may
// be called several times, by several goroutines, and must not block for long.
func (q Question) TellShown(f func()) Question {
	q.onShown = f
	return q
}

// Shown is for a [Prompter] to say that the customer can read the question now.
func (q Question) Shown() {
	if q.onShown != nil {
		q.onShown()
	}
}

// covers reports whether a yes to this question, given for the whole support
// session, is one to q too: for the same CSR and kind, as the same user, and
// nothing beyond it.
func (p Question) covers(q Question) bool {
	switch {
	case p.Kind != q.Kind || p.Who.Fingerprint != q.Who.Fingerprint || p.As != q.As:
		return false
	case q.Limit > p.Limit || q.KeepGoing && !p.KeepGoing:
		return false
	case q.Kind != SysInfo || len(p.Categories) == 0:
		return p.Subject() == q.Subject()
	}
	beyond := func(category string) bool { return !slices.Contains(p.Categories, category) }
	return len(q.Categories) > 0 && !slices.ContainsFunc(q.Categories, beyond)
}

// Subject is what an answer is bound to beyond kind and CSR: the SHA-256 of
// every file shown, in order, so that other bytes are another question.
func (q Question) Subject() string {
	var b strings.Builder
	for _, p := range q.Programs {
		fmt.Fprintf(&b, "%q %s\n", p.Name, p.SHA256)
		for _, f := range p.With {
			fmt.Fprintf(&b, "  %q %s\n", f.Name, f.SHA256)
		}
	}
	return b.String()
}

// Decision is a customer's answer. The zero value is No.
type Decision uint8

// The decisions.
const (
	Denied            Decision = iota // no
	AllowedOnce                       // this time
	AllowedForSession                 // this, until the support session ends
	Blocked                           // no, and ask me nothing more for this CSR
)

// Allowed reports whether the answer was a yes.
func (d Decision) Allowed() bool { return d == AllowedOnce || d == AllowedForSession }

// String is the word that the journal and the JSON output use.
func (d Decision) String() string {
	switch d {
	case AllowedOnce:
		return "allowed-once"
	case AllowedForSession:
		return "allowed-for-session"
	case Blocked:
		return "blocked"
	}
	return "denied"
}

// MarshalText is [Decision.String].
func (d Decision) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Decision.String] wrote. Anything else is a No.
func (d *Decision) UnmarshalText(word []byte) error {
	*d = Denied
	for _, known := range []Decision{AllowedOnce, AllowedForSession, Blocked} {
		if string(word) == known.String() {
			*d = known
		}
	}
	return nil
}

// Withheld is what a customer keeps to themselves although they allow a look at
// the system information.
type Withheld struct {
	Categories []string `json:"categories,omitempty"` // category ids
	Fields     []string `json:"fields,omitempty"`     // kinds of field: user-names, serials, addresses
}

// Union is what is withheld by either.
func (w Withheld) Union(o Withheld) Withheld {
	join := func(a, b []string) []string {
		all := append(slices.Clone(a), b...)
		slices.Sort(all)
		return slices.Compact(all)
	}
	return Withheld{Categories: join(w.Categories, o.Categories), Fields: join(w.Fields, o.Fields)}
}

// Answer is the outcome of a question. Question is the ID it answers; an answer
// to any other question counts for nothing.
type Answer struct {
	Question uint64   `json:"question"`
	Decision Decision `json:"decision"`
	Why      Why      `json:"why"`
	Via      string   `json:"via,omitempty"` // the prompter it came from
	Withheld Withheld `json:"withheld,omitzero"`
	// Picked is, for [Words], which of the choices it was, from 1, with [AllowedOnce], or
	// [NoneOfThese]. 0 is that nothing was compared.
	Picked int `json:"-"`
}

// NoneOfThese is the answer that the CSR has read out none of the choices.
const NoneOfThese = -1

// Why says how an answer came about.
type Why string

// The ways in which an answer comes about.
const (
	Answered  Why = "answered"    // the customer decided on a screen
	Unclear   Why = "unclear"     // they typed something that is no answer, which is No
	Granted   Why = "granted"     // they had allowed it for the session
	AtStart   Why = "at-start"    // they had allowed it when they joined (--allow)
	Away      Why = "away"        // they had allowed it for the time in which they are away
	TimedOut  Why = "timeout"     // they did not answer in time
	Withdrawn Why = "withdrawn"   // the CSR went away before the answer
	Nobody    Why = "nobody"      // no one is at a screen to ask
	Locked    Why = "locked"      // the screen on which to ask is locked
	Flooded   Why = "flooded"     // too many questions
	BlockedBy Why = "blocked"     // the customer has blocked this CSR's questions
	Stopped   Why = "stopped"     // the customer pressed Stop
	Unwritten Why = "not-written" // the journal could not record it
)

// ErrNobody is what a [Prompter] returns when no one can be asked on it: no
// terminal, no one logged in.
var ErrNobody = errors.New("no one is at the screen")

// ErrLocked is an [ErrNobody]: the screen is locked, and nobody can be at it.
var ErrLocked = fmt.Errorf("%w: the screen is locked", ErrNobody)

// ErrElsewhere is the cause with which the context of [Prompter.Ask] ends when the
// customer has answered on another screen.
var ErrElsewhere = errors.New("the customer has answered on another screen")

// Prompter puts one question in front of the customer and waits for the answer.
// It must return soon after ctx is done. The gate never calls it for two
// questions at once. An error counts as no answer.
type Prompter interface {
	Name() string
	Ask(ctx context.Context, q Question) (Answer, error)
}
