package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/words"
)

// answering is a directory in which a support session answers.
func answering(t *testing.T, c Control) *Dir {
	t.Helper()
	d := newState(t)
	if c.Status == nil {
		c.Status = func() Status { return Status{Number: "482913077", State: api.Active} }
	}
	if c.Stop == nil {
		c.Stop = func() {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := d.Answer(c)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(d.Path(controlName)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket stays: %v", err)
		}
	})
	return d
}

// dial is any program of the same user, and of another one where a test says so.
func dial(d *Dir) (net.Conn, error) {
	path, release, err := controlPath(d.root, d.path)
	if err != nil {
		return nil, err
	}
	defer release()
	return net.Dial("unix", path)
}

func TestK1P3_StopAndStatusReachTheOneThatRuns(t *testing.T) {
	var stops atomic.Int32
	var running *Dir
	ended := make(chan error, 1)
	running = answering(t, Control{Stop: func() {
		stops.Add(1)
		go func() { ended <- running.lock.Close() }() // that is how it ends
	}})
	s, err := Ask(t.Context(), running.path)
	if err != nil || s.Number != "482913077" || s.State != api.Active {
		t.Errorf("%+v, %v", s, err)
	}
	if err := Stop(t.Context(), running.path); err != nil || stops.Load() != 1 {
		t.Errorf("%v, stopped %d times", err, stops.Load())
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// One that has taken the Stop and waits for its disk has not ended, and this is said.
func TestK1P3_StopSaysWhenTheEndIsNotThere(t *testing.T) {
	d := answering(t, Control{})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := Stop(ctx, d.path); !errors.Is(err, ErrEnding) {
		t.Error(err)
	}
}

func TestK1P3_NobodyRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	none := func(when string) {
		t.Helper()
		if _, err := Ask(t.Context(), dir); !errors.Is(err, ErrNobody) {
			t.Errorf("%s: status: %v", when, err)
		}
		if err := Stop(t.Context(), dir); !errors.Is(err, ErrNobody) {
			t.Errorf("%s: stop: %v", when, err)
		}
	}
	none("no directory")
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Ask(t.Context(), dir); !errors.Is(err, ErrSilent) {
		t.Errorf("one that does not answer: %v", err)
	}
	a := d.Answer(Control{Log: slog.New(slog.DiscardHandler)})
	a.end()
	a.listener.Close() // as when it is killed: the socket stays
	d.lock.Close()
	none("a socket that a killed one has left")
	// The next one takes its place.
	next, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	again := next.Answer(Control{Status: func() Status { return Status{Number: "1"} }, Log: slog.New(slog.DiscardHandler)})
	if s, err := Ask(t.Context(), dir); err != nil || s.Number != "1" {
		t.Errorf("%+v, %v", s, err)
	}
	if err := errors.Join(again.Close(), next.Close()); err != nil {
		t.Error(err)
	}
	none("after its end")
}

// Whoever holds the lock and listens, but is stopped (SIGSTOP), is said to be silent.
func TestK1P3_OneThatHangsIsSilent(t *testing.T) {
	d := newState(t)
	path, release, err := controlPath(d.root, d.path)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	defer l.Close()
	began := time.Now()
	if _, err := Ask(t.Context(), d.path); !errors.Is(err, ErrSilent) || time.Since(began) > controlTime+testkit.Soon {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// What a consented script could send: nonsense, a line without an end, connections
// that say nothing. Neither does anything, and others are answered all the same.
func TestK1P3_NobodyHoldsItUp(t *testing.T) {
	var stops atomic.Int32
	d := answering(t, Control{Stop: func() { stops.Add(1) }})
	for _, line := range []string{"\n", "stop", "STOP\n", "stopp\n", "answer yes\n", "allow all\n", strings.Repeat("x", 1<<20), "status\x00\n"} {
		c, err := dial(d)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, line) // it may close before all is written
		_ = c.(*net.UnixConn).CloseWrite()
		data, _ := io.ReadAll(c)
		if len(data) > 0 && strings.TrimSpace(string(data)) != "{}" {
			t.Errorf("%.20q is answered with %q", line, data)
		}
		c.Close()
	}
	if stops.Load() != 0 {
		t.Errorf("stopped %d times", stops.Load())
	}
	for range 5 * mostAsking {
		c, err := dial(d)
		if err != nil {
			break // no more fit into the queue
		}
		defer c.Close()
	}
	// Who only holds a place keeps nobody out.
	for range 20 {
		if c, err := dial(d); err == nil {
			defer c.Close()
		}
		if _, err := Ask(t.Context(), d.path); err != nil {
			t.Errorf("beside silent ones: %v", err)
		}
	}
}

func TestK1P8_APanicEndsOneAnswer(t *testing.T) {
	var log testkit.Buffer
	var calls atomic.Int32
	d := answering(t, Control{Log: slog.New(slog.NewTextHandler(&log, nil)), Status: func() Status {
		if calls.Add(1) == 1 {
			panic("oh")
		}
		return Status{Number: "2"}
	}})
	if _, err := askIn(t.Context(), d.path, askStatus); !errors.Is(err, ErrSilent) {
		t.Errorf("%v", err)
	}
	testkit.Eventually(t, "the panic in the log", func() bool { return strings.Contains(log.String(), "oh") })
	if s, err := Ask(t.Context(), d.path); err != nil || s.Number != "2" {
		t.Errorf("%+v, %v", s, err)
	}
}

// A status is for the customer, but every program of theirs can read it: these fields,
// and no others.
func TestK1P3_StatusTellsNoSecret(t *testing.T) {
	var keys []string
	user := "bob"
	data, err := json.Marshal(Status{
		People: []PersonNow{{}}, Run: &RunNow{}, ActingAs: &user, Question: &AskedNow{}, Compare: []ComparedNow{{Words: &words.Pair{}, Digits: user}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := dec.Token()
		if err != nil {
			break
		}
		if key, ok := token.(string); ok && key != "" && key != user {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	want := strings.Fields("0001-01-01T00:00:00Z account acting_as by compare digits fingerprint first kind left name number people question run scripts second since state until way words")
	if !slices.Equal(keys, want) {
		t.Errorf("%q", keys)
	}
}

// Another user's directory, and another user at the socket.
func TestK1P3_OtherUsersAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	theirs := filepath.Join(t.TempDir(), "theirs")
	if err := errors.Join(os.Mkdir(theirs, 0o700), os.Chown(theirs, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if err := Stop(t.Context(), theirs); !errors.Is(err, ErrUnsafe) {
		t.Errorf("stop: %v", err)
	}

	var stops atomic.Int32
	d := answering(t, Control{Stop: func() { stops.Add(1) }})
	for dir := d.path; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { // let them in: it is the socket that is tried
			t.Fatal(err)
		}
	}
	if err := os.Chmod(d.Path(controlName), 0o777); err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread is another user from now on, and ends with the function
		const other = 65534
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, other, other, other); e != 0 {
			got <- e
			return
		}
		c, err := net.Dial("unix", d.Path(controlName))
		if err != nil {
			got <- err
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, askStop+"\n")
		data, _ := io.ReadAll(c)
		if len(data) > 0 {
			err = errors.New("they are answered: " + string(data))
		}
		got <- err
	}()
	if err := <-got; err != nil || stops.Load() != 0 {
		t.Errorf("%v, stopped %d times", err, stops.Load())
	}
}
