package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

const (
	// overlap is what is shown twice after a loss rather than never, because the
	// last words may have been on their way.
	overlap = 5 * time.Second
	// ctrlCPatience is how long the other side has to end the chat by itself.
	ctrlCPatience = 2 * time.Second
)

func (p *program) chatCommand() *cli.Command {
	return &cli.Command{
		Name: "chat", Usage: "talk to the customer, and see what happens on their computer", ArgsUsage: "NUMBER [MESSAGE...]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "send", Usage: "send `TEXT` and nothing else, as with MESSAGE"},
			&cli.DurationFlag{Name: "since", Usage: "of what was before, only the last `D`, e.g. 10m"},
		},
		Action: func(c *cli.Context) error {
			n, err := p.firstNamed(c)
			if err != nil {
				return err
			}
			message, once := c.String("send"), c.IsSet("send")
			switch {
			case once && c.NArg() > 1:
				return cmdline.Usage("leave one of them out", "chat: --send and MESSAGE are the same")
			case c.NArg() > 1:
				message, once = strings.Join(c.Args().Tail(), " "), true
			case c.Duration("since") < 0:
				return cmdline.Usage("--since 10m", "--since must not be negative")
			}
			if !once {
				return p.chat(c.Context, n, c.Duration("since"), c.IsSet("since"))
			}
			if strings.TrimSpace(message) == "" || len(message) > journal.MaxMessage {
				return cmdline.Usage("longer texts go in several messages, or as a file", "chat: a message has 1 to %d bytes of text", journal.MaxMessage)
			}
			return p.onComputer(c.Context, n, func(pc *client.Computer, _ profile) error {
				return pc.Exec(c.Context, &harmless{w: p.std.Out}, "chat", "--send="+message)
			})
		},
	}
}

// chat talks until the person leaves: on a terminal in full, else with a line of
// standard input as a message.
func (p *program) chat(ctx context.Context, n wire.Number, since time.Duration, only bool) error {
	args := []string{"chat"}
	if only {
		args = append(args, "--since="+since.String())
	}
	if !isTerminal(p.std.In) || !isTerminal(p.std.Out) {
		return p.onComputer(ctx, n, func(pc *client.Computer, _ profile) error {
			return pc.Talk(ctx, p.typed(ctx), &harmless{w: p.std.Out}, nil, args...)
		})
	}
	t := &talk{p: p, number: n, lines: &lines{}, args: args}
	var err error
	if t.lines.profile, err = p.loadProfile(); err != nil {
		return err
	}
	if t.lines.keys, err = p.keysOf(ctx, t.lines.profile); err != nil {
		return err
	}
	if p.env("NO_COLOR") != "" {
		t.flags = []string{"--no-color"}
	}
	defer t.restore()
	return t.run(ctx)
}

// typed is standard input as it comes; closed at its end. A read of it cannot be
// broken off, so it is left behind when ctx ends; the program ends then too.
func (p *program) typed(ctx context.Context) <-chan []byte {
	typed := make(chan []byte)
	go func() {
		defer close(typed)
		for {
			buf := make([]byte, 4<<10)
			n, err := p.std.In.Read(buf)
			if n > 0 {
				select {
				case typed <- buf[:n]:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return typed
}

// talk is a chat on a terminal that comes back after a loss.
type talk struct {
	p      *program
	number wire.Number
	lines  *lines
	args   []string      // of the first call
	flags  []string      // of every call
	keys   <-chan []byte // nil until the terminal is raw
	before *term.State   // how it was

	// heard is until when everything has been shown; nil is never.
	began, heard atomic.Pointer[time.Time]
}

// run talks, and after a loss goes on where it was.
func (t *talk) run(ctx context.Context) error {
	lostAt := time.Now()
	for attempt := 0; ; attempt++ {
		connected, err := t.once(ctx)
		if connected {
			attempt, lostAt = 0, time.Now()
		}
		if t.keys == nil || !passing(err) || time.Since(lostAt) > reattachFor {
			return err
		}
		if attempt == 0 {
			t.say("the connection is lost; this comes back to it, Ctrl-C leaves")
		}
		if err := t.unheard(ctx, func(ctx context.Context) error { return pause(ctx, attempt) }); err != nil {
			return err
		}
	}
}

// once connects and talks until the end of that.
func (t *talk) once(ctx context.Context) (connected bool, err error) {
	var pc *client.Computer
	var leave func(error)
	err = t.unheard(ctx, func(ctx context.Context) (err error) {
		pc, leave, err = t.lines.reach(ctx, t.number)
		return err
	})
	if err != nil {
		return false, err
	}
	defer func() { leave(err) }()
	if t.keys == nil {
		if err = drawable(fileOf(t.p.std.Out)); err != nil {
			return true, err
		}
		if t.before, err = term.MakeRaw(int(fileOf(t.p.std.In).Fd())); err != nil {
			return true, err
		}
		t.keys = t.p.typed(ctx)
	}
	ctx, giveUp := context.WithCancelCause(ctx)
	keys := make(chan []byte)
	forwarded := make(chan struct{})
	go func() { defer close(forwarded); t.forward(ctx, giveUp, keys, ctrlCPatience) }()
	defer func() { giveUp(nil); <-forwarded }()
	terminal := &client.Terminal{Name: t.p.env("TERM"), Size: func() (int, int) { return size(t.p.std.Out) }}
	now := time.Now()
	t.began.Store(&now)
	return true, pc.Talk(ctx, keys, &harmless{w: t}, terminal, t.command()...)
}

// command is what the computer is asked for: after a loss, what has not been
// shown, and a little more.
func (t *talk) command() []string {
	heard := t.heard.Load()
	if heard == nil {
		return slices.Concat(t.args, t.flags)
	}
	missed := time.Since(*heard) + overlap
	return append([]string{"chat", "--since=" + missed.Round(time.Second).String()}, t.flags...)
}

// unheard does something while nobody takes the keys; Ctrl-C ends it.
func (t *talk) unheard(ctx context.Context, do func(context.Context) error) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	forwarded := make(chan struct{})
	go func() { defer close(forwarded); t.forward(ctx, giveUp, nil, 0) }()
	defer func() { giveUp(nil); <-forwarded }()
	err := do(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// forward hands on keys to a channel, or to nobody, until ctx ends or the end of
// the input. Ctrl-C ends everything, a while later, whatever the other side does.
func (t *talk) forward(ctx context.Context, giveUp context.CancelCauseFunc, to chan<- []byte, patience time.Duration) {
	const ctrlC = 3
	var ending *time.Timer
	defer func() {
		if ending != nil {
			ending.Stop()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case typed, ok := <-t.keys:
			if !ok {
				giveUp(cmdline.Silent(cmdline.ExitFailed)) // the terminal is gone
				return
			}
			if bytes.IndexByte(typed, ctrlC) >= 0 && ending == nil {
				ending = time.AfterFunc(patience, func() { giveUp(cmdline.Silent(cmdline.ExitInterrupted)) })
			}
			if to == nil {
				continue
			}
			select {
			case to <- typed:
			case <-ctx.Done():
				return
			}
		}
	}
}

// Write writes to the terminal, and remembers when. What comes first is what was
// missed, and might be broken off.
func (t *talk) Write(b []byte) (int, error) {
	if now := time.Now(); now.Sub(*t.began.Load()) > overlap {
		t.heard.Store(&now)
	}
	return t.p.std.Out.Write(b)
}

// say tells something of this program's own, on a row of its own.
func (t *talk) say(s string) {
	fmt.Fprintf(t.p.std.Err, "\r\nsupportctl: %s\r\n", text.Escape(s))
}

// restore leaves the terminal as it was, in every outcome.
func (t *talk) restore() {
	if t.before == nil {
		return
	}
	if t.p.env("TERM") != "dumb" {
		_, _ = io.WriteString(t.p.std.Out, wire.TerminalPasteOff+wire.TerminalNormal) // what a lost connection left on
	}
	_ = term.Restore(int(fileOf(t.p.std.In).Fd()), t.before) // a terminal that is gone needs nothing
}
