package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"supportd/library/cmdline"
	"supportd/library/sshd"
)

func TestTalkPassesOnKeysAndTheirEnd(t *testing.T) {
	w := newWorld(t)
	w.onDevice["chat --since=5s"] = func(_ context.Context, s *sshd.Session) int {
		typed, err := io.ReadAll(s)
		fmt.Fprintf(s, "%s %v %v", typed, err, s.Terminal == nil)
		return cmdline.ExitOK
	}
	in := make(chan []byte, 2)
	in <- []byte("안녕")
	in <- []byte("\n")
	close(in)
	var out bytes.Buffer
	if err := w.reach().Talk(t.Context(), in, &out, nil, "chat", "--since=5s"); err != nil || out.String() != "안녕\n <nil> true" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestTalkOnATerminal(t *testing.T) {
	w := newWorld(t)
	w.onDevice["chat"] = func(ctx context.Context, s *sshd.Session) int {
		before, _ := s.Terminal.Size()
		fmt.Fprint(s, "begun")
		select {
		case <-s.Terminal.Resized(): // by the request for the terminal
			<-s.Terminal.Resized()
		case <-ctx.Done():
		}
		after, height := s.Terminal.Size()
		fmt.Fprintf(s, " %s %d %d %d", s.Terminal.Term, before, after, height)
		return cmdline.ExitInterrupted
	}
	var columns atomic.Int64
	columns.Store(80)
	var out bytes.Buffer
	seen := writer(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("begun")) {
			columns.Store(100)
		}
		return out.Write(p)
	})
	terminal := &Terminal{Name: "xterm", Size: func() (int, int) { return int(columns.Load()), 24 }}
	err := w.reach().Talk(t.Context(), nil, seen, terminal, "chat")
	var e *cmdline.Error
	if !errors.As(err, &e) || e.Code != cmdline.ExitInterrupted || e.Text != "" {
		t.Errorf("Ctrl-C there: %v", err)
	}
	if got := out.String(); got != "begun xterm 80 100 24" {
		t.Errorf("%q", got)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestTalkEnds(t *testing.T) {
	w := newWorld(t)
	w.onDevice["chat"] = fails(cmdline.ExitNoSession, "", "the customer has stopped the support session")
	c := w.reach()
	wantError(t, c.Talk(t.Context(), nil, io.Discard, nil, "chat"), cmdline.ExitNoSession, nil, "the customer has stopped")

	begun := make(chan struct{})
	w.onDevice["hang"] = func(ctx context.Context, _ *sshd.Session) int { close(begun); <-ctx.Done(); return 0 }
	why := errors.New("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	go func() { <-begun; stop(why) }()
	if err := c.Talk(ctx, make(chan []byte), io.Discard, nil, "hang"); !errors.Is(err, why) {
		t.Errorf("ended by its caller: %v", err)
	}
	begun = make(chan struct{})
	go func() { <-begun; _ = c.conn.Close() }()
	wantError(t, c.Talk(t.Context(), nil, io.Discard, nil, "hang"), cmdline.ExitUnreachable, ErrLost, "lost")
}
