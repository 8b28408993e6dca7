package journal

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

// Stop waits for no relay: neither while a channel idles, nor where there is none, and
// no channel is opened after it, though there is something to say.
func TestStopWaitsForNoRelay(t *testing.T) {
	cause := errors.New("the customer pressed Stop")
	for name, closes := range map[string]bool{"while it leaves": false, "without a channel": true} {
		for range 8 { // whichever of its reasons it sees first
			synctest.Test(t, func(t *testing.T) {
				j, _ := newJournal(t, newRoot(t))
				appendAll(t, j, "session.join")
				r := newTaker(t)
				ctx, stop := context.WithCancelCause(t.Context())
				result := make(chan error, 1)
				go func() { result <- j.HandOver(ctx, r.client, nil) }()
				ch, lines := r.begin("1\n")
				if b, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
					t.Fatalf("%q, %v", b, err)
				}
				if closes {
					ch.Close()
					synctest.Wait()
				}
				stop(cause)
				if !closes {
					appendAll(t, j, "run.start")
				}
				if err := <-result; !errors.Is(err, cause) {
					t.Errorf("%s: %v", name, err)
				}
				if len(r.opened) > 0 {
					t.Errorf("%s: another channel is opened", name)
				}
			})
		}
	}
}

// The relay may ask something in the channel: it hears No, and the journal goes on.
func TestTheRelaysRequestsAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := newJournal(t, newRoot(t))
		appendAll(t, j, "session.join")
		r := newTaker(t)
		result := make(chan error, 1)
		go func() { result <- j.HandOver(t.Context(), r.client, nil) }()
		ch, lines := r.begin("0\n")
		for range 100 {
			if ok, err := ch.SendRequest("noise@test", true, nil); ok || err != nil {
				t.Fatalf("%t, %v", ok, err)
			}
		}
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, "session.join") {
			t.Errorf("%q, %v", line, err)
		}
		ch.Close()
		if err := <-result; !errors.Is(err, errNotTaken) {
			t.Errorf("%v", err)
		}
	})
}

// What the relay says that it has is one number, of a line that is not too long. Before
// that nothing is sent.
func TestTheRelaysAnswers(t *testing.T) {
	for answer, takes := range map[string]bool{strings.Repeat("0", 62) + "1\n": true, strings.Repeat("0", 63) + "1\n": false, "x\n": false, "\n": false, "-1\n": false, "1 \n": false, "18446744073709551616\n": false} {
		synctest.Test(t, func(t *testing.T) {
			j, _ := newJournal(t, newRoot(t))
			appendAll(t, j, "session.join", "run.start")
			r := newTaker(t)
			result := make(chan error, 1)
			go func() { result <- j.HandOver(t.Context(), r.client, nil) }()
			ch, lines := r.begin(answer)
			line, err := lines.ReadString('\n')
			if takes && !strings.Contains(line, "run.start") || !takes && (line != "" || !errors.Is(err, io.EOF)) {
				t.Errorf("%q: it sends %q, %v", answer, line, err)
			}
			ch.Close()
			if err := <-result; err == nil {
				t.Errorf("%q: the relay has everything", answer)
			}
		})
	}
}

// A channel on which the seal went does not idle: the relay has to say that it has it.
func TestTheSealIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := newJournal(t, newRoot(t))
		if err := errors.Join(j.End("alice", "alice", ""), j.Seal(testkit.NewKey(t), "482913077")); err != nil {
			t.Fatal(err)
		}
		r := newTaker(t)
		result := make(chan error, 1)
		go func() { result <- j.HandOver(t.Context(), r.client, nil) }()
		ch, lines := r.begin("0\n")
		for range 2 {
			if _, err := lines.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := io.WriteString(ch, "1\n"); err != nil {
			t.Fatal(err)
		}
		left := make(chan error, 1)
		go func() { _, err := lines.ReadByte(); left <- err }()
		time.Sleep(10 * channelIdle)
		if len(left) > 0 {
			t.Error("it left before the relay had the seal")
		}
		if _, err := io.WriteString(ch, wire.JournalSealed+"\n"); err != nil {
			t.Fatal(err)
		}
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
}

// brokenWriter takes nothing.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What cannot be sent or read ends the handing over with its reason.
func TestWhatCannotBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := newJournal(t, newRoot(t))
		appendAll(t, j, "session.join", "run.start")
		if more, err := j.copyTo(t.Context(), brokenWriter{}, new(atomic.Uint64)); more != nil || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%v", err)
		}
		if at, err := j.place(strings.NewReader(""), 1); at != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("a file that is shorter: %d, %v", at, err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		over := errors.New("over")
		cancel(over)
		if more, err := j.copyTo(ctx, io.Discard, new(atomic.Uint64)); more != nil || !errors.Is(err, over) {
			t.Errorf("%v", err)
		}
	})
}
