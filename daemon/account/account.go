// Package account logs on as another user of the customer's computer, so that a
// CSR can work with an administrator's rights where the customer and the owner
// of the password agree. The daemon uses it behind the consent gate, which shows
// the exact account.
//
// A [Logon] is a process of our own program that belongs to the other user and
// starts programs for the daemon: with that user's uid, gid, all groups, login
// environment, home, umask and a temp directory of their own. When it ends, in
// whatever way, every process that was started through it is gone; what an ordinary
// user's daemon may not end, because a program has killed what watched over it, is
// told as [Remains]. The password travels on pipes and terminals only, is
// overwritten after its one use, and is never part of an argument, an environment,
// a file or a message.
package account

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

const (
	// MaxPassword bounds a password in bytes: what PAM takes (PAM_MAX_RESP_SIZE).
	MaxPassword = 512
	// MaxUser bounds a user name in bytes; directory services have long ones.
	MaxUser = 256
	// LogOnTimeout is how long the system may take to decide: a wrong password
	// costs 2 to 3 s by design, a directory server may be slow, more is a hang.
	LogOnTimeout = 30 * time.Second
	// refusalTime is how long a refusal takes at least, for a wrong password and for an
	// account that does not exist: so nobody learns from the time which accounts there
	// are. Most systems take 2 to 3 s.
	refusalTime = 4 * time.Second
	// closeTimeout bounds the end of a logon.
	closeTimeout = 5 * time.Second
)

// Why says why nobody is logged on.
type Why string

// The reasons, each with a text of its own. Their values go through a pipe
// between two processes of the same program.
const (
	Failed          Why = "failed" // something broke; the cause is in the log
	BadName         Why = "bad-name"
	BadPassword     Why = "bad-password" // not the right one, or nobody's
	UnusualPassword Why = "unusual-password"
	NoUser          Why = "no-user"
	Locked          Why = "locked"
	Expired         Why = "expired"
	MustChange      Why = "must-change"
	NoShell         Why = "no-shell"
	NoHome          Why = "no-home"
	Refused         Why = "refused" // by the system's rules
	Hangs           Why = "hangs"
	Powerless       Why = "powerless" // our own account may not start programs as others
	Unsupported     Why = "unsupported"
)

// Failure is the error of [LogOn]. Error is fit for people; Err is for the log
// and holds no password.
type Failure struct {
	Why  Why
	User string
	Err  error
}

// Error says in one line why.
func (f *Failure) Error() string { return f.Because().English() }

// Because is the code of why, for the journal.
func (f *Failure) Because() journal.Because {
	user := text.Plain(f.User, 60)
	switch f.Why {
	case BadName:
		return journal.CauseUserName.Of("")
	case BadPassword:
		return journal.CauseNotProven.Of(user)
	case UnusualPassword:
		return journal.CausePasswordForm.Of(strconv.Itoa(MaxPassword))
	case NoUser:
		return journal.CauseNoUser.Of(user)
	case Locked:
		return journal.CauseLocked.Of(user)
	case Expired:
		return journal.CauseExpired.Of(user)
	case MustChange:
		return journal.CauseMustChange.Of(user)
	case NoShell:
		return journal.CauseNoShell.Of(user)
	case NoHome:
		return journal.CauseNoHome.Of(user)
	case Refused:
		return journal.CauseLogonRules.Of(user)
	case Hangs:
		return journal.CauseLogonSlow.Of(user)
	case Powerless:
		return journal.CauseLogonPowerless.Of("")
	case Unsupported:
		return journal.CauseLogonNowhere.Of("")
	}
	return journal.CauseLogonFailed.Of(user)
}

// Hint is what the CSR can do next.
func (f *Failure) Hint() string {
	switch f.Why {
	case BadPassword:
		return "\"logon-as\" once more; the customer is asked again first; \"sysinfo users\" lists the accounts"
	case UnusualPassword:
		return "\"logon-as\" once more; the customer is asked again first"
	case NoUser, BadName:
		return "\"sysinfo users\" lists the accounts"
	case Unsupported:
		return "ask the customer to start support-agent as an administrator"
	case Powerless:
		return "its service Secondary Logon is switched off; the customer can sign in as that user themselves, and start support-agent there"
	case Hangs:
		return "a directory server may be out of reach; try a local account"
	}
	return "ask whoever administers the account, or use another one"
}

// Unwrap is the cause for the log.
func (f *Failure) Unwrap() error { return f.Err }

// Options say how to log on. Program and Guards are required.
type Options struct {
	// Program is the absolute path of our own program; it is started with
	// [BrokerVerb] or [WorkerVerb] as its first argument, and then has to call
	// [RunBroker] or [RunWorker].
	Program string
	// Guards lists the processes that hold logons open, for whoever ends what scripts
	// have left behind. On Windows there are none.
	Guards *Children
	// Timeout replaces [LogOnTimeout] where it is not 0.
	Timeout time.Duration
}

// The hidden verbs of our program.
const (
	// BrokerVerb authenticates and keeps the other user's session open.
	BrokerVerb = "logon-broker"
	// WorkerVerb works as the other user.
	WorkerVerb = "logon-worker"
)

func (o *Options) validate() error {
	switch {
	case o.Program == "":
		return errors.New("account: Program is required")
	case o.Guards == nil:
		return errors.New("account: Guards is required")
	}
	if o.Timeout == 0 {
		o.Timeout = LogOnTimeout
	}
	return nil
}

// Identity is whom a [Logon] acts as, as the other user's own process has found
// it. UID, GID, Groups and Umask are 0 on Windows.
type Identity struct {
	User   string   `json:"user"`
	UID    int      `json:"uid"`
	GID    int      `json:"gid"`
	Groups []int    `json:"groups"` // as the kernel holds them, sorted; on macOS the directory knows of more than 16
	Umask  int      `json:"umask"`
	Home   string   `json:"home"`
	Temp   string   `json:"temp"` // made for this logon, and removed with it
	Env    []string `json:"env"`
	Rights Rights   `json:"rights,omitempty"`
}

// Rights are how much of what the user may, their programs may. Windows alone makes that
// difference, to administrators (User Account Control).
type Rights string

// The rights of a logon.
const (
	UsualRights Rights = ""      // what the user may, and they are no administrator that we know of
	WholeRights Rights = "whole" // an administrator's, and Windows asks nobody again
	CutRights   Rights = "cut"   // an ordinary user's; as a rule an administrator's too
)

// Command is a call of our own program as the other user: Args are its
// arguments. It starts in Dir, or at home, with the login environment and Env on
// top. The files are not closed; nil is the null device. Extra become the
// descriptors 3 and following; Windows has none.
type Command struct {
	Args   []string
	Env    []string
	Dir    string
	Stdin  *os.File
	Stdout *os.File
	Stderr *os.File
	Extra  []*os.File
}

// Exit is how a process ended: its exit code, or -1 when a signal ended it.
type Exit struct {
	Code   int    `json:"code"`
	Signal string `json:"signal,omitempty"`
}

// CleanName returns the name of an account as systems write it. A domain may stand in
// front of it with a slash, "CORP/kim": plain ssh hands the backslash to a shell that
// takes it away. Who it is the system decides. The error is [CheckName]'s.
func CleanName(user string) (string, error) {
	if domain, name, ok := strings.Cut(user, "/"); ok && domain != "" && domain != ".." && name != "" && !strings.ContainsAny(user, `\@`) {
		user = domain + `\` + name
	}
	return user, CheckName(user)
}

// CheckName reports, as a [*Failure], what cannot be the name of an account. It looks at
// the text alone.
func CheckName(user string) error {
	bad := len(user) == 0 || len(user) > MaxUser || strings.HasPrefix(user, "-") ||
		strings.ContainsAny(user, ":/\"'`$;&|<>*?") || strings.ContainsFunc(user, text.Hostile)
	if bad {
		return &Failure{Why: BadName, User: user}
	}
	return nil
}
