//go:build unix

package console

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/xpty"
	"golang.org/x/term"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/text"
)

// The console is ended from outside, as by SIGTERM, while the terminal still
// answers it: the terminal is as it was, the old screen is there, and under the race detector
// nothing of the console reads the terminal any more, which is closed here.
func TestV5_EndedFromOutside(t *testing.T) {
	for range 6 {
		endFromOutside(t)
	}
}

func endFromOutside(t *testing.T) {
	t.Helper()
	pty, err := xpty.NewUnixPty(80, 24)
	if err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(int(pty.Slave().Fd()))
	if err != nil {
		t.Fatal(err)
	}
	d := newHarness(t, text.English)
	for _, n := range numbers { // something to draw
		d.fake.changes = append(d.fake.changes, Change{Sessions: []api.Session{session(n)}})
	}
	d.opts.In, d.opts.Out = pty.Slave(), pty.Slave()
	ctx, stop := context.WithCancel(t.Context())
	var seen bytes.Buffer
	var reading sync.WaitGroup
	reading.Go(func() {
		part := make([]byte, 4096)
		for answered := false; ; {
			n, err := pty.Read(part)
			seen.Write(part[:n])
			if !answered && bytes.Contains(seen.Bytes(), []byte("\x1b[?2026$p")) {
				answered = true
				_, _ = pty.Write([]byte("\x1b[?2026;2$y\x1b[?2027;2$y\x1b[A\x1b[B"))
				stop()
			}
			if err != nil {
				return
			}
		}
	})
	if err := d.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was ended", err)
	}
	after, err := term.GetState(int(pty.Slave().Fd()))
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("the terminal is another one: %v, %v, %v", before, after, err)
	}
	_ = pty.Slave().Close()
	reading.Wait()
	_ = pty.Close()
	if !bytes.Contains(seen.Bytes(), []byte("\x1b[?1049l")) {
		t.Errorf("the old screen is not there again: %q", seen.Bytes())
	}
}

// live is a relay that tells what a test tells it.
type live struct {
	*fake
	changes chan Change
}

func (l live) Watch(ctx context.Context, tell func(Change)) error {
	for {
		select {
		case c := <-l.changes:
			tell(c)
		case <-ctx.Done():
			return nil
		}
	}
}

// A question on any session is on a real terminal within a second; afterwards a console in
// which nothing happens writes nothing, and takes at most a hundredth of a processor.
func TestV8_SeenWithinASecond(t *testing.T) {
	pty, err := xpty.NewUnixPty(80, 24)
	if err != nil {
		t.Fatal(err)
	}
	d := newHarness(t, text.English)
	relay := live{d.fake, make(chan Change)}
	d.opts.In, d.opts.Out, d.opts.Relay, d.opts.Now = pty.Slave(), pty.Slave(), relay, time.Now
	ctx, stop := context.WithCancel(t.Context())
	shown := make(chan []byte, 1000)
	var working sync.WaitGroup
	working.Go(func() {
		defer close(shown)
		for part := make([]byte, 4096); ; {
			n, err := pty.Read(part)
			if err != nil {
				return
			}
			shown <- bytes.Clone(part[:n])
		}
	})
	ended := make(chan error, 1)
	working.Go(func() { ended <- d.Run(ctx) })

	relay.changes <- Change{All: true, Sessions: []api.Session{session(numbers[0])}}
	awaitShown(t, shown, numbers[0].Spoken())
	for i, n := range numbers[1:4] {
		s := session(n)
		s.Unread = i + 11
		asked := time.Now()
		relay.changes <- Change{Sessions: []api.Session{s}}
		awaitShown(t, shown, n.Spoken())
		if took := time.Since(asked); took > testkit.Soon {
			t.Errorf("what the customer wrote was on the screen after %v", took)
		}
	}
	quiet := false
	for range 5 { // a busy machine may write late
		before := processorTime(t)
		select {
		case more := <-shown:
			t.Logf("%d bytes", len(more))
			continue
		case <-time.After(time.Second):
		}
		took := processorTime(t) - before
		t.Logf("an idle second took %v of a processor", took)
		if quiet = took <= 10*time.Millisecond; quiet {
			break
		}
	}
	if !quiet {
		t.Error("an idle console writes, or takes more than a hundredth of a processor")
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_ = pty.Slave().Close()
	working.Wait()
	_ = pty.Close()
}

// awaitShown waits until a text came to the terminal.
func awaitShown(t *testing.T, shown <-chan []byte, want string) {
	t.Helper()
	var all []byte
	for part := range shown {
		if all = append(all, part...); bytes.Contains(all, []byte(want)) {
			return
		}
	}
	t.Fatalf("%q did not come: %q", want, all)
}

// processorTime is what this process has taken so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
