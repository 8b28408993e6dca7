package sshd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/panics"
)

// ErrInterrupted is the cause of a session's context when the person at the
// client pressed Ctrl-C or sent a signal (RFC 4254 section 6.9).
var ErrInterrupted = errors.New("interrupted")

// SessionHandler serves one command, shell or subsystem. It returns the exit
// status, 0 to 255, when it is done, and has to return soon after ctx is done.
// Everything it wrote reaches the client before the status does.
type SessionHandler func(ctx context.Context, s *Session) int

// Session is a session channel (RFC 4254 section 6) with a program running in
// it. Read gives what the client sends until its EOF; Write goes to its standard
// output. When the client asked for a terminal, line ends become CR LF. One
// goroutine may read while others write.
type Session struct {
	Conn      *Conn
	Command   string   // the exec request's command line; "" for a shell
	Subsystem string   // the subsystem's name, else ""
	Env       []string // NAME=value, only LANG, LC_* and TERM
	Terminal  *Terminal

	ch     ssh.Channel
	cancel context.CancelCauseFunc
	silent atomic.Bool    // the client did not answer when it was asked to settle
	tasks  sync.WaitGroup // everything that works for this channel
}

// Terminal is what the client said about its terminal (RFC 4254 section 6.2).
type Terminal struct {
	Term string

	mu            sync.Mutex // no other lock is taken under it
	width, height int
	resized       chan struct{}
}

// Size is the terminal's size in characters; 0 where it is not known.
func (t *Terminal) Size() (width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.width, t.height
}

// Resized receives after a change of size; changes that nobody took are merged.
func (t *Terminal) Resized() <-chan struct{} { return t.resized }

func (t *Terminal) resize(width, height uint32) {
	const most = 10_000
	t.mu.Lock()
	t.width, t.height = int(min(width, most)), int(min(height, most))
	t.mu.Unlock()
	select {
	case t.resized <- struct{}{}:
	default:
	}
}

// Sessions makes the handler for "session" channels.
type Sessions struct {
	// Program is how the commands call themselves in errors.
	Program    string
	Exec       SessionHandler
	Shell      SessionHandler
	Subsystems map[string]SessionHandler
	// Requests answer further channel requests, one after the other; replies to
	// later ones wait for theirs (RFC 4254 section 5.4 numbers none). Their ctx is
	// done when the client closes the channel.
	Requests map[string]func(ctx context.Context, s *Session, payload []byte) bool
}

// Handle is the [ChannelHandler].
func (o Sessions) Handle(ctx context.Context, c *Conn, nc ssh.NewChannel) {
	ch, requests, err := nc.Accept()
	if err != nil {
		return
	}
	s := &Session{Conn: c, ch: ch}
	ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.tasks.Wait()
	defer ch.Close()
	defer s.cancel(ErrClosed)

	replies := make(chan reply, MaxReplies)
	defer close(replies)
	s.tasks.Go(func() {
		defer s.endOnPanic("replies")
		s.reply(ctx, replies)
	})

	// This loop takes every request at once, whatever a program or an earlier
	// request does, because the connection's other channels wait behind an unread one.
	started := false
	for req := range requests {
		r := o.handle(ctx, s, req, started)
		started = started || r.start != nil
		if !req.WantReply && r.answer == nil && r.start == nil {
			continue
		}
		select {
		case replies <- r:
		default: // a client that asks on and on without waiting for an answer
			s.cancel(ErrClosed)
			_ = ch.Close()
		}
	}
}

// reply is a channel request whose reply is due.
type reply struct {
	*ssh.Request
	ok     bool
	answer func() bool    // finds ok, and may take long; nil where it is known
	start  SessionHandler // the program to start behind a yes
}

// handle answers one channel request, as far as that can be done at once.
func (o Sessions) handle(ctx context.Context, s *Session, req *ssh.Request, started bool) (r reply) {
	r.Request = req
	defer s.refuseOnPanic(req)
	switch req.Type {
	case "exec", "subsystem", "shell":
		if !started {
			r.start = o.program(s, req)
			r.ok = r.start != nil
		}
	case "env":
		r.ok = !started && s.setenv(req.Payload)
	case "pty-req":
		r.ok = !started && s.setTerminal(req.Payload)
	case "window-change":
		r.ok = s.resize(req.Payload)
	case "signal":
		r.ok = s.signal(req.Payload)
	default:
		if h := o.Requests[req.Type]; h != nil {
			r.answer = func() bool { return h(ctx, s, req.Payload) }
		}
	}
	return r
}

// endOnPanic is deferred where the whole channel has to end with a panic.
func (s *Session) endOnPanic(where string) {
	panics.Keep(s.Conn.server.opts.Log, where, func() { s.cancel(ErrClosed); _ = s.ch.Close() })
}

// reply sends the replies in the order of the requests, and starts the program
// when the client has heard yes.
func (s *Session) reply(ctx context.Context, replies <-chan reply) {
	for r := range replies {
		if r.answer != nil {
			func() {
				defer s.refuseOnPanic(r.Request)
				r.ok = r.answer()
			}()
		}
		if r.WantReply {
			_ = r.Reply(r.ok, nil)
		}
		if r.start != nil {
			s.tasks.Go(func() { s.run(ctx, r.start) })
		}
	}
}

// refuseOnPanic is deferred around the work for a channel request: until that has
// returned a yes, the answer is no.
func (s *Session) refuseOnPanic(req *ssh.Request) {
	if r := recover(); r != nil {
		s.Conn.server.opts.Log.Error("a channel request panicked", "panic", r, "request", req.Type)
	}
}

// program decodes what shall be started; nil is a refusal. A request that does
// not decode must never become an empty command.
func (o Sessions) program(s *Session, req *ssh.Request) SessionHandler {
	if req.Type == "shell" {
		if len(req.Payload) > 0 {
			return nil
		}
		return o.Shell
	}
	var m struct{ Value string }
	if ssh.Unmarshal(req.Payload, &m) != nil || strings.ContainsRune(m.Value, 0) {
		return nil
	}
	if req.Type == "exec" && len(m.Value) > MaxCommand {
		return o.tooLong(len(m.Value))
	}
	if req.Type == "subsystem" {
		s.Subsystem = m.Value
		if known := o.Subsystems[m.Value]; known != nil || len(o.Subsystems) == 0 || m.Value == "" || len(m.Value) > maxSubsystem {
			return known
		}
		return o.noSubsystem(m.Value)
	}
	s.Command = m.Value
	return o.Exec
}

// noSubsystem answers for one that is not there: of a refusal, clients only say that the
// request failed.
func (o Sessions) noSubsystem(name string) SessionHandler {
	return func(_ context.Context, s *Session) int {
		known := slices.Sorted(maps.Keys(o.Subsystems))
		_, _ = fmt.Fprintf(s.Stderr(), "%s: there is no subsystem %.60q here, only: %s\nhint: use one of these, or leave -s out to give a command\n", o.Program, name, strings.Join(known, ", "))
		return wrongUsage
	}
}

// tooLong answers a command line that is not looked at: a refusal without a reason
// would leave people to guess.
func (o Sessions) tooLong(size int) SessionHandler {
	return func(_ context.Context, s *Session) int {
		_, _ = fmt.Fprintf(s.Stderr(), "%s: the command line has %d bytes, at most %d are taken\nhint: send what is long as a file, or name fewer things at once\n", o.Program, size, MaxCommand)
		return wrongUsage
	}
}

// maxSubsystem is the longest name of a subsystem that is answered, in bytes.
const maxSubsystem = 255

// wrongUsage is every program's exit code for it.
const wrongUsage = 2

// Getenv is the value that the client gave a variable, the last one, or "". It may be
// called once the program runs.
func (s *Session) Getenv(name string) string {
	for _, entry := range slices.Backward(s.Env) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// setenv takes the locale and the terminal's type, and refuses every other name.
func (s *Session) setenv(payload []byte) bool {
	var m struct{ Name, Value string }
	if ssh.Unmarshal(payload, &m) != nil || len(s.Env) >= MaxEnv || len(m.Name)+len(m.Value) > MaxEnvValue {
		return false
	}
	if m.Name != "LANG" && m.Name != "TERM" && !strings.HasPrefix(m.Name, "LC_") {
		return false
	}
	if strings.ContainsAny(m.Name, "=\x00\n") || strings.ContainsAny(m.Value, "\x00\n") {
		return false
	}
	s.Env = append(s.Env, m.Name+"="+m.Value)
	return true
}

func (s *Session) setTerminal(payload []byte) bool {
	var m struct {
		Term                                   string
		Width, Height, PixelWidth, PixelHeight uint32
		Modes                                  string
	}
	if ssh.Unmarshal(payload, &m) != nil || s.Terminal != nil || len(m.Term) > 64 {
		return false
	}
	s.Terminal = &Terminal{Term: m.Term, resized: make(chan struct{}, 1)}
	s.Terminal.resize(m.Width, m.Height)
	return true
}

func (s *Session) resize(payload []byte) bool {
	var m struct{ Width, Height, PixelWidth, PixelHeight uint32 }
	if ssh.Unmarshal(payload, &m) != nil || s.Terminal == nil {
		return false
	}
	s.Terminal.resize(m.Width, m.Height)
	return true
}

func (s *Session) signal(payload []byte) bool {
	var m struct{ Name string }
	if ssh.Unmarshal(payload, &m) != nil {
		return false
	}
	switch m.Name {
	case "INT", "TERM", "HUP", "QUIT", "KILL":
		s.cancel(ErrInterrupted)
		return true
	}
	return false
}

// run serves the program and then ends the channel in the order that loses
// nothing: output, exit-status, EOF, close.
func (s *Session) run(ctx context.Context, h SessionHandler) {
	status := 1
	defer func() {
		_, _ = s.ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
		_ = s.ch.CloseWrite()
		_ = s.ch.Close()
	}()
	defer panics.Keep(s.Conn.server.opts.Log, "session", nil) // without the command: it may hold a number
	status = h(ctx, s)
}

// Read reads what the client sends.
func (s *Session) Read(p []byte) (int, error) { return s.ch.Read(p) }

// Write writes to the client's standard output.
func (s *Session) Write(p []byte) (int, error) { return s.write(s.ch, p) }

// Width is how many columns the client's terminal has, 0 where it has asked for none or
// does not say. With it a Session is a Terminal of package cmdline.
func (s *Session) Width() int {
	if s.Terminal == nil {
		return 0
	}
	columns, _ := s.Terminal.Size()
	return columns
}

// Stderr writes to the client's standard error.
func (s *Session) Stderr() io.Writer {
	return writerFunc(func(p []byte) (int, error) { return s.write(s.ch.Stderr(), p) })
}

// Settle waits until the client has read what was written so far. Its two output
// streams are independent: what is written first to one and then to the other may be
// shown in another order. With a client that is slow or does not answer, though
// RFC 4254 section 5.4 says that it must, Settle gives up after a moment.
func (s *Session) Settle() {
	if s.silent.Load() {
		return
	}
	answered := make(chan struct{})
	s.tasks.Go(func() {
		defer panics.Keep(s.Conn.server.opts.Log, "settling", nil)
		defer close(answered)
		_, _ = s.ch.SendRequest("keepalive@openssh.com", true, nil)
	})
	limit := time.NewTimer(settleTime)
	defer limit.Stop()
	select {
	case <-answered:
	case <-limit.C:
		s.silent.Store(true)
	}
}

// Close ends the channel at once, e.g. for a client that does not read.
func (s *Session) Close() error { return s.ch.Close() }

func (s *Session) write(w io.Writer, p []byte) (int, error) {
	if s.Terminal == nil {
		return w.Write(p)
	}
	// On the client's raw terminal a lone LF goes down without going back to the left.
	text := strings.ReplaceAll(strings.ReplaceAll(string(p), "\r\n", "\n"), "\n", "\r\n")
	if _, err := io.WriteString(w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
