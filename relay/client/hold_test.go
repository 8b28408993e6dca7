package client

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/sshd"
)

// The second command over a link of 50 ms waits for three round trips: for the relay to
// show that it is there, to open the channel, and for the answer.
func TestHeldCommandTakesThreeRoundTrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const there = 25 * time.Millisecond
		w, d, _, done := holding(t, there)
		w.onRelay["whoami --json"] = says(`{"account":"alice","name":"Alice"}`)
		start := time.Now()
		r, err := DialHeld(t.Context(), w.options(), d.enter(t))
		if err != nil {
			t.Fatal(err)
		}
		if who, err := r.WhoAmI(t.Context()); err != nil || who.Account != "alice" {
			t.Errorf("%+v, %v", who, err)
		}
		if took := time.Since(start); took > 3*2*there {
			t.Errorf("it took %v, which is %.1f round trips", took, float64(took)/float64(2*there))
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		// Nobody uses it any more.
		closed := time.Now()
		if err := <-done; err != nil || time.Since(closed) < time.Minute || time.Since(closed) > time.Minute+time.Second {
			t.Errorf("it ended %v later: %v", time.Since(closed), err)
		}
	})
}

// What a command gets over a held connection is what it gets over one of its own: output,
// errors with exit code and hint, refused channels, and a computer.
func TestHeldConnectionIsLikeAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d, relay, done := holding(t, time.Millisecond)
		long := strings.Repeat("0123456789abcdef", 1<<14)
		w.onRelay["session list --json"] = says("[]")
		w.onRelay["long"] = says(long)
		w.onRelay["echo"] = func(_ context.Context, s *sshd.Session) int { _, _ = io.Copy(s, s); return 0 }
		w.onRelay["session end 482913077 --yes"] = fails(cmdline.ExitNoSession, "look again", "it has ended")
		w.onDevice["status"] = says("fine")
		r, err := DialHeld(t.Context(), w.options(), d.enter(t))
		if err != nil {
			t.Fatal(err)
		}
		if ssh.FingerprintSHA256(r.Key()) != ssh.FingerprintSHA256(relay.Key()) || ssh.FingerprintSHA256(r.HostKey()) != ssh.FingerprintSHA256(relay.HostKey()) {
			t.Error("other keys than those of the login")
		}
		var out strings.Builder
		if err := execute(t.Context(), r.side(), &out, "long"); err != nil || out.String() != long {
			t.Errorf("%d bytes, %v: %v", out.Len(), err, errors.Unwrap(err))
		}
		out.Reset()
		err = executeWith(t.Context(), r.side(), &out, nil, func(s *ssh.Session, _ context.CancelCauseFunc) error {
			s.Stdin = strings.NewReader(long)
			return nil
		}, "echo")
		if err != nil || out.String() != long {
			t.Errorf("there and back: %d bytes, %v", out.Len(), err)
		}
		wantError(t, r.End(t.Context(), testNumber, ""), cmdline.ExitNoSession, nil, "it has ended", "look again")
		c, err := r.Reach(t.Context(), testNumber)
		if err != nil {
			t.Fatal(err)
		}
		out.Reset()
		if err := c.Exec(t.Context(), &out, "status"); err != nil || out.String() != "fine" {
			t.Errorf("%q, %v", out.String(), err)
		}
		if err := errors.Join(c.Close(), r.Close()); err != nil {
			t.Error(err)
		}
		w.refuse = "the computer is away"
		if r, err = DialHeld(t.Context(), w.options(), d.enter(t)); err != nil {
			t.Fatal(err)
		}
		_, err = r.Reach(t.Context(), testNumber)
		wantError(t, err, cmdline.ExitFailed, nil, "away")
		_ = r.Close()
		<-done
	})
}

// A holder is of no use with another relay, for another key, when enough others use it, and
// when the relay does not answer: then a command dials by itself.
func TestHeldConnectionThatIsOfNoUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d, relay, done := holding(t, time.Millisecond)
		for name, change := range map[string]func(*Options){
			"another relay":   func(o *Options) { o.HostKey = ssh.FingerprintSHA256(w.ca.PublicKey()) },
			"another key":     func(o *Options) { o.Keys = []ssh.Signer{w.ca} },
			"another account": func(o *Options) { o.Account = "bob" },
			"no pin":          func(o *Options) { o.HostKey = "" },
		} {
			o := w.options()
			change(&o)
			if r, err := DialHeld(t.Context(), o, d.enter(t)); err == nil {
				t.Errorf("%s: it is used", name)
				_ = r.Close()
			}
		}
		synctest.Wait() // they have left
		var users []*Relay
		for range maxHeld {
			r, err := DialHeld(t.Context(), w.options(), d.enter(t))
			if err != nil {
				t.Fatal(err)
			}
			users = append(users, r)
		}
		if r, err := DialHeld(t.Context(), w.options(), d.enter(t)); err == nil {
			t.Errorf("more than %d use it", maxHeld)
			_ = r.Close()
		}
		for _, r := range users {
			_ = r.Close()
		}
		synctest.Wait()
		relay.conn.Close() // the relay has gone
		if err := <-done; !errors.Is(err, ErrLost) {
			t.Errorf("the holder ended with %v", err)
		}
		if r, err := DialHeld(t.Context(), w.options(), d.enter(t)); err == nil {
			t.Error("it is used without a relay")
			_ = r.Close()
		}
	})
}

// Whoever logs out closes the door: what others do over the connection comes to its end, and
// nobody comes in any more.
func TestHeldConnectionEndsWithTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d, _, done := holding(t, time.Millisecond)
		asked, goOn := make(chan struct{}), make(chan struct{})
		w.onRelay["wait"] = func(_ context.Context, s *sshd.Session) int {
			close(asked)
			<-goOn
			return says("waited")(t.Context(), s)
		}
		r, err := DialHeld(t.Context(), w.options(), d.enter(t))
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		ran := make(chan error, 1)
		go func() { ran <- execute(t.Context(), r.side(), &out, "wait") }()
		<-asked
		_ = d.Close()
		if other, err := DialHeld(t.Context(), w.options(), d.enter(t)); err == nil {
			t.Error("somebody has come in")
			_ = other.Close()
		}
		<-time.After(time.Hour)
		select {
		case err := <-done:
			t.Errorf("it has ended beside a command: %v", err)
		default:
		}
		close(goOn)
		if err := <-ran; err != nil || out.String() != "waited" {
			t.Errorf("%q, %v", out.String(), err)
		}
		closed := time.Now()
		_ = r.Close()
		if err := <-done; err != nil || time.Since(closed) > time.Second {
			t.Errorf("after %v: %v", time.Since(closed), err)
		}
	})
}

// A network that stands still for some seconds costs the next command a login, and ends
// nothing of what others do.
func TestHeldConnectionOnASlowNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := w.options()
		still := make(chan struct{}, 1) // has room while the network moves
		o.Dialer.Net = func(context.Context, string, string) (net.Conn, error) {
			near, far := testkit.Pipe()
			go w.relay.ServeConn(context.Background(), far)
			return jammed{near, still}, nil
		}
		relay, err := Dial(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		d, done := newDoor(), make(chan error, 1)
		go func() { done <- relay.Hold(t.Context(), d, time.Minute) }()
		w.onRelay["echo"] = func(_ context.Context, s *sshd.Session) int { _, _ = io.Copy(s, s); return 0 }
		r, err := DialHeld(t.Context(), w.options(), d.enter(t))
		if err != nil {
			t.Fatal(err)
		}
		from, to := io.Pipe()
		var out strings.Builder
		ran := make(chan error, 1)
		go func() {
			ran <- executeWith(t.Context(), r.side(), &out, nil, func(s *ssh.Session, _ context.CancelCauseFunc) error { s.Stdin = from; return nil }, "echo")
		}()
		_, _ = io.WriteString(to, "before, ")
		synctest.Wait()
		still <- struct{}{}
		if other, err := DialHeld(t.Context(), w.options(), d.enter(t)); err == nil {
			t.Error("it is used while nothing moves")
			_ = other.Close()
		}
		<-time.After(holdPatience)
		<-still
		_, _ = io.WriteString(to, "and after")
		_ = to.Close()
		if err := <-ran; err != nil || out.String() != "before, and after" {
			t.Errorf("%q, %v", out.String(), err)
		}
		if other, err := DialHeld(t.Context(), w.options(), d.enter(t)); err != nil {
			t.Errorf("the network moves again: %v", err)
		} else {
			_ = other.Close()
		}
		_ = r.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A relay that does not answer for a computer, and is there for all else, does not keep the
// holder for ever.
func TestHeldConnectionOfARelayThatKeepsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d, _, done := holding(t, time.Millisecond)
		w.silent = true
		r, err := DialHeld(t.Context(), w.options(), d.enter(t))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // until somebody presses Ctrl-C
		defer cancel()
		if _, err := r.Reach(ctx, testNumber); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		_ = r.Close()
		left := time.Now()
		if err := <-done; !errors.Is(err, ErrLost) || time.Since(left) > partPatience+time.Second {
			t.Errorf("after %v: %v", time.Since(left), err)
		}
	})
}

// A connection that broke while the computer slept swallows what is written.
func TestHeldConnectionThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := w.options()
		asleep := false
		o.Dialer.Net = func(context.Context, string, string) (net.Conn, error) {
			near, far := testkit.Pipe()
			go w.relay.ServeConn(context.Background(), far)
			return deaf{near, &asleep}, nil
		}
		relay, err := Dial(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		d, done := newDoor(), make(chan error, 1)
		go func() { done <- relay.Hold(t.Context(), d, time.Minute) }()
		synctest.Wait()
		asleep = true
		start := time.Now()
		if _, err := DialHeld(t.Context(), w.options(), d.enter(t)); err == nil || time.Since(start) > holdPatience {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if err := <-done; !errors.Is(err, ErrLost) {
			t.Errorf("the holder ended with %v", err)
		}
	})
}
