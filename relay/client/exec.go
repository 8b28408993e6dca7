package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	shellquote "github.com/kballard/go-shellquote"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
)

const (
	// maxAnswer bounds what a command may answer where the whole answer is held
	// in memory, in bytes: a list of 50,000 sessions fits.
	maxAnswer = 32 << 20
	// maxComplaint bounds what is kept of a command's standard error, in bytes.
	maxComplaint = 64 << 10
)

// execute runs one command over c. What it writes to standard output goes to
// out as it comes. When the command fails, its standard error becomes the
// *[cmdline.Error]; when out fails, or ctx ends, the command is ended. where
// names the other side in errors.
func execute(ctx context.Context, c *ssh.Client, where string, out io.Writer, args ...string) error {
	return executeWith(ctx, c, where, out, nil, nil, args...)
}

// executeWith is execute with a prepared session: setup may ask for a terminal
// and take the standard input, and ends the command with fail. Lines of its standard error
// that are no error go to tell; nil is nobody.
func executeWith(ctx context.Context, c *ssh.Client, where string, out io.Writer, tell func(line string),
	setup func(s *ssh.Session, fail context.CancelCauseFunc) error, args ...string,
) error {
	var session *ssh.Session
	err := opening(ctx, c, where, func() (err error) { session, err = c.NewSession(); return err })
	if err != nil {
		if e := refusedChannel(err); e != nil {
			return e
		}
		return err
	}
	defer session.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Closing the channel is what the other side cannot ignore.
	defer context.AfterFunc(ctx, func() { session.Close() })()

	complaint := &complaints{bounded: bounded{left: maxComplaint}, tell: tell}
	session.Stdout = &guarded{w: out, fail: cancel}
	session.Stderr = complaint
	if setup != nil {
		if err := setup(session, cancel); err != nil {
			return lost(where, err)
		}
	}
	err = session.Run(shellquote.Join(args...))
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return remote(exit.ExitStatus(), complaint.all())
	}
	return lost(where, err)
}

// openPatience is how long the other side may take to answer an opening.
const openPatience = 20 * time.Second

// opening runs open, which waits for the other side. There is no way out of it
// but to close the whole connection, which happens when ctx ends or the other side
// stays silent.
func opening(ctx context.Context, c *ssh.Client, where string, open func() error) error {
	waiting, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	stop := context.AfterFunc(waiting, func() { c.Close() })
	err := open()
	switch {
	case stop() && err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return lost(where, err)
}

// answer runs a command and returns what it wrote.
func answer(ctx context.Context, c *ssh.Client, where string, args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := execute(ctx, c, where, &limited{w: &out, left: maxAnswer, where: where}, args...)
	return out.Bytes(), err
}

// guarded tells the first error of w, instead of leaving the other side waiting
// for somebody to read on.
type guarded struct {
	w    io.Writer
	fail context.CancelCauseFunc
}

func (g *guarded) Write(p []byte) (int, error) {
	n, err := g.w.Write(p)
	if err != nil {
		g.fail(err)
	}
	return n, err
}

// limited fails when more than left bytes come.
type limited struct {
	w     io.Writer
	left  int
	where string
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, cmdline.Fail(cmdline.ExitFailed, "report this to whoever runs it", "%s answers more than %d MiB", l.where, maxAnswer>>20)
	}
	return l.w.Write(p)
}

// bounded keeps the first bytes and drops the rest. It embeds nothing: io.Copy
// would take a buffer's ReadFrom, and go round the limit.
type bounded struct {
	text bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	keep := min(len(p), b.left)
	b.left -= keep
	b.text.Write(p[:keep])
	return len(p), nil
}

// malformed is the error for an answer that does not decode.
func malformed(where string, err error) error {
	return &cmdline.Error{
		Code: cmdline.ExitFailed, Text: fmt.Sprintf("%s answers something that this program does not understand", where),
		Hint: "the two may be of different versions: update the older one", Err: err,
	}
}
