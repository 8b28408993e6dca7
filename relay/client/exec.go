package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	shellquote "github.com/kballard/go-shellquote"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/text"
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
func execute(ctx context.Context, c remoteSide, out io.Writer, args ...string) error {
	return executeWith(ctx, c, out, nil, nil, args...)
}

// remoteSide is a relay or a computer as commands reach it.
type remoteSide struct {
	ssh      *ssh.Client
	where    text.Message // its name in errors
	language text.Language
}

// executeWith is execute with a prepared session: setup may ask for a terminal
// and take the standard input, and ends the command with fail. Lines of its standard error
// that are no error go to tell; nil is nobody.
func executeWith(ctx context.Context, c remoteSide, out io.Writer, tell func(line string),
	setup func(s *ssh.Session, fail context.CancelCauseFunc) error, args ...string,
) error {
	var session *ssh.Session
	err := opening(ctx, c, func() (err error) { session, err = c.ssh.NewSession(); return err })
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
	if c.language != "" && c.language != text.English {
		env := struct{ Name, Value string }{"LANG", string(c.language) + ".UTF-8"} // RFC 4254 section 6.4
		if _, err := session.SendRequest("env", false, ssh.Marshal(env)); err != nil {
			return lost(c.where, err)
		}
	}
	if setup != nil {
		if err := setup(session, cancel); err != nil {
			return lost(c.where, err)
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
	return lost(c.where, err)
}

// openPatience is how long the other side may take to answer an opening.
const openPatience = 20 * time.Second

// opening runs open, which waits for the other side. There is no way out of it
// but to close the whole connection, which happens when ctx ends or the other side
// stays silent.
func opening(ctx context.Context, c remoteSide, open func() error) error {
	waiting, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	stop := context.AfterFunc(waiting, func() { c.ssh.Close() })
	err := open()
	switch {
	case stop() && err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return lost(c.where, err)
}

// answer runs a command and returns what it wrote.
func answer(ctx context.Context, c remoteSide, args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := execute(ctx, c, &limited{w: &out, left: maxAnswer, where: c.where}, args...)
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
	where text.Message
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
func malformed(where text.Message, err error) error {
	return cmdline.Fail(cmdline.ExitFailed, "the two may be of different versions: update the older one", "%s answers something that this program does not understand", where).Because(err)
}
