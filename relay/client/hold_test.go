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

// door is a listener in memory.
type door struct {
	come chan net.Conn
	shut context.Context
	stop context.CancelFunc
}

func newDoor() *door {
	d := &door{come: make(chan net.Conn)}
	d.shut, d.stop = context.WithCancel(context.Background())
	return d
}

func (d *door) Accept() (net.Conn, error) {
	select {
	case nc := <-d.come:
		return nc, nil
	case <-d.shut.Done():
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error   { d.stop(); return nil }
func (d *door) Addr() net.Addr { return computerAddr("") }

// enter comes in, as another process does.
func (d *door) enter(t *testing.T) net.Conn {
	t.Helper()
	near, far := testkit.Pipe()
	select {
	case d.come <- far:
	case <-d.shut.Done():
		far.Close()
	}
	return near
}

// slow is one end of a link that delays what it writes. It is for synctest, where nothing
// else takes time.
type slow struct {
	net.Conn
	delay time.Duration
	line  chan delayed
}

type delayed struct {
	due  time.Time
	data []byte
}

func slowed(nc net.Conn, delay time.Duration) net.Conn {
	s := &slow{nc, delay, make(chan delayed, 1000)}
	go func() {
		for d := range s.line {
			time.Sleep(time.Until(d.due))
			if d.data == nil {
				nc.Close()
				return
			}
			_, _ = nc.Write(d.data)
		}
	}()
	return s
}

func (s *slow) Write(p []byte) (int, error) {
	s.line <- delayed{time.Now().Add(s.delay), append([]byte{}, p...)}
	return len(p), nil
}

func (s *slow) Close() error {
	select {
	case s.line <- delayed{time.Now().Add(s.delay), nil}:
	default:
	}
	return nil
}

// holding is a world with a holder whose link to the relay takes a time for each direction.
func holding(t *testing.T, delay time.Duration) (w *world, d *door, relay *Relay, done <-chan error) {
	t.Helper()
	t.Cleanup(func() { time.Sleep(time.Second) }) // until the links have delivered the last
	w = newWorld(t)
	o := w.options()
	o.Dialer.Net = func(context.Context, string, string) (net.Conn, error) {
		near, far := testkit.Pipe()
		go w.relay.ServeConn(context.Background(), slowed(far, delay)) // Shutdown waits for it
		return slowed(near, delay), nil
	}
	relay, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	d = newDoor()
	ended := make(chan error, 1)
	go func() { ended <- relay.Hold(t.Context(), d, time.Minute) }()
	return w, d, relay, ended
}

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
			"another relay": func(o *Options) { o.HostKey = ssh.FingerprintSHA256(w.ca.PublicKey()) },
			"another key":   func(o *Options) { o.Keys = []ssh.Signer{w.ca} },
			"no pin":        func(o *Options) { o.HostKey = "" },
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

// deaf drops what is written while it is asleep.
type deaf struct {
	net.Conn
	asleep *bool
}

func (d deaf) Write(p []byte) (int, error) {
	if *d.asleep {
		return len(p), nil
	}
	return d.Conn.Write(p)
}
