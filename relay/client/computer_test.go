package client

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/sshd"
)

func TestExecOnComputer(t *testing.T) {
	w := newWorld(t)
	w.onDevice["sysinfo 'a b'"] = says("hello\n")
	w.onDevice["run x"] = fails(cmdline.ExitDenied, "", "the customer said no")
	c := w.reach()
	var out strings.Builder
	if err := c.Exec(t.Context(), &out, "sysinfo", "a b"); err != nil || out.String() != "hello\n" {
		t.Fatalf("%q, %v", out.String(), err)
	}
	wantError(t, c.Exec(t.Context(), io.Discard, "run", "x"), cmdline.ExitDenied, nil, "the customer said no")
}

// A relay in the middle, or one whose authority is not ours, gets no byte of a
// command.
func TestComputerMustBeVouchedFor(t *testing.T) {
	for name, host := range map[string]func(w *world) ssh.Signer{
		"other authority": func(w *world) ssh.Signer {
			return testkit.HostCert(t, testkit.NewKey(t), w.computerKey, testNumber.Host())
		},
		"other number": func(w *world) ssh.Signer { return testkit.HostCert(t, w.ca, w.computerKey, "553681754.support") },
		"no principal": func(w *world) ssh.Signer { return testkit.HostCert(t, w.ca, w.computerKey) },
		"bare key":     func(w *world) ssh.Signer { return w.computerKey },
	} {
		w := newWorld(t)
		ran := false
		w.onDevice["status"] = func(context.Context, *sshd.Session) int { ran = true; return 0 }
		w.computerHost = func() ssh.Signer { return host(w) }
		_, err := w.connect().Reach(t.Context(), testNumber)
		if err == nil || ran {
			t.Errorf("%s: reached a computer that nobody vouches for", name)
		}
		if name != "bare key" && !errors.Is(err, ErrHostKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t)
	o := w.options()
	o.Authorities = nil
	r, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.Reach(t.Context(), testNumber)
	wantError(t, err, cmdline.ExitAuth, ErrHostKey, "not vouched for")
}

// TestO9_ANewAuthorityIsAskedFor: where the relay certifies with another key since the login,
// it is asked once, and what it says is handed on. It vouches for nothing else by that.
func TestO9_ANewAuthorityIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		says    bool // the relay does, that the key is its own
		host    func(w *world, ca ssh.Signer) ssh.Signer
		reached bool
		asked   int
	}{
		"a new key": {true, func(w *world, ca ssh.Signer) ssh.Signer {
			return testkit.HostCert(t, ca, w.computerKey, testNumber.Host())
		}, true, 1},
		"a foreign key": {false, func(w *world, ca ssh.Signer) ssh.Signer {
			return testkit.HostCert(t, ca, w.computerKey, testNumber.Host())
		}, false, 1},
		"another number's": {true, func(w *world, ca ssh.Signer) ssh.Signer {
			return testkit.HostCert(t, ca, w.computerKey, "553681754.support")
		}, false, 1},
		"a known key, no number": {true, func(w *world, _ ssh.Signer) ssh.Signer { return testkit.HostCert(t, w.ca, w.computerKey) }, false, 0},
		"no certificate":         {true, func(w *world, _ ssh.Signer) ssh.Signer { return w.computerKey }, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, ca := newWorld(t), testkit.NewKey(t)
			lines := "@cert-authority *.support " + string(ssh.MarshalAuthorizedKey(w.ca.PublicKey()))
			if c.says {
				lines += "@cert-authority *.support " + string(ssh.MarshalAuthorizedKey(ca.PublicKey()))
			}
			w.onRelay["known-hosts"] = says(lines)
			w.computerHost = func() ssh.Signer { return c.host(w, ca) }
			o, asked, told := w.options(), 0, 0
			o.NewAuthorities = func(all []ssh.PublicKey) { asked, told = asked+1, len(all) }
			r, err := Dial(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			computer, err := r.Reach(t.Context(), testNumber)
			if (err == nil) != c.reached {
				t.Errorf("reached: %v", err)
			}
			if err == nil {
				_ = computer.Close()
			}
			if asked != c.asked || c.asked > 0 && told != strings.Count(lines, "\n") {
				t.Errorf("asked %d times, told of %d", asked, told)
			}
		})
	}
}

func TestComputerThatRefusesTheKey(t *testing.T) {
	w := newWorld(t)
	w.admits = testkit.NewKey(t).PublicKey()
	_, err := w.connect().Reach(t.Context(), testNumber)
	wantError(t, err, cmdline.ExitAuth, ErrRefused, "482 913 077")
}

func TestUnreachableComputer(t *testing.T) {
	for _, c := range []struct {
		show testCommand
		code int
		away bool
		word string
	}{
		{says(`{"number":"482913077","state":"away"}`), cmdline.ExitFailed, true, "it is asleep"},
		{says(`{"number":"482913077","state":"waiting"}`), cmdline.ExitFailed, true, "read the number"},
		{says(`{"number":"482913077","state":"ended"}`), cmdline.ExitNoSession, false, "it is asleep"},
		{fails(cmdline.ExitNoSession, "", "no such session"), cmdline.ExitNoSession, false, "no such session"},
	} {
		w := newWorld(t)
		w.refuse = "it is asleep"
		w.onRelay["session show 482913077 --json"] = c.show
		_, err := w.connect().Reach(t.Context(), testNumber)
		wantError(t, err, c.code, nil, c.word)
		if errors.Is(err, ErrAway) != c.away {
			t.Errorf("%v: may it come back? %v", err, !c.away)
		}
	}
}

// A reader that fails, and a person who gives up, end the command over there.
func TestCommandEndsWithItsReader(t *testing.T) {
	w := newWorld(t)
	ended := make(chan struct{}, 2)
	w.onDevice["flood"] = func(ctx context.Context, s *sshd.Session) int {
		for ctx.Err() == nil {
			if _, err := s.Write(make([]byte, 32<<10)); err != nil {
				break
			}
		}
		ended <- struct{}{}
		return 0
	}
	c := w.reach()
	full := errors.New("disk full")
	if err := c.Exec(t.Context(), failing{full}, "flood"); !errors.Is(err, full) {
		t.Errorf("error %v, want the writer's", err)
	}
	<-ended
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Exec(ctx, cancelling{cancel}, "flood"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
	<-ended
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

type cancelling struct{ cancel func() }

func (c cancelling) Write(p []byte) (int, error) { c.cancel(); return len(p), nil }

func TestComputerLostInTheMiddle(t *testing.T) {
	w := newWorld(t)
	w.onDevice["run x"] = func(_ context.Context, s *sshd.Session) int {
		_, _ = io.WriteString(s, "first line\n")
		s.Conn.End(sshd.ErrShutdown)
		return 0
	}
	err := w.reach().Exec(t.Context(), io.Discard, "run", "x")
	wantError(t, err, cmdline.ExitUnreachable, ErrLost)
}
