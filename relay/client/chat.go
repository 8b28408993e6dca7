package client

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
)

// sizeEvery is how often a terminal is asked for its size. Not every system
// tells of a change.
const sizeEvery = 500 * time.Millisecond

// Terminal is a person's terminal, in raw mode.
type Terminal struct {
	Name string                     // of its type, as in TERM
	Size func() (width, height int) // in characters; called by one goroutine
}

// Talk runs one of the daemon's commands that a person talks to. What they type
// comes from in, whose end is the end of their input; what the command writes
// goes to out as it comes, hostile as it is. A terminal that is nil is none. It
// returns when the command ends, with its error as [Computer.Exec] has it.
func (c *Computer) Talk(ctx context.Context, in <-chan []byte, out io.Writer, terminal *Terminal, args ...string) error {
	ctx, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	err := executeWith(ctx, c.side(), out, nil, func(s *ssh.Session, _ context.CancelCauseFunc) error {
		keys, err := s.StdinPipe()
		if err != nil {
			return err
		}
		working.Go(func() { sendTyped(ctx, in, keys) })
		if terminal == nil {
			return nil
		}
		width, height := terminal.Size()
		if err := s.RequestPty(terminal.Name, height, width, ssh.TerminalModes{}); err != nil {
			return err
		}
		working.Go(func() { terminal.follow(ctx, s, width, height) })
		return nil
	}, args...)
	var e *cmdline.Error
	if errors.As(err, &e) && e.Code == cmdline.ExitInterrupted {
		return cmdline.Silent(cmdline.ExitInterrupted) // whoever pressed Ctrl-C knows
	}
	return err
}

// sendTyped passes on what is typed, until its end or the end of ctx.
func sendTyped(ctx context.Context, in <-chan []byte, to io.WriteCloser) {
	for {
		select {
		case typed, ok := <-in:
			if !ok {
				_ = to.Close() // the other side may have been faster
				return
			}
			if _, err := to.Write(typed); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// follow tells every change of the terminal's size.
func (t *Terminal) follow(ctx context.Context, session *ssh.Session, width, height int) {
	ticker := time.NewTicker(sizeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		w, h := t.Size()
		if w == width && h == height {
			continue
		}
		if session.WindowChange(h, w) != nil {
			return
		}
		width, height = w, h
	}
}
