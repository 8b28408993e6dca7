// Package page is the customer's page: a window in the customer's own browser, served
// on 127.0.0.1 by support-agent, with everything that the customer decides and sees.
// It puts the questions of [supportd/consent] on the screen, shows who is there, what
// is allowed and what has happened, carries the chat, and has one red Stop.
//
// The program tells the page what there is to show ([Server.SetState],
// [Server.Event], [Server.Chat], [Server.Output]), and what a person does on it comes
// back through [Customer]. The page decides nothing and remembers no permission.
//
// What it promises: nothing is shown to, and nothing taken from, anyone who does not
// hold the page's secret. That is had once, for a ticket of 60 seconds or a code of 6
// digits with three tries, and lives in the memory of the browser's tab only. Foreign
// text is never taken for HTML. The page asks nobody but this program: no request
// leaves the computer. Whatever goes wrong is never a yes.
//
// It imports the standard library, [supportd/consent] and supportd/library/… only.
package page

import (
	"context"
	"io"
	"log/slog"
	"net"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

// Customer is what the program does when a person acts on the page. All methods may be
// called at the same time, each on the goroutine of one request. Where one returns a
// problem, that is a sentence for the customer, in the language of the [State]; ""
// means that it was done.
type Customer interface {
	// Stop ends everything. It must return at once: it waits for no lock, disk or peer.
	Stop()
	// Confirm answers what a phase asks with two buttons: [PhaseCall], [PhaseKey] and
	// [PhaseRestarted]. It is called only while that phase is shown.
	Confirm(phase Phase, yes bool)
	// Number takes what was typed in [PhaseNumber], of at most 64 bytes, hostile.
	Number(typed string) (problem string)
	// Say sends a chat message; it must be shown with [Server.Chat] to appear.
	Say(message string) (problem string)
	// Compare begins to compare the safety words with the CSR whose key it is, one of
	// [State.Words]: a question follows.
	Compare(key string) (problem string)
	// TakeBack takes back what the [Grant] with this ID has allowed.
	TakeBack(id string) (problem string)
	// Allow allows kinds of [State.MayAllow], at most until a time, while the customer is
	// away; none takes it back.
	Allow(kinds []consent.Kind, until time.Time) (problem string)
	// Reopen is called when a person stands before the page without its secret, e.g.
	// after a reload, and asks for a new way in: the program opens the browser with a new
	// [Server.Ticket], or shows a new [Server.Code]. It is called at most once in some
	// seconds, and must not block for long.
	Reopen()
	// Report writes the customer's copy of the report, as HTML, in [PhaseEnded]. What is
	// longer than [MaxReport] is not kept on the page.
	Report(ctx context.Context, w io.Writer) error
}

// MaxReport is the longest report that the page keeps for its "Keep a copy", in bytes.
const MaxReport = 16 << 20

// Options make a [Server]. Customer and Log are required.
type Options struct {
	Customer Customer
	Log      *slog.Logger // holds no secret and nothing that is shown
	// Users are the ids of the users whose browser may come, where the system tells
	// whose a connection is: the desktop's user where we run as root. nil is the
	// program's own user.
	Users []int
	// Doubted is called when a ticket came twice, so that somebody else has read it: the
	// tab that it let in is out. It must not block. Nil is nobody to tell.
	Doubted func()
	// Listener is where it is served; nil listens on a free port of 127.0.0.1.
	Listener net.Listener
}

// Phase is where a support session stands, as the page shows it.
type Phase string

// The phases.
const (
	PhaseStarting   Phase = "starting"   // nothing is known yet
	PhaseCall       Phase = "call"       // asks: did you call for help? [Customer.Confirm]
	PhaseNumber     Phase = "number"     // asks for the session number: [Customer.Number]
	PhaseKey        Phase = "key"        // asks whether [State.Fingerprint] is the same: [Customer.Confirm]
	PhaseConnecting Phase = "connecting" // on the way to the relay, for the first time
	PhaseRestarted  Phase = "restarted"  // the computer restarted; asks: go on? [Customer.Confirm]
	PhaseJoined     Phase = "joined"     // connected
	PhaseAway       Phase = "away"       // the connection is lost, and is tried again
	PhaseEnding     Phase = "ending"     // over: the rest of the report is handed over
	PhaseEnded      Phase = "ended"      // over; see [State.End]
)

// State is everything that the page shows but for questions, events, chat and output: a
// snapshot, which replaces the one before. Texts in it are in its language; names that
// come from others are hostile, and are made harmless by the page.
type State struct {
	Language     text.Language
	Phase        Phase
	Organisation string         // as the program claims; "" is unknown
	Contact      string         // whom to ask if something was wrong, e.g. a phone number
	Number       string         // as it is spoken; "" before it is known
	Owner        consent.Person // the CSR who opened the support session, once that is known
	People       []consent.Person
	Connection   string // in a sentence: where it is connected to, when it tries again
	Problem      string // what is wrong, in a sentence; Hint says what to do
	Hint         string

	Relay       string   // [PhaseKey]: whose it is
	Fingerprint []string // [PhaseKey]: in the groups in which it is read out

	Words []Words // with whom there are safety words

	Allowed  []Grant
	Away     *Away            // what is allowed while the customer is away; nil is nothing
	MayAllow []consent.Kind   // what can be allowed for that; none hides the offer
	Withheld consent.Withheld // of every look at system information

	Run      *Run   // nil while no script runs
	Locked   string // where its screen is locked, so that no question is seen: what that means; "" is not locked
	ActingAs string // the user as whom CSRs act now; "" is nobody
	End      *End   // in [PhaseEnded]
}

// Grant is something that is allowed now; ID names it to [Customer.TakeBack].
type Grant struct {
	ID   string
	Says string // what is allowed to whom until when, in a sentence
}

// Words says whether the safety words with a CSR's key are compared.
type Words struct {
	Who      consent.Person
	Compared bool
	Asks     bool // where they are not, the page asks the customer to
}

// Away is what the customer has allowed while they are away.
type Away struct {
	Kinds []consent.Kind
	Until time.Time
}

// Run is the run of scripts that goes on. While there is one the page takes no yes,
// because a program of the same user can press its buttons.
type Run struct {
	Who     consent.Person
	Scripts []string
	Since   time.Time
}

// End is how the support session ended, and what it was.
type End struct {
	Said    []string  // why it is over, a sentence each
	Summary []string  // what happened, a sentence each
	Undone  []string  // what could not be undone, a sentence each
	At      time.Time // when
	Report  bool      // [Customer.Report] has a copy to keep
	Kept    string    // the file that stays on this computer; "" is none
	Name    string    // what a copy is called, ending in .html
}

// Event is one thing that happened, in a sentence of the customer's language.
type Event struct {
	At   time.Time
	Text string
	Bad  bool // it needs the customer's attention
}

// Chat is one message of the chat; its lines hold no control characters.
type Chat struct {
	At   time.Time
	Who  string // "" is the customer
	Text string
}
