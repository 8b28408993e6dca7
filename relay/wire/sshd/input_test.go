package sshd

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
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
