package sshd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

// echo is a program that answers what is typed, until "stop".
func echo(ctx context.Context, s *Session) int {
	in := s.Input(ctx)
	for {
		select {
		case typed, ok := <-in:
			if !ok {
				return 0
			}
			_, _ = s.Write(typed) // the client sees what is missing
			if bytes.Contains(typed, []byte("stop")) {
				return 9
			}
		case <-ctx.Done():
			return 130
		}
	}
}

// A program that only reads ends with a signal too, and gets everything before it.
func TestUntil(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.Channels["session"] = Sessions{Exec: func(ctx context.Context, s *Session) int {
			text, err := io.ReadAll(s.Until(ctx))
			_, _ = s.Write(text)
			if errors.Is(err, ErrInterrupted) {
				return 130
			}
			return 0
		}}.Handle
	})
	for _, c := range []struct {
		end  func(*ssh.Session, io.Closer) error
		want int
	}{
		{func(_ *ssh.Session, keys io.Closer) error { return keys.Close() }, 0},
		{func(s *ssh.Session, _ io.Closer) error { return s.Signal(ssh.SIGINT) }, 130},
	} {
		s, err := w.alice().NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var out testkit.Buffer
		s.Stdout = &out
		keys, err := s.StdinPipe()
		if err == nil {
			err = s.Start("read")
		}
		if err == nil {
			_, err = io.WriteString(keys, strings.Repeat("x", 100_000))
		}
		if err == nil {
			err = c.end(s, keys)
		}
		if err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(s.Wait()); status != c.want || c.want == 0 && len(out.String()) != 100_000 {
			t.Errorf("status %d, %d bytes", status, len(out.String()))
		}
	}
}

// Input gives everything up to the client's EOF, and a program that ends before
// it leaves nobody waiting (the world's shutdown would).
func TestInput(t *testing.T) {
	c := newWorld(t, nil).alice()
	big := strings.Repeat("0123456789", 100_000)
	for _, typed := range []string{"", "x", big, "stop" + big} {
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		s.Stdin, s.Stdout = strings.NewReader(typed), &out
		status := exitStatus(s.Run("echo"))
		if stopped := strings.HasPrefix(typed, "stop"); stopped != (status == 9) || !stopped && out.String() != typed {
			t.Errorf("%d bytes typed: status %d, %d bytes out", len(typed), status, out.Len())
		}
		s.Close()
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("echo"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(keys, "x"); err != nil {
		t.Error(err)
	}
	c.Close() // the shutdown waits for the program
}

// Without a terminal, Ctrl-C is a byte like others, and whoever reads gets all of them.
func TestWithoutATerminalNothingInterrupts(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.Channels["session"] = Sessions{Exec: func(ctx context.Context, s *Session) int {
			s.WatchInterrupt()
			got, err := io.ReadAll(s)
			if string(got) != "abc\x03" || err != nil || ctx.Err() != nil {
				return 1
			}
			return 0
		}}.Handle
	})
	s, err := w.alice().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	s.Stdin = strings.NewReader("abc\x03")
	if err := s.Run("x"); err != nil {
		t.Error(err)
	}
}
