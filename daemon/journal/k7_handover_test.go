package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// taker is a relay that takes a journal.
type taker struct {
	t      *testing.T
	client *sshd.Client
	opened chan ssh.NewChannel
}

func newTaker(t *testing.T) *taker {
	t.Helper()
	near, far := testkit.Pipe()
	r := &taker{t: t, opened: make(chan ssh.NewChannel, 1)}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(testkit.NewKey(t))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, channels, requests, err := ssh.NewServerConn(far, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		for nc := range channels {
			r.opened <- nc
		}
	}()
	var err error
	r.client, err = sshd.NewClient(t.Context(), near, &ssh.ClientConfig{User: "x", HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.client.Close(); <-done })
	return r
}

// take answers with the number that it has, reads so many lines, and says what then
// is to be said.
func (r *taker) take(has string, lines int, say string) (got []byte) {
	nc := <-r.opened
	ch, requests, err := nc.Accept()
	if err != nil {
		r.t.Error(err)
		return nil
	}
	go ssh.DiscardRequests(requests)
	defer ch.Close()
	if _, err := io.WriteString(ch, has); err != nil {
		r.t.Error(err)
	}
	for buf := make([]byte, 1); bytes.Count(got, []byte("\n")) < lines; {
		if _, err := ch.Read(buf); err != nil {
			r.t.Errorf("after %d bytes: %v", len(got), err)
			return got
		}
		got = append(got, buf...)
	}
	_, _ = io.WriteString(ch, say)
	return got
}

// The journal goes to the relay from where it has it, with what comes meanwhile, and
// the handing over ends when the relay says that it has the seal.
func TestHandOver(t *testing.T) {
	key := testkit.NewKey(t)
	j, _ := newJournal(t, newRoot(t))
	appendAll(t, j, "session.join", "run.start")
	r := newTaker(t)
	result := make(chan error, 1)
	go func() { result <- j.HandOver(t.Context(), r.client, nil) }()
	got := make(chan []byte, 1)
	go func() { got <- r.take("1\n", 3, wire.JournalSealed+"\n") }()
	if err := errors.Join(j.End("alice", "alice", ""), j.Seal(key, "482913077")); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	if want := whole[bytes.IndexByte(whole, '\n')+1:]; !bytes.Equal(<-got, want) {
		t.Errorf("it was sent something else than\n%s", want)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// begin takes the next channel, of a journal of which the relay has so much.
func (r *taker) begin(has string) (ssh.Channel, *bufio.Reader) {
	r.t.Helper()
	ch, requests, err := (<-r.opened).Accept()
	if err != nil {
		r.t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	if _, err := io.WriteString(ch, has); err != nil {
		r.t.Fatal(err)
	}
	return ch, bufio.NewReader(ch)
}

// A journal in which nothing happens has no channel: only where the relay has everything,
// and until something happens again, of which nothing is lost.
func TestAJournalThatIdlesHasNoChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := newJournal(t, newRoot(t))
		appendAll(t, j, "session.join")
		r := newTaker(t)
		result := make(chan error, 1)
		go func() { result <- j.HandOver(t.Context(), r.client, nil) }()
		ch, lines := r.begin("0\n")
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, `"session.join"`) {
			t.Fatalf("%q, %v", line, err)
		}
		idles := make(chan time.Time, 1)
		go func() {
			if b, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("%q, %v", b, err)
			}
			idles <- time.Now()
		}()
		time.Sleep(10 * channelIdle)
		select {
		case <-idles:
			t.Fatal("it left what the relay has not acknowledged")
		default:
		}
		acknowledged := time.Now()
		if _, err := io.WriteString(ch, "1\n"); err != nil {
			t.Fatal(err)
		}
		if took := (<-idles).Sub(acknowledged); took > channelIdle {
			t.Errorf("it left after %v", took)
		}
		appendAll(t, j, "run.start") // while the relay has not closed yet
		synctest.Wait()
		if len(r.opened) > 0 {
			t.Fatal("it began again before the relay was ready for it")
		}
		ch.Close()
		ch, lines = r.begin("1\n")
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, `"run.start"`) {
			t.Fatalf("%q, %v", line, err)
		}
		if _, err := io.WriteString(ch, "2\n"); err != nil {
			t.Fatal(err)
		}
		if b, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
			t.Fatalf("%q, %v", b, err)
		}
		ch.Close()
		time.Sleep(time.Hour)
		if len(r.opened) > 0 {
			t.Error("it began again with nothing to say")
		}
		appendAll(t, j, "run.end")
		ch, _ = r.begin("2\n")
		ch.Close()
		if err := <-result; err == nil {
			t.Error("the relay closed a channel on which there was something to say, and that is no error")
		}
	})
}

// The end of a connection ends the handing over, also where it has no channel.
func TestAJournalThatIdlesEndsWithItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := newJournal(t, newRoot(t))
		appendAll(t, j, "session.join")
		r := newTaker(t)
		ended, result := make(chan struct{}), make(chan error, 1)
		go func() { result <- j.HandOver(t.Context(), r.client, ended) }()
		ch, lines := r.begin("1\n")
		if b, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
			t.Fatalf("%q, %v", b, err)
		}
		ch.Close()
		synctest.Wait()
		close(ended)
		if err := <-result; !errors.Is(err, errNotTaken) {
			t.Error(err)
		}
	})
}

// A journal that is gone cannot be handed over.
func TestHandOverOfAJournalThatIsGone(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join")
	if err := s.Remove(name); err != nil {
		t.Fatal(err)
	}
	r := newTaker(t)
	go r.take("0\n", 0, "")
	if err := j.HandOver(t.Context(), r.client, nil); err == nil {
		t.Error("nothing was handed over, and that is no error")
	}
	if _, err := j.copyTo(t.Context(), io.Discard, new(atomic.Uint64)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Whatever else the relay does, the journal is not handed over, and why is said.
func TestHandOverThatFails(t *testing.T) {
	cause := errors.New("the customer pressed Stop")
	for name, c := range map[string]struct {
		relay func(*taker, context.CancelCauseFunc)
		want  error
	}{
		"refuses":         {func(r *taker, _ context.CancelCauseFunc) { _ = (<-r.opened).Reject(ssh.Prohibited, "no") }, errNotTaken},
		"has more":        {func(r *taker, _ context.CancelCauseFunc) { r.take("3\n", 0, "") }, journal.ErrChain},
		"says no number":  {func(r *taker, _ context.CancelCauseFunc) { r.take("x\n", 0, "") }, nil},
		"says nothing":    {func(r *taker, _ context.CancelCauseFunc) { r.take("", 0, "") }, errNotTaken},
		"goes in between": {func(r *taker, _ context.CancelCauseFunc) { r.take("0\n", 2, "noise\n") }, errNotTaken},
		"and it is stopped": {func(r *taker, stop context.CancelCauseFunc) {
			ch, requests, err := (<-r.opened).Accept()
			if err != nil {
				r.t.Error(err)
				return
			}
			go ssh.DiscardRequests(requests)
			if _, err := io.WriteString(ch, "2\n"); err != nil {
				r.t.Error(err)
			}
			stop(cause)
		}, cause},
	} {
		t.Run(name, func(t *testing.T) {
			j, _ := newJournal(t, newRoot(t))
			appendAll(t, j, "session.join", "run.start")
			r := newTaker(t)
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			result := make(chan error, 1)
			go func() { result <- j.HandOver(ctx, r.client, nil) }()
			c.relay(r, stop)
			if err := <-result; err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
