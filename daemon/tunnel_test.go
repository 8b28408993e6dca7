package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/wire"
)

// network is what replaces the network in a test.
type network func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer is [Options.Dialer] for it; a nil network is the real one.
func (n network) dialer() *reach.Dialer { return &reach.Dialer{Net: n} }

// failing is a network on which nothing can be reached, and each attempt fails
// in the same way.
func failing(err error) network {
	return func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: err}
	}
}

// answering is a network on which something else answers in the relay's place.
func answering(t *testing.T, says string) network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, says)
			c.Close()
		}
	})
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}
}

func TestN8_EachWayNotToReachTheRelayIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		net  network
		addr string
		want notice.Problem
	}{
		"DNS":            {failing(&net.DNSError{Err: "no such host", Name: "relay.invalid", IsNotFound: true}), "", notice.ProblemName},
		"nothing there":  {nil, "127.0.0.1:1", notice.ProblemRefused},
		"no way":         {failing(unreachable()), "", notice.ProblemUnreachable},
		"no answer":      {failing(os.ErrDeadlineExceeded), "", notice.ProblemTimeout},
		"captive portal": {answering(t, "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n"), "", notice.ProblemPortal},
		"TLS":            {answering(t, "\x15\x03\x01\x00\x02\x02\x16"), "", notice.ProblemNotSSH},
		"breaks off":     {answering(t, ""), "", notice.ProblemBroken},
		"half a relay":   {answering(t, "SSH-2.0-supportd\r\n"), "", notice.ProblemBroken},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(_ *world, o *Options) {
				o.Dialer = c.net.dialer
				if c.addr != "" {
					o.Join.Relay.Addresses = addresses(t, c.addr)
				}
			})
			for range 2 { // it goes on trying
				n := await(t, w.ui, anyOf[notice.Retrying])
				if n.Problem != c.want || n.Lost || n.After > 2*time.Second {
					t.Errorf("%+v", n)
				}
			}
			w.stop(errTestStop)
			if err := w.ended(); err != errTestStop {
				t.Error(err)
			}
			if files := w.files(); len(files) != 1 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
}

func TestWrongHostKeyIsFinal(t *testing.T) {
	w := newWorld(t, func(w *world, o *Options) { o.Join.Relay.Keys = []string{otherPin(t)} })
	err := w.ended()
	var failed *link.RelayError
	if !errors.As(err, &failed) || failed.Problem != notice.ProblemHostKey || failed.Key != w.relay.pin() {
		t.Errorf("%v", err)
	}
	if files := w.files(); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// otherPin is the fingerprint of a key that is nobody's.
func otherPin(t *testing.T) string {
	t.Helper()
	return ssh.FingerprintSHA256(testkit.NewKey(t).PublicKey())
}

// Each of several addresses is tried, and each of several keys is the relay's.
func TestAnyAddressAndAnyKeyIsTheRelay(t *testing.T) {
	w := newWorld(t, func(w *world, o *Options) {
		o.Join.Relay.Addresses = addresses(t, "127.0.0.1:1", w.relay.addr)
		o.Join.Relay.Keys = []string{otherPin(t), w.relay.pin()}
	})
	n := await(t, w.ui, anyOf[notice.Joined])
	if way := "ssh " + w.relay.addr; n.Way != way || w.daemon.session.Saved().Relay.Way != way {
		t.Errorf("%+v, saved %+v", n, w.daemon.session.Saved().Relay)
	}
}

// The way that worked is tried first by the next daemon too.
func TestTheWayThatWorkedIsKept(t *testing.T) {
	var tried []string
	var mu sync.Mutex
	watched := network(func(ctx context.Context, network, addr string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		tried = append(tried, addr)
		return new(net.Dialer).DialContext(ctx, network, addr)
	})
	w := newWorld(t, func(w *world, o *Options) { o.Join.Relay.Addresses = addresses(t, "127.0.0.1:1", w.relay.addr) })
	await(t, w.ui, anyOf[notice.Joined])
	w.daemon.session.End(state.ErrRestarting)
	<-w.finished
	w.run(func(_ *world, o *Options) { o.Join, o.Dialer = nil, watched.dialer })
	await(t, w.ui, anyOf[notice.Joined])
	mu.Lock()
	defer mu.Unlock()
	if len(tried) != 1 || tried[0] != w.relay.addr {
		t.Errorf("tried %q", tried)
	}
}

func TestRelayKeyIsAskedForWithoutLoggingIn(t *testing.T) {
	r := newTestRelay(t)
	if got, err := link.RelayKey(t.Context(), new(reach.Dialer), addresses(t, r.addr)); err != nil || got != r.pin() {
		t.Errorf("%s, %v", got, err)
	}
	if n := len(r.server.Conns()); n > 0 {
		t.Errorf("%d connections logged in", n)
	}
}

func TestA4_A5_RefusedNumbersAreFinal(t *testing.T) {
	for _, code := range []wire.Code{wire.CodeUnknown, wire.CodeExpired, wire.CodeUsed, wire.CodeEnded, wire.CodeLimited, wire.CodeVersion, wire.CodeNone} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			w := newWorld(t, func(w *world, _ *Options) { w.relay.answer = func(wire.Join) wire.Code { return code } })
			var refused *link.Refusal
			if err := w.ended(); !errors.As(err, &refused) || refused.Code != code {
				t.Errorf("%v", err)
			}
			if files := w.files(); len(files) != 1 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
}

func TestBusyRelayIsTriedAgain(t *testing.T) {
	busy := true
	w := newWorld(t, func(w *world, _ *Options) {
		w.relay.answer = func(wire.Join) wire.Code {
			if busy {
				busy = false
				return wire.CodeBusy
			}
			return wire.CodeOK
		}
	})
	if n := await(t, w.ui, anyOf[notice.Retrying]); n.Problem != notice.ProblemBusy {
		t.Errorf("%+v", n)
	}
	await(t, w.ui, anyOf[notice.Joined])
}

// The answer to the join was lost with the connection: the number is used, and
// it is we who used it.
func TestJoinWhoseAnswerWasLost(t *testing.T) {
	joins := 0
	w := newWorld(t, func(w *world, _ *Options) {
		w.relay.answer = func(wire.Join) wire.Code { joins++; return wire.CodeUsed }
		w.relay.resumes = func() wire.Code { return wire.CodeOK }
	})
	await(t, w.ui, anyOf[notice.Joined])
	if joins != 1 {
		t.Errorf("%d joins", joins)
	}
}

func TestA10_WrongClockIsTold(t *testing.T) {
	w := newWorld(t, func(w *world, _ *Options) { w.relay.now = func() time.Time { return time.Now().Add(2 * time.Hour) } })
	if n := await(t, w.ui, anyOf[notice.ClockWrong]); n.By.Round(time.Hour) != -2*time.Hour {
		t.Errorf("%+v", n)
	}
	right := newWorld(t, nil)
	await(t, right.ui, anyOf[notice.Joined])
	for _, n := range right.ui.all {
		if _, wrong := n.(notice.ClockWrong); wrong {
			t.Errorf("%+v", n)
		}
	}
}

func TestLostRelayIsResumed(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	look := start(t, c, "sysinfo")
	<-w.screen.questions
	addr := w.relay.addr
	w.relay.kill()
	if got := look(); got.code != -1 || got.out != "" {
		t.Errorf("%+v", got)
	}
	await(t, w.ui, func(n notice.Retrying) bool { return n.Lost })
	w.relay.start(addr)
	await(t, w.ui, func(n notice.Joined) bool { return n.Resumed })
	if got := run(t, w.csr(), "status"); got.code != 0 {
		t.Errorf("%+v", got)
	}
	kinds := w.kinds()
	for _, k := range []string{journal.KindSessionJoin, journal.KindSessionLost, journal.KindSessionResume} {
		if !slices.Contains(kinds, k) {
			t.Errorf("%s is not in %v", k, kinds)
		}
	}
}

func TestSessionThatEndedMeanwhile(t *testing.T) {
	w := newWorld(t, nil)
	w.relay.open()
	w.relay.mu.Lock()
	w.relay.resumes = func() wire.Code { return wire.CodeEnded }
	w.relay.mu.Unlock()
	addr := w.relay.addr
	w.relay.kill()
	w.relay.start(addr)
	var ended *state.Ended
	if err := w.ended(); !errors.As(err, &ended) || ended.By != journal.ByRelay {
		t.Errorf("%v", err)
	}
}

func TestRelayEndsTheSession(t *testing.T) {
	w := newWorld(t, nil)
	look := start(t, w.csr(), "sysinfo")
	<-w.screen.questions
	ok, _, err := w.relay.open().SSH().SendRequest(wire.EndRequest, true, wire.End{By: "alice", Reason: "solved\x1b[2J"}.Marshal())
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if got := look(); got.code != 6 || got.err != "support-agent: the support session was ended by alice: solved[2J\n" {
		t.Errorf("%+v", got)
	}
	var ended *state.Ended
	if err := w.ended(); !errors.As(err, &ended) || ended.By != "alice" {
		t.Errorf("%v", err)
	}
	if files := w.files(); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
	if len(w.relay.ended) > 0 {
		t.Error("the relay was told what it had said itself")
	}
}

func TestRelayCannotOpenAnythingElse(t *testing.T) {
	w := newWorld(t, nil)
	tunnel := w.relay.open().SSH()
	good := wire.ChannelTarget{Host: testNumber.Host(), Port: wire.TunnelPort}
	for kind, target := range map[string]wire.ChannelTarget{
		"session": good, "direct-tcpip": good, "x11": good,
		wire.ForwardedChannel: {Host: "127.0.0.1", Port: 22},
	} {
		if _, _, err := tunnel.OpenChannel(kind, target.Marshal()); err == nil {
			t.Errorf("%s %+v was opened", kind, target)
		}
	}
	other := good
	other.Port = 23
	if _, _, err := tunnel.OpenChannel(wire.ForwardedChannel, other.Marshal()); err == nil {
		t.Error("port 23 was opened")
	}
	for _, payload := range [][]byte{nil, {1, 2, 3}, []byte(strings.Repeat("x", wire.MaxPayload+1))} {
		for _, kind := range []string{wire.AuthorizeRequest, wire.EndRequest, "nonsense@supportd"} {
			if kind == wire.AuthorizeRequest && payload == nil {
				continue // an empty list is a list
			}
			if ok, _, err := tunnel.SendRequest(kind, true, payload); ok || err != nil {
				t.Errorf("%s with %d bytes: %v, %v", kind, len(payload), ok, err)
			}
		}
	}
	if got := run(t, w.csr(), "status"); got.code != 0 {
		t.Errorf("%+v", got)
	}
}

func TestNoPinNoDaemon(t *testing.T) {
	w := newWorld(t, nil)
	opts := w.options()
	opts.State = newState(t)
	for _, keys := range [][]string{nil, {""}, {w.relay.pin(), ""}} {
		opts.Join.Relay.Keys = keys
		if _, err := New(context.Background(), opts); err == nil {
			t.Errorf("%q was accepted", keys)
		}
	}
}

// What the customer kept to themselves when they joined is withheld.
func TestWithheldWhenJoining(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) {
		o.Join.Allow = []consent.Kind{consent.SysInfo}
		o.Join.Withheld = consent.Withheld{Categories: []string{"users"}, Fields: []string{"serials"}}
	})
	got := run(t, w.csr(), "sysinfo users os")
	if got.code != 0 || !strings.Contains(got.out, "withheld") {
		t.Errorf("%+v", got)
	}
	if !w.journalHas(`"withheld":{"categories":["users"],"fields":["serials"]}`)() {
		t.Error("the journal does not say what was withheld")
	}
}

// A withheld name that means nothing withholds everything: the alternative is to
// show what somebody wanted to keep.
func TestWithheldNameThatMeansNothing(t *testing.T) {
	for _, withheld := range []consent.Withheld{{Categories: []string{"user"}}, {Fields: []string{"serial"}}} {
		w := newWorld(t, func(_ *world, o *Options) {
			o.Join.Allow, o.Join.Withheld = []consent.Kind{consent.SysInfo}, withheld
		})
		got := run(t, w.csr(), "sysinfo os users")
		if got.code != cmdline.ExitFailed || got.out != "" || !strings.Contains(got.err, "nothing is shown") {
			t.Errorf("%+v: %+v", withheld, got)
		}
	}
}

// A restart that does not come is noticed while the tunnel comes back: both
// keep the session file. Only the race detector sees what this is about.
func TestSessionFileIsKeptWhileTheTunnelComesBack(t *testing.T) {
	w := newWorld(t, nil)
	await(t, w.ui, anyOf[notice.Joined])
	over := make(chan struct{})
	var keeping sync.WaitGroup
	keeping.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				if err := w.daemon.session.Save(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	w.relay.open().Close()
	await(t, w.ui, func(n notice.Joined) bool { return n.Resumed })
	close(over)
	keeping.Wait()
}
