package daemon

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/notice"
	"supportd/daemon/visit"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// busy is accounts and a screen of a computer where much happens at once.
type busy struct {
	visit.Accounts
	notice.UI
	meanwhile func()              // when somebody has logged on, before it is known
	told      func(notice.Notice) // before the screen is told
}

func (b *busy) LogOn(ctx context.Context, user string, password []byte) (*account.Logon, error) {
	l, err := b.Accounts.LogOn(context.WithoutCancel(ctx), user, password)
	if b.meanwhile != nil {
		b.meanwhile()
	}
	return l, err
}

func (b *busy) Notify(n notice.Notice) {
	if b.told != nil {
		b.told(n)
	}
	b.UI.Notify(n)
}

// world has b's accounts and screen, and what was allowed beforehand.
func (b *busy) world(t *testing.T, allow ...consent.Kind) *world {
	t.Helper()
	return newWorld(t, func(w *world, o *Options) {
		withAccounts(t, allow...)(w, o)
		b.Accounts, b.UI = o.Accounts, o.UI
		o.Accounts, o.UI = b, b
	})
}

func TestU11_AccessTakenBackWhileLoggingOn(t *testing.T) {
	name, password := realUser(t)
	var b busy
	w := b.world(t, consent.Kinds()...)
	b.meanwhile = func() { w.relay.authorize() }
	if got := typeSecret(t, w.csr(), "logon-as "+name, password+"\r"); got.code == cmdline.ExitOK {
		t.Errorf("%+v", got)
	}
	testkit.Eventually(t, "the end of the logon", w.journalHas(journal.KindLogonEnd))
	testkit.Eventually(t, "the end of everything", func() bool { return running(name) == "" })
}

// The run has nothing to do with whoever logs on while it goes on.
func TestU11_LogoffLeavesTheCustomersRun(t *testing.T) {
	name, password := realUser(t)
	var b busy
	w := b.world(t, consent.Kinds()...)
	c := w.csr()
	goOn := filepath.Join(t.TempDir(), "go-on")
	stage(t, c, map[string]string{"long.sh": "#!/bin/sh\nuntil test -e " + goOn + "; do sleep .05; done\necho whole\n"})
	var wait func() outcome
	b.meanwhile = func() {
		wait = start(t, c, "run long.sh")
		testkit.Eventually(t, "the run", w.journalHas(journal.KindScriptStart))
	}
	if got := typeSecret(t, w.csr(), "logon-as "+name, password+"\r"); got.code != cmdline.ExitOK {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	if got := run(t, c, "logoff"); got.code != cmdline.ExitOK {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(goOn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := wait(); got.code != cmdline.ExitOK || !strings.Contains(got.out, "whole") {
		t.Errorf("the run has ended with the logon: %+v", got)
	}
}

func TestU11_NextLogonComesAfterTheEnd(t *testing.T) {
	name, password := realUser(t)
	var b busy
	var w *world
	var other *ssh.Client
	looked := false
	b.told = func(n notice.Notice) {
		if _, off := n.(notice.LoggedOff); !off {
			return
		}
		looked = true
		if !slices.Contains(w.kinds(), journal.KindLogonEnd) {
			t.Error("the end is told before it is in the journal")
		}
		if got := run(t, other, "status"); !strings.Contains(got.out, name) {
			t.Errorf("the next logon could be written before this one's end: %+v", got)
		}
	}
	w = b.world(t, consent.Kinds()...)
	c := w.csr()
	other = w.csr()
	if got := typeSecret(t, c, "logon-as "+name, password+"\r"); got.code != cmdline.ExitOK {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	if got := run(t, c, "logoff"); got.code != cmdline.ExitOK || !looked {
		t.Errorf("%+v", got)
	}
}
