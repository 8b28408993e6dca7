package journal

import (
	"encoding/json"
	"time"

	"supportd/consent"
	"supportd/library/wire"
)

// Payload is what an event of one kind holds. Every kind has one type, and this
// package declares them all: who writes an event and who reads it use the same.
type Payload interface {
	// Kind is the kind of the event that the payload belongs to.
	Kind() string
}

// Mark ties the end of something to its start: both have the same ID.
type Mark struct {
	ID string `json:"id,omitempty"`
}

// Cut is the part of an end that nobody saw: a later daemon wrote it for one that
// was killed.
type Cut struct {
	Aborted bool   `json:"aborted,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// Presented is how a computer presents itself when it joins or comes back.
type Presented struct {
	Number  wire.Number    `json:"number"`
	Name    string         `json:"name"` // of the customer, may be empty
	Host    string         `json:"host"`
	OS      string         `json:"os"`
	Owner   string         `json:"owner"` // account
	Program string         `json:"program"`
	Allow   []consent.Kind `json:"allow,omitempty"` // allowed beforehand
	// Withheld is what they keep to themselves.
	Withheld consent.Withheld `json:"withheld,omitzero"`
	// CSRCA are the fingerprints of the CSR CA, where only its certificates are let in.
	CSRCA []string `json:"csr_ca,omitempty"`
	// Revocations is what is demanded of that CA's list of what it has revoked.
	Revocations ListDemand `json:"revocations,omitzero"`
	// RequireWords says that nothing counted before safety words were compared.
	RequireWords bool `json:"require_words,omitempty"`
}

// ListDemand is what a computer demands of the CSR CA's list of what it has revoked. The
// zero ListDemand demands nothing.
type ListDemand struct {
	Least    uint64 `json:"least,omitempty"` // the lowest number that a list may have
	Required bool   `json:"required,omitempty"`
	// Second are the categories of scripts that need the signature of a second CSR; * is all.
	Second []string `json:"second,omitempty"`
}

// IsZero reports whether nothing is demanded.
func (d ListDemand) IsZero() bool { return d.Least == 0 && !d.Required && len(d.Second) == 0 }

// SessionJoin is the first event: the relay has taken the computer.
type SessionJoin struct{ Presented }

// SessionResume says that the computer is connected again.
type SessionResume struct{ Presented }

// SessionLost says that the computer lost its connection to the relay.
type SessionLost struct{}

// SessionEnd is the last event.
type SessionEnd struct {
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"` // a person's words, or ours
	Because
	// Summary tells of all events before: it is what can still be proved when they
	// are deleted.
	Summary *Summary `json:"summary,omitempty"`
}

// AccessChange is the complete list of who may enter from now on, one entry for
// each key.
type AccessChange struct {
	May []consent.Person `json:"may_enter"`
}

// AccessRevoke says that a list of what the CSR CA has revoked counts from now on. The CA
// has signed it, the relay has brought it.
type AccessRevoke struct {
	CA      string    `json:"ca"`     // SHA256:…
	Number  uint64    `json:"number"` // of the list
	Issued  time.Time `json:"issued"` // by the clock of whoever has signed it
	Until   time.Time `json:"until"`
	Keys    int       `json:"keys"`    // how many it has
	Serials int       `json:"serials"` // likewise
	// Second are the categories of scripts that need the signature of a second CSR by it.
	Second []string `json:"second,omitempty"`
}

// ConnectionOpen says that a CSR has entered.
type ConnectionOpen struct {
	Mark
	Who  consent.Person `json:"who"`
	From string         `json:"from,omitempty"` // as the relay says
	// Certificate is what has let them in; nil is the relay's word for their key.
	Certificate *Certificate `json:"certificate,omitempty"`
}

// Certificate is a CSR's user certificate.
type Certificate struct {
	CA     string    `json:"ca"`     // SHA256:… of the CA that has signed it
	KeyID  string    `json:"key_id"` // may be empty
	Serial uint64    `json:"serial"`
	Until  time.Time `json:"until"`
	// Line is the whole of it, as in KEY-cert.pub, where it lets its CSR in for the first
	// time: what the CA has signed can be proved by it. "" where it stands further up, is
	// longer than [MaxCertificate], or the program is older.
	Line string `json:"line,omitempty"`
}

// MaxCertificate bounds a certificate that stands in a journal, in bytes of its line.
const MaxCertificate = 16 << 10

// ConnectionClose says that a CSR has left. Most do so themselves, without a cause.
type ConnectionClose struct {
	Mark
	Who   consent.Person `json:"who,omitzero"`
	Cause string         `json:"cause,omitempty"`
	Because
	Cut
}

// ConsentAsk says that a question is put on the customer's screen. Its
// [ConsentAnswer] has the whole of it; there is none where support-agent was killed
// meanwhile.
type ConsentAsk struct {
	Question uint64         `json:"question"` // the ID, as that of [ConsentAnswer]
	Asked    consent.Kind   `json:"kind"`
	Who      consent.Person `json:"who"`
	Expires  time.Time      `json:"expires"` // then it counts as not answered
}

// ConsentAnswer is a question with its answer.
type ConsentAnswer struct {
	Question consent.Question `json:"question"`
	Answer   consent.Answer   `json:"answer"`
}

// ConsentAllow says that the customer allows kinds without a question while they are
// away, until Until.
type ConsentAllow struct {
	Kinds []consent.Kind `json:"kinds"`
	Until time.Time      `json:"until"`
}

// ConsentRevoke says that the customer has taken back what counted as allowed: what
// they answered to Question, or else a whole kind.
type ConsentRevoke struct {
	Allowed  consent.Kind      `json:"allowed"`
	Question *consent.Question `json:"question,omitempty"`
}

// SysInfoView says that a CSR was shown system information.
type SysInfoView struct {
	Categories []string         `json:"categories"`   // ids; empty is everything
	As         string           `json:"as,omitempty"` // the user who was logged on for it
	Withheld   consent.Withheld `json:"withheld,omitzero"`
}

// FileStage says that a CSR has brought a file.
type FileStage struct{ consent.File }

// FileFetch says that a CSR has taken a staged file back.
type FileFetch struct{ consent.File }

// FileMkdir says that a CSR has made a folder.
type FileMkdir struct {
	Name string `json:"name"`
}

// FileMove says that a staged file has another name.
type FileMove struct {
	Name string `json:"name"`
	To   string `json:"to"`
}

// FileRemove says that a staged file is gone.
type FileRemove struct {
	Name string `json:"name"`
}

// Ran is one script of a run.
type Ran struct {
	consent.File
	Package string `json:"package"` // see [consent.Program.Sum]
	// Author has written it, as the CSR CA vouches; the zero Person is not known.
	Author consent.Person `json:"author,omitzero"`
	// Second is another CSR who has signed it too, likewise; the zero Person is nobody.
	Second consent.Person `json:"second,omitzero"`
}

// RunStart begins a run; Run is its ID.
type RunStart struct {
	Mark
	Run     string `json:"run"`
	Scripts []Ran  `json:"scripts"`
	As      string `json:"as,omitempty"` // the user who was logged on for it
}

// Step says which script of which run an event is about.
type Step struct {
	Mark
	Run  string `json:"run,omitempty"`
	Step int    `json:"step,omitempty"` // from 1
}

// ScriptStart says that a script starts.
type ScriptStart struct {
	Step
	Name string `json:"text"`
}

// The streams of [ScriptOutput].
const (
	Stdout = "stdout"
	Stderr = "stderr"
)

// ScriptOutput is output of a script, as it came: valid UTF-8 in which control
// characters are escaped.
type ScriptOutput struct {
	Step
	Stream string `json:"stream"` // [Stdout] or [Stderr]
	Text   string `json:"text"`
}

// ScriptExit says how a script went. Outcome is nil in the end that a later daemon
// wrote.
type ScriptExit struct {
	Step
	Outcome *Outcome `json:"outcome,omitempty"`
	Cut
}

// RunEnd ends a run, with the outcome of each script in order.
type RunEnd struct {
	Mark
	Run      string    `json:"run,omitempty"`
	Outcomes []Outcome `json:"outcomes,omitempty"`
	Cut
}

// ChatMessage is what somebody has typed.
type ChatMessage struct {
	Text string `json:"text"`
}

// ChatRead says that the actor's chat has shown them what the customer typed, up to
// the event with this number.
type ChatRead struct {
	UpTo uint64 `json:"up_to"`
}

// RebootRequest says that the customer has allowed a restart.
type RebootRequest struct {
	Reason string `json:"reason,omitempty"` // the CSR's words
	Delay  string `json:"delay,omitempty"`  // as [time.Duration] is written
	Boot   string `json:"boot,omitempty"`   // tells this start of the computer from others
}

// RebootRefuse says that the restart that was asked for does not happen.
type RebootRefuse struct {
	Reason string `json:"reason,omitempty"` // with which it was asked for
	Why    string `json:"why,omitempty"`
	Because
}

// RebootReturn says that the computer is back.
type RebootReturn struct {
	Boot   string `json:"boot,omitempty"`
	Before string `json:"before,omitempty"` // Boot of the start before
	Took   string `json:"took,omitempty"`   // as [time.Duration] is written
	// EntryRemoved says that what has started the program is removed: the autostart entry.
	EntryRemoved bool `json:"entry_removed,omitempty"`
}

// Away is how long the computer was away, 0 where the event does not say.
func (p RebootReturn) Away() time.Duration {
	took, _ := time.ParseDuration(p.Took)
	return took
}

// LogonStart says that a CSR acts as another user from now on.
type LogonStart struct {
	Mark
	User string `json:"user"`
	UID  int    `json:"uid"`
}

// WordsExchange says that this computer and the program of a CSR have agreed on safety
// words, or have not: the words themselves stand nowhere.
type WordsExchange struct {
	Who     consent.Person `json:"who"`
	Attempt int            `json:"attempt"` // of [wire.MaxWordsOffered] in this support session
	// Agreed is false where the program did not answer in time, wrongly, or twice.
	Agreed bool `json:"agreed"`
}

// WordsVerdict says what came of comparing the safety words by voice: the actor is who says
// so, the customer or the CSR. One that differs ends the support session.
type WordsVerdict struct {
	Who  consent.Person `json:"who"` // the CSR with whom, and the key
	Same bool           `json:"same"`
}

// LogonRefuse says that nobody was logged on.
type LogonRefuse struct {
	User string `json:"user"`
	Why  string `json:"why,omitempty"`
	Because
}

// LogonEnd says that nobody acts as the other user any more, and what of theirs
// could not be ended or removed.
type LogonEnd struct {
	Mark
	User string `json:"user"`
	UID  int    `json:"uid"`
	Why  string `json:"why,omitempty"`
	Because
	Survivors int    `json:"survivors,omitempty"` // processes
	Stays     string `json:"stays,omitempty"`     // a directory
	Cut
}

// Problem is something that went wrong on the computer.
type Problem string

// The problems.
const (
	DesktopNotLocked   Problem = "desktop-not-locked"
	DesktopNotUnlocked Problem = "desktop-not-unlocked"
	LogonNotEnded      Problem = "logon-not-ended"
	ScreenUnknown      Problem = "screen-unknown" // who is at it could not be found out
	AutostartStays     Problem = "autostart-stays"
	FilesStay          Problem = "files-stay"
)

// Problems lists them all.
func Problems() []Problem {
	return []Problem{DesktopNotLocked, DesktopNotUnlocked, LogonNotEnded, ScreenUnknown, AutostartStays, FilesStay}
}

// ProblemReport tells customer and CSRs of a problem.
type ProblemReport struct {
	Problem Problem `json:"problem"`
	Detail  string  `json:"detail,omitempty"` // what the system said
}

// Of reads the data of an event as the payload of its kind. Events are foreign:
// what does not decode stays empty, so that a report shows what there is.
func Of[P Payload](e Event) (p P) {
	_ = json.Unmarshal(e.Data, &p)
	return p
}

// New makes an event of a payload; see [Event.Seal] for what is missing then. What
// could drive a terminal stands in it as \uXXXX, see [Event.Harmless]. What nobody
// would read again is an error.
func New(at time.Time, actor string, p Payload) (Event, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return Event{}, err
	}
	e := Event{Time: at, Kind: p.Kind(), Actor: actor, Data: escaped(raw)}
	return e, e.check()
}
