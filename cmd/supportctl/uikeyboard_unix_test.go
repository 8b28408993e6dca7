//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"reflect"
	"sync"
	"testing"

	"github.com/charmbracelet/x/xpty"
	"golang.org/x/term"

	"supportd/hack/testkit"
)

// A line is shown while it is typed, a secret is not; one that nobody waits for any more
// leaves the terminal as it was, and eats nothing of the next line. What was typed before is
// forgotten.
func TestUIKeyboard(t *testing.T) {
	pty, err := xpty.NewUnixPty(80, 24)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var echoed []byte
	var reading sync.WaitGroup
	reading.Go(func() {
		for part := make([]byte, 4096); ; {
			n, err := pty.Read(part)
			mu.Lock()
			echoed = append(echoed, part[:n]...)
			mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	shown := func() string {
		mu.Lock()
		defer mu.Unlock()
		return string(echoed)
	}
	state := func() *term.State {
		s, err := term.GetState(int(pty.Slave().Fd()))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state()
	k := &keyboard{in: pty.Slave()}
	types := func(s string) {
		if _, err := io.WriteString(pty, s); err != nil {
			t.Error(err)
		}
	}

	types("too early\n")
	testkit.Eventually(t, "it is typed", func() bool { return shown() == "too early\r\n" })
	k.Forget()
	types("한글 line\n")
	if line, err := k.Line(t.Context(), false); string(line) != "한글 line" || err != nil {
		t.Errorf("%q, %v", line, err)
	}

	secrets := make(chan []byte, 1)
	go func() {
		line, err := k.Line(t.Context(), true)
		if err != nil {
			t.Error(err)
		}
		secrets <- line
	}()
	testkit.Eventually(t, "nothing is shown", func() bool { return !reflect.DeepEqual(state(), before) })
	types("hunter3\x7f2\r")
	if got := <-secrets; string(got) != "hunter2" || !reflect.DeepEqual(state(), before) {
		t.Errorf("%q", got)
	}

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := k.Line(ctx, true); ended <- err }()
	testkit.Eventually(t, "nothing is shown", func() bool { return !reflect.DeepEqual(state(), before) })
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) || !reflect.DeepEqual(state(), before) {
		t.Errorf("%v", err)
	}
	types("next\n")
	if line, err := k.Line(t.Context(), false); string(line) != "next" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	_ = pty.Slave().Close()
	reading.Wait() // all that the terminal has shown was read
	_ = pty.Close()
	if got, want := shown(), "too early\r\n한글 line\r\nnext\r\n"; got != want {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
}
