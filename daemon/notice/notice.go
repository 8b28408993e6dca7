// Package notice is what the daemon tells the customer's program while a support
// session goes on, so that it can be said in the customer's language. It decides
// nothing and asks nobody.
package notice

import (
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/words"
)

// UI is told what happens, so that a program can say it in the customer's
// language. Notify must not block for long; it is called by several goroutines.
type UI interface{ Notify(Notice) }

// Notice is one of the types below.
type Notice interface{ notice() }

type (
	// Joined says that the relay took the number: now Owner can come.
	Joined struct {
		Owner     consent.Person
		Resumed   bool   // after a loss or a restart
		Restarted bool   // the first time after the computer has restarted
		Way       string // to the relay, as reach.Dialer.Last says it
	}
	// Retrying says that the relay could not be reached, and when the next
	// attempt is.
	Retrying struct {
		Problem Problem
		Relay   string   // its addresses
		Who     string   // see the problems; harmless to show
		Tried   []string // the ports that were tried, as reach.Error has them
		After   time.Duration
		Lost    bool   // the connection stood before
		Key     string // ProblemHostKey: the fingerprint that was seen
	}
	// Waiting says that the relay takes no number from this address for a while, because
	// wrong ones came from it, perhaps from somebody else there; ours is tried by itself.
	Waiting struct{ For time.Duration }
	// ClockWrong says that this computer's clock is ahead of the relay's by By,
	// or behind where it is negative.
	ClockWrong struct{ By time.Duration }
	// CertificateTime says that a CSR's certificate is good from From to Until, and not now
	// by this computer's clock, which may be wrong. It is told once.
	CertificateTime struct{ From, Until, Now time.Time }
	// Entered says that a CSR has connected.
	Entered struct{ Who consent.Person }
	// Words says which safety words this computer has with a CSR's program; they are
	// compared by voice.
	Words struct {
		Who       consent.Person
		Pair      words.Pair
		Compared  bool // the customer has done so
		Certified bool // a CSR CA vouches for Who, so nobody has to
	}
	// Compared says what the customer has said of these words.
	Compared struct {
		Who  consent.Person
		Pair words.Pair
		Same bool
	}
	// Digits says what is compared instead with a CSR who has connected with stock ssh.
	Digits struct {
		Who    consent.Person
		Digits string
	}
	// Disconnected says that their last connection has ended. They may only be reading
	// and thinking: Reconnected or Left follows.
	Disconnected struct{ Who consent.Person }
	// Reconnected says that they are connected again after that.
	Reconnected struct{ Who consent.Person }
	// Left says that none came for some minutes.
	Left struct{ Who consent.Person }
	// Viewed says that a CSR has been shown system information.
	Viewed struct {
		Who        consent.Person
		Categories []string // empty is everything
		Withheld   consent.Withheld
	}
	// Said is a chat message of a CSR; its lines hold no control characters.
	Said struct {
		Who  consent.Person
		Text string
	}
	// RunStarted says that scripts run now.
	RunStarted struct {
		Who     consent.Person
		Scripts []string
	}
	// Printed is what a script of the run has written, cut anywhere; its lines hold
	// no control characters but tabs.
	Printed struct {
		Step int // which script, from 1
		Text string
	}
	// HandingOver says that the support session has ended, nobody is connected and
	// nothing runs any more, and that the relay is being brought the rest of the
	// journal.
	HandingOver struct{}
	// RunEnded says that they have ended: Cancelled is how many somebody ended, Failed
	// how many others did not end well, Skipped how many did not run.
	RunEnded struct {
		Who                        consent.Person
		Cancelled, Failed, Skipped int
		// Left are those of which something could not be ended or removed.
		Left []journal.Outcome
	}
	// FilesStay says that files of a run, or of an earlier support session, could not be
	// removed. It is tried again at the next start.
	FilesStay struct{ Why string }
	// Restarting says that the computer restarts after After.
	Restarting struct {
		Who   consent.Person
		After time.Duration
	}
	// LoggedOn says that CSRs act as another user from now on.
	LoggedOn struct {
		Who  consent.Person
		User string
	}
	// LoggedOff says that they do not any more, and what of the other user's could
	// not be ended or removed.
	LoggedOff struct {
		Who       consent.Person
		User      string
		Survivors int    // processes
		Stays     string // a directory, or ""
	}
	// NotLoggedOn says that nobody acts as another user although that was allowed.
	NotLoggedOn struct{ User string }
	// Decided says how a question to the customer went, once that counts; also where they
	// were not asked because they had allowed it before.
	Decided struct {
		Question consent.Question
		Answer   consent.Answer
	}
	// AllowedChanged says that what is allowed without a question is not the same any more.
	AllowedChanged struct{}
	// NotRestarting says that it does not after all, although that was allowed.
	NotRestarting struct{}
	// NoWayBack says that Who wanted a restart, and that the customer was not asked, since
	// support would not come back after it.
	NoWayBack struct {
		Who     consent.Person
		Emptied string // the place that the restart would empty, "" for another reason
	}
)

func (Joined) notice()          {}
func (Retrying) notice()        {}
func (Waiting) notice()         {}
func (ClockWrong) notice()      {}
func (CertificateTime) notice() {}
func (Entered) notice()         {}
func (Words) notice()           {}
func (Compared) notice()        {}
func (Digits) notice()          {}
func (Disconnected) notice()    {}
func (Reconnected) notice()     {}
func (Left) notice()            {}
func (Viewed) notice()          {}
func (Said) notice()            {}
func (RunStarted) notice()      {}
func (Printed) notice()         {}
func (RunEnded) notice()        {}
func (FilesStay) notice()       {}
func (HandingOver) notice()     {}

func (Restarting) notice()     {}
func (Decided) notice()        {}
func (AllowedChanged) notice() {}
func (NotRestarting) notice()  {}
func (NoWayBack) notice()      {}
func (NotLoggedOn) notice()    {}
func (LoggedOn) notice()       {}
func (LoggedOff) notice()      {}

// Nobody is the UI where there is none.
type Nobody struct{}

// Notify tells nobody.
func (Nobody) Notify(Notice) {}
