package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// refusing lets nobody log on, and remembers who tried.
type refusing struct {
	why   account.Why
	whole bool // an administrator's programs would have their whole rights

	mu    sync.Mutex
	tried []string
	given []byte // the password's memory
}

func (r *refusing) Ready(context.Context, string) error { return nil }

func (r *refusing) Whole() bool { return r.whole }

func (r *refusing) LogOn(_ context.Context, user string, password []byte) (*account.Logon, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried, r.given = append(r.tried, user+" "+string(password)), password
	clear(password)
	return nil, &account.Failure{Why: r.why, User: user, Err: errors.New("the test says so")}
}

func (r *refusing) Guards() []int { return nil }

func (r *refusing) LockDesktops(context.Context) (func(context.Context) error, error) {
	return nil, errors.New("nobody was logged on")
}

func (r *refusing) attempts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.tried)
}

// typeSecret runs a verb with a terminal on which keys are pressed.
func typeSecret(t *testing.T, c *ssh.Client, command, keys string) outcome {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	var out testkit.Buffer
	s.Stdout, s.Stderr, s.Stdin = &out, &out, strings.NewReader(keys)
	return outcome{code: exitCode(s.Run(command)), out: out.String()}
}

func TestU10_QuestionShowsTheExactUser(t *testing.T) {
	accounts := &refusing{why: account.BadPassword, whole: true}
	w := newWorld(t, func(_ *world, o *Options) {
		o.Accounts, o.Join.Allow = accounts, []consent.Kind{consent.Script, consent.SysInfo}
	})
	c := w.csr()
	for range 2 { // every time, whatever was allowed before
		w.screen.answers <- consent.Answer{Decision: consent.Denied}
		if got := typeSecret(t, c, "logon-as admin", "secret\r"); got.code != cmdline.ExitDenied {
			t.Errorf("%+v", got)
		}
		if q := <-w.screen.questions; q.Kind != consent.LogonAs || q.Account != "admin" || !q.Whole {
			t.Errorf("question: %+v", q)
		}
	}
	if tried := accounts.attempts(); len(tried) > 0 {
		t.Errorf("a No is not heeded: %q", tried)
	}
	w.screen.answers <- consent.Answer{Decision: consent.Denied}
	if got := typeSecret(t, c, "logon-as CORP/admin", "secret\r"); got.code != cmdline.ExitDenied {
		t.Errorf("%+v", got)
	}
	if q := <-w.screen.questions; q.Account != `CORP\admin` {
		t.Errorf("a domain with a slash: %+v", q)
	}
	if got := typeSecret(t, c, "logon-as 'admin\x1b[2K'", "secret\r"); got.code != cmdline.ExitFailed || strings.Contains(got.out, "\x1b") {
		t.Errorf("%+v", got)
	}
	if len(w.screen.questions) > 0 {
		t.Error("the customer was asked for something that is no user")
	}
}

func TestU1_OneAttemptForEachYes(t *testing.T) {
	accounts := &refusing{why: account.BadPassword}
	w := newWorld(t, func(_ *world, o *Options) { o.Accounts = accounts })
	w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
	got := typeSecret(t, w.csr(), "logon-as admin", "wronger\x15wronm\x7fg\rright\r")
	if got.code != cmdline.ExitFailed || !strings.Contains(got.out, "the password of admin is not right") || strings.Contains(got.out, "wrong\r") {
		t.Errorf("%+v", got)
	}
	if tried := accounts.attempts(); !slices.Equal(tried, []string{"admin wrong"}) {
		t.Errorf("attempts: %q", tried)
	}
	if accounts.given[:cap(accounts.given)][0] != 0 {
		t.Error("the password stays in memory")
	}
	w.screen.answers <- consent.Answer{}
	if got := typeSecret(t, w.csr(), "logon-as admin", "right\r"); got.code != cmdline.ExitDenied {
		t.Errorf("the second attempt was not asked for: %+v", got)
	}
	for _, e := range w.events() {
		if strings.Contains(string(e.Data), "wrong") {
			t.Errorf("the journal holds the password: %s", e.Data)
		}
	}
	if strings.Contains(w.log.String(), "wrong") {
		t.Errorf("the log holds the password: %s", w.log)
	}
	if kinds := w.kinds(); !slices.Contains(kinds, journal.KindLogonRefuse) || slices.Contains(kinds, journal.KindLogonStart) {
		t.Errorf("journal: %q", kinds)
	}
}

func TestU2_ReasonsReachTheCSR(t *testing.T) {
	for _, why := range []account.Why{account.Locked, account.Expired, account.NoShell, account.NoHome, account.Hangs} {
		w := newWorld(t, func(_ *world, o *Options) {
			o.Accounts = &refusing{why: why}
			allowEverything(o)
		})
		want := (&account.Failure{Why: why, User: "admin"}).Error()
		if got := typeSecret(t, w.csr(), "logon-as admin", "x\r"); got.code != cmdline.ExitFailed || !strings.Contains(got.out, want) {
			t.Errorf("%s: %+v", why, got)
		}
	}
}

func TestLogonNeedsATerminalAndAWay(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) { allowEverything(o) })
	c := w.csr()
	for command, want := range map[string]outcome{
		"logon-as":       {code: cmdline.ExitUsage, err: "USER is missing"},
		"logon-as a b":   {code: cmdline.ExitUsage, err: "unexpected argument"},
		"logon-as admin": {code: cmdline.ExitUsage, err: "ssh -t"},
		"logoff":         {code: cmdline.ExitFailed, err: "nobody else is logged on"},
	} {
		if got := run(t, c, command); got.code != want.code || !strings.Contains(got.err, want.err) {
			t.Errorf("%s: %+v", command, got)
		}
	}
	if got := typeSecret(t, c, "logon-as admin", "x\r"); got.code != cmdline.ExitFailed || !strings.Contains(got.out, "cannot log on as another user here") {
		t.Errorf("%+v", got)
	}
	for name, keys := range map[string]string{"Ctrl-C": "x\x03", "Ctrl-D": "\x04", "hang-up": "abc"} {
		accounts := &refusing{}
		w := newWorld(t, func(_ *world, o *Options) {
			o.Accounts = accounts
			allowEverything(o)
		})
		if got := typeSecret(t, w.csr(), "logon-as admin", keys); got.code != cmdline.ExitFailed || len(accounts.attempts()) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
