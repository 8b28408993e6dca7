package visit

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/notice"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
)

// unlockPatience is for the desktop to be as it was when a logon ends.
const unlockPatience = 500 * time.Millisecond

// acting is the other user as whom CSRs act, if any.
type acting struct {
	turn chan struct{} // holds one token: whoever has it logs on or off

	mu    sync.Mutex // taken after access.mu; no other lock is taken under it
	logon *account.Logon
	owner string                    // the account of the CSR who logged on
	end   func(why journal.Because) // ends the logon; any number of times
	left  *account.Remains          // what the last one that ended has left behind, if anything
}

func newActing() *acting {
	a := &acting{turn: make(chan struct{}, 1)}
	a.turn <- struct{}{}
	return a
}

// now is the logon that stands, or nil.
func (a *acting) now() *account.Logon {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.logon
}

// user is its name, or "".
func (a *acting) user() string { return nameOf(a.now()) }

func nameOf(l *account.Logon) string {
	if l == nil {
		return ""
	}
	return l.Identity().User
}

func (a *acting) set(l *account.Logon, owner string, end func(journal.Because)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.logon, a.owner, a.end = l, owner, end
}

func (a *acting) setRemains(left *account.Remains) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left = left
}

func (a *acting) remains() *account.Remains {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.left
}

// ownerLost reports whether a logon stands whose owner is none of these accounts.
func (a *acting) ownerLost(may func(account string) bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.logon != nil && !may(a.owner)
}

// logOff ends the logon that stands and reports whether there was one.
func (a *acting) logOff(why journal.Because) bool {
	a.mu.Lock()
	end := a.end
	a.mu.Unlock()
	if end == nil {
		return false
	}
	end(why)
	return true
}

func (v *visit) logonCommand() *cli.Command {
	return &cli.Command{
		Name: "logon-as", Usage: "act as another user of this computer", ArgsUsage: "USER",
		Action: func(c *cli.Context) error {
			if v.channel.Terminal == nil {
				return cmdline.Usage("ssh -t HOST logon-as USER", "logon-as: a terminal is needed, so that the password is typed without being shown")
			}
			return v.logonAs(c.Context, c.Args().First(), v.typePassword)
		},
	}
}

func (v *visit) logoffCommand() *cli.Command {
	return &cli.Command{Name: "logoff", Usage: "act as the customer's own user again", Action: func(*cli.Context) error {
		return v.logOffNow()
	}}
}

func (v *visit) logOffNow() error {
	off := v.server.acting.logOff(journal.CauseLoggedOffBy.Of(v.who.Account))
	left := v.server.acting.remains()
	switch {
	case left != nil && off:
		return cmdline.Fail(cmdline.ExitFailed, left.Hint(), "logged off, but %s", left)
	case left != nil:
		return cmdline.Fail(cmdline.ExitFailed, left.Hint(), "nobody else is logged on, but %s", left)
	case !off:
		return cmdline.Fail(cmdline.ExitFailed, "", "nobody else is logged on")
	}
	_, err := io.WriteString(v.channel, "logged off\n")
	return err
}

// logonAs asks the customer, then takes the password for one attempt.
func (v *visit) logonAs(ctx context.Context, user string, password func(context.Context, string) ([]byte, error)) error {
	select {
	case <-v.server.acting.turn:
		defer func() { v.server.acting.turn <- struct{}{} }()
	default:
		return cmdline.Fail(cmdline.ExitFailed, "wait for it", "another CSR is logging on right now")
	}
	switch other := v.server.acting.user(); {
	case v.server.Accounts == nil:
		return v.refuseLogon(user, &account.Failure{Why: account.Unsupported, User: user})
	case other != "":
		return cmdline.Fail(cmdline.ExitFailed, "\"logoff\" first", "%s is logged on already", text.Plain(other, 60))
	}
	user, err := account.CleanName(user)
	if err != nil {
		return v.refuseLogon(user, err)
	}
	if err := v.server.Accounts.Ready(ctx, user); err != nil {
		return v.refuseLogon(user, err)
	}
	if err := v.askWhileNothingRuns(ctx, consent.Question{Kind: consent.LogonAs, Account: user, Whole: v.server.Accounts.Whole()}, "logging on"); err != nil {
		return err
	}
	var logon *account.Logon
	var secret []byte
	err = account.KeepMemory()
	if err == nil {
		secret, err = password(ctx, user)
	}
	if err == nil {
		logon, err = v.server.Accounts.LogOn(ctx, user, secret)
	}
	if err != nil {
		v.server.UI.Notify(notice.NotLoggedOn{User: user})
		return v.refuseLogon(user, err)
	}
	return v.act(ctx, logon)
}

// act writes a new logon down and makes it what CSRs act as.
func (v *visit) act(ctx context.Context, logon *account.Logon) error {
	id := logon.Identity()
	start := journal.LogonStart{Mark: journal.Mark{ID: newID()}, User: id.User, UID: id.UID}
	if err := v.server.Journal.Append(v.who.Account, start); err != nil {
		return errors.Join(v.denied(consent.Answer{Why: consent.Unwritten}), logon.Close())
	}
	unlock, err := v.server.Accounts.LockDesktops(ctx)
	if err != nil {
		v.server.Journal.Report(v.server.Log, journal.DesktopNotLocked, err)
	}
	s, who := v.server, v.who
	s.UI.Notify(notice.LoggedOn{Who: who, User: id.User})
	var once sync.Once
	s.acting.set(logon, who.Account, func(why journal.Because) {
		once.Do(func() { s.endLogon(who, logon, start, why, unlock) })
	})
	// Access that was taken back before this found no logon to end.
	if err := v.stillHere(); err != nil {
		s.acting.logOff(journal.CauseNoAccess.Of(""))
		return err
	}
	s.working.Go(func() {
		select {
		case <-logon.Lost():
			s.acting.logOff(journal.CauseLoggedOffByUser.Of(""))
		case <-s.Session.Over().Done():
			s.acting.logOff(journal.CauseOver.Of(""))
		}
	})
	if _, err = io.WriteString(v.channel, "you act as "+text.Plain(id.User, 60)+" now; \"logoff\" ends it\n"); err == nil {
		v.tellRights(id.Rights)
	}
	return err
}

// tellRights tells the CSR what they may now, where the system makes a difference there.
func (v *visit) tellRights(rights account.Rights) {
	switch rights {
	case account.WholeRights:
		v.tell("programs have an administrator's whole rights; Windows does not ask")
	case account.CutRights:
		v.tell("programs have ordinary rights, as a rule an administrator's too; for whole ones the customer starts support-agent as an administrator")
	}
}

// endLogon undoes a logon. acting.set is last: the next logon can begin only when the
// journal has the end of this one.
func (s *Server) endLogon(who consent.Person, logon *account.Logon, start journal.LogonStart, why journal.Because, unlock func(context.Context) error) {
	if s.Session.Over().Err() == nil { // else all runs end, and whoever starts one may hold the lock
		s.runs.endAs(logon, journal.CauseUserLoggedOff.Err(""))
	}
	end := journal.LogonEnd{Mark: start.Mark, User: start.User, UID: start.UID, Why: why.English(), Because: why}
	var left *account.Remains
	if err := logon.Close(); err != nil {
		if errors.As(err, &left) {
			s.Log.Warn("processes or files are left after a logon", "err", err)
			end.Survivors, end.Stays = left.Processes, text.Plain(left.Temp, 200)
		} else {
			s.Journal.Report(s.Log, journal.LogonNotEnded, err)
		}
	}
	s.acting.setRemains(left)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.Session.Over()), unlockPatience)
	defer cancel()
	if err := unlock(ctx); err != nil {
		s.Journal.Report(s.Log, journal.DesktopNotUnlocked, err)
	}
	if err := s.Journal.Append(who.Account, end); err != nil {
		s.Log.Error("the end of a logon is not in the journal", "err", err)
	}
	s.UI.Notify(notice.LoggedOff{Who: who, User: end.User, Survivors: end.Survivors, Stays: end.Stays})
	s.acting.set(nil, "", nil)
}

// refuseLogon writes down that nobody was logged on, and says why.
func (v *visit) refuseLogon(user string, cause error) error {
	why, hint := journal.CauseLogonBroke.Of(""), ""
	var failure *account.Failure
	switch {
	case errors.As(cause, &failure):
		why, hint, cause = failure.Because(), failure.Hint(), errors.Join(cause, failure.Err)
	case errors.Is(cause, errNoPassword), errors.Is(cause, context.DeadlineExceeded):
		why = journal.CauseNoPassword.Of("")
	case v.server.Session.Over().Err() != nil:
		return v.server.overError()
	}
	v.server.Log.Warn("a logon was refused", "cause", cause)
	data := journal.LogonRefuse{User: text.Plain(user, 60), Why: why.English(), Because: why}
	if err := v.server.Journal.Append(v.who.Account, data); err != nil {
		v.server.Log.Error("a refused logon is not in the journal", "err", err)
	}
	return cmdline.Fail(cmdline.ExitFailed, hint, "%s", becauseOf{why})
}

// collectAsOther runs our program's collector as the other user and passes on
// what it writes.
func (v *visit) collectAsOther(ctx context.Context, logon *account.Logon, args []string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	process, err := logon.Start(ctx, account.Command{Args: append(append([]string{}, v.server.Collector...), args...), Stdout: w})
	w.Close()
	if err != nil {
		return err
	}
	_, copied := io.Copy(v.channel, r)
	exit, err := process.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return cmdline.Fail(cmdline.ExitFailed, "", "the other user was logged off meanwhile")
	case exit.Code != 0:
		return cmdline.Fail(cmdline.ExitFailed, "", "the collector ended with exit code %d", exit.Code)
	}
	return copied
}
