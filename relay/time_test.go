package relay

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// inTime runs a test in a world whose network is in memory and whose clock
// jumps, so that what takes an hour takes an hour.
func inTime(t *testing.T, test func(t *testing.T, w *world, lines *memory)) {
	onFile(t) // a server's clock does not jump
	synctest.Test(t, func(t *testing.T) {
		lines := &memory{accept: make(chan net.Conn), closed: make(chan struct{})}
		dir := filepath.Join(t.TempDir(), "data")
		w := &world{t: t, dir: dir, place: Place{Dir: dir}}
		w.listen = func() net.Listener { return lines }
		w.connect = func(string) net.Conn { return lines.connect() }
		w.restart(nil)
		test(t, w, lines)
	})
}

// memory is a network without a system.
type memory struct {
	accept chan net.Conn
	once   sync.Once
	closed chan struct{}
	last   *line
}

func (m *memory) connect() net.Conn {
	there, back := newWay(), newWay()
	m.last = &line{there, back}
	m.accept <- &line{back, there}
	return m.last
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.accept:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error   { m.once.Do(func() { close(m.closed) }); return nil }
func (m *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22} }

// way carries bytes in one direction, as many as are written.
type way struct {
	mu         sync.Mutex
	more       sync.Cond
	data       []byte
	shut, mute bool
}

func newWay() *way { w := &way{}; w.more.L = &w.mu; return w }

func (w *way) set(flag *bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*flag = true
	w.more.Broadcast()
}

// line is one end of a connection.
type line struct{ out, in *way }

func (l *line) Read(p []byte) (int, error) {
	l.in.mu.Lock()
	defer l.in.mu.Unlock()
	for len(l.in.data) == 0 && !l.in.shut {
		l.in.more.Wait()
	}
	if len(l.in.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.in.data)
	l.in.data = l.in.data[n:]
	return n, nil
}

func (l *line) Write(p []byte) (int, error) {
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	if l.out.shut {
		return 0, io.ErrClosedPipe
	}
	if !l.out.mute {
		l.out.data = append(l.out.data, p...)
		l.out.more.Broadcast()
	}
	return len(p), nil
}

func (l *line) Close() error { l.out.set(&l.out.shut); l.in.set(&l.in.shut); return nil }

// cut makes the line swallow everything, as a lost network does.
func (l *line) cut() { l.out.set(&l.out.mute); l.in.set(&l.in.mute) }

func (l *line) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22} }
func (l *line) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 40000} }
func (l *line) SetDeadline(time.Time) error      { return nil }
func (l *line) SetReadDeadline(time.Time) error  { return nil }
func (l *line) SetWriteDeadline(time.Time) error { return nil }

// within checks how long something has taken.
func within(t *testing.T, what string, from time.Time, least, most time.Duration) {
	t.Helper()
	if took := time.Since(from); took < least || took > most {
		t.Errorf("%s took %s, want %s to %s", what, took, least, most)
	}
}

func TestA5_ANumberIsGoodForHalfAnHour(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n, from := alice.start(), time.Now()
		<-time.After(DefaultNumberLife - time.Second)
		if v := alice.session("session show --json " + string(n)); v.State != api.Waiting || v.Expires.Sub(v.Created) != DefaultNumberLife {
			t.Errorf("%+v", v)
		}
		alice.await(n, api.Ended)
		within(t, "the end of the number", from, DefaultNumberLife, DefaultNumberLife+time.Second)
	})
}

// N1: a computer whose network vanishes is away soon, and who was connected to
// it hears of it.
func TestN1_ALostComputer(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, lines *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		p := w.joined(n)
		cable := lines.last
		near, _ := pair(alice, p, n)
		go ssh.DiscardRequests(near.requests)
		from := time.Now()
		cable.cut()
		if _, err := io.ReadAll(near); err != nil {
			t.Error(err)
		}
		alice.await(n, api.Away)
		within(t, "noticing", from, sshd.KeepaliveInterval, sshd.KeepaliveMisses*sshd.KeepaliveInterval+time.Second)
		from = time.Now()
		<-time.After(DefaultWindow - time.Minute)
		alice.await(n, api.Away)
		<-time.After(time.Minute)
		alice.await(n, api.Ended)
		within(t, "giving up", from, DefaultWindow-time.Second, DefaultWindow+time.Second)
		cable.Close()
	})
}

func TestAComputerThatDoesNotJoin(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		from := time.Now()
		p := w.computer(testkit.NewKey(t), "")
		<-p.done
		within(t, "turning it away", from, joinGrace, joinGrace+time.Second)
	})
}

func TestAComputerThatDoesNotSayWhomItLetsIn(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		conn, channels, requests, err := w.dial(wire.CustomerUser, testkit.NewKey(t), "")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for range channels {
			}
		}()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range requests { // keeps silent
			}
		}()
		_, _, err = conn.SendRequest(wire.JoinRequest, true, wire.Join{Version: wire.ProtocolVersion, Number: string(n)}.Marshal())
		from := time.Now()
		ok, _, err2 := conn.SendRequest(wire.ForwardRequest, true, wire.Forward{Host: n.Host(), Port: 22}.Marshal())
		if err := errors.Join(err, err2); err != nil || !ok {
			t.Fatal(ok, err)
		}
		<-done
		within(t, "cutting it off", from, confirmGrace, confirmGrace+time.Second)
		alice.await(n, api.Away)
	})
}

func TestAComputerThatDoesNotAnswer(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		p := w.joined(n)
		from := time.Now()
		_, _, err := alice.direct(n.Host(), 22)
		if refusal(err) != "the customer's computer does not answer: try again in a moment" {
			t.Errorf("%v", err)
		}
		within(t, "giving up", from, openPatience, openPatience+time.Second)
		// It accepts after all, when nobody waits any more.
		_, requests, err := receive(t, p.channels).Accept()
		if err != nil {
			t.Fatal(err)
		}
		ssh.DiscardRequests(requests)
		go p.echo()
		if _, _, err := alice.direct(n.Host(), 22); err != nil {
			t.Errorf("the next connection: %v", err)
		}
	})
}

// A CSR's ssh that goes away while the computer does not read leaves a channel
// that cannot be finished: it is closed after a while, and the tunnel stays.
func TestASideThatDoesNotReadIsCutOff(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		p := w.joined(n)
		near, far := pair(alice, p, n)
		// More than the window of a channel that nobody reads from.
		go func() { _, _ = near.Write(make([]byte, 8<<20)); near.Close() }()
		go ssh.DiscardRequests(near.requests)
		synctest.Wait()
		near.Close()
		from := time.Now()
		ssh.DiscardRequests(far.requests) // returns when the relay has closed the channel
		within(t, "closing", from, closePatience, closePatience+time.Second)
		go p.echo()
		if _, _, err := alice.direct(n.Host(), 22); err != nil {
			t.Errorf("the tunnel itself is gone: %v", err)
		}
	})
}

// R3: when the system has no file descriptor left, the relay waits instead of
// burning the processor, and goes on.
func TestR3_NoFileDescriptorLeft(t *testing.T) {
	onFile(t) // a server's clock does not jump
	synctest.Test(t, func(t *testing.T) {
		lines := &memory{accept: make(chan net.Conn), closed: make(chan struct{})}
		tight := &tight{memory: lines, until: time.Now().Add(time.Minute)}
		dir := filepath.Join(t.TempDir(), "data")
		w := &world{t: t, dir: dir, place: Place{Dir: dir}}
		w.listen = func() net.Listener { return tight }
		w.connect = func(string) net.Conn { return lines.connect() }
		w.restart(nil)
		from := time.Now()
		w.login("alice", w.account("alice", false)).ok("whoami")
		within(t, "the first login", from, time.Minute, time.Minute+2*time.Second)
		if tight.refused > 100 {
			t.Errorf("accept was tried %d times in a minute", tight.refused)
		}
	})
}

// tight refuses to accept for a while.
type tight struct {
	*memory
	until   time.Time
	refused int
}

func (l *tight) Accept() (net.Conn, error) {
	if time.Now().Before(l.until) {
		l.refused++
		return nil, &net.OpError{Op: "accept", Err: errNoFiles}
	}
	return l.memory.Accept()
}

var errNoFiles = errors.New("too many open files")

// The computer of a session that has ended has its minute once, however often it
// opens the channel.
func TestK1Margin_AnEndedSessionsComputerLeaves(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		p := w.joined(n)
		p.Close()
		alice.await(n, api.Away)
		alice.ok("session end " + string(n))
		late := w.computer(p.key, "")
		began := time.Now()
		for time.Since(began) < 3*lateGrace {
			ch, requests, err := late.OpenChannel(wire.JournalChannel, nil)
			if err != nil {
				break
			}
			go ssh.DiscardRequests(requests)
			<-time.After(lateGrace / 4)
			ch.Close()
			<-time.After(time.Second)
		}
		if open := time.Since(began); open < lateGrace || open > lateGrace+lateGrace/2 {
			t.Errorf("it stayed for %v", open)
		}
		receive(t, late.done)
	})
}
