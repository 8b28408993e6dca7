//go:build unix

package console

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/charmbracelet/x/xpty"
	"golang.org/x/term"

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
	d := newDesk(t, text.English)
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
