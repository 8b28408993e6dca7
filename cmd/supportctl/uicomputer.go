package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/cmd/supportctl/console"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// Look implements [console.Viewer].
func (d *backend) Look(ctx context.Context, n wire.Number) (console.Look, error) {
	var s bytes.Buffer
	var identity ssh.PublicKey
	err := d.onComputer(ctx, n, func(c *client.Computer) error {
		identity = c.Identity
		return c.Exec(ctx, &capped{w: &s, left: maxSysinfo}, "sysinfo")
	})
	if err != nil {
		return console.Look{}, err
	}
	shown := text.EscapeLines(s.String())
	now := parseLook(shown, time.Now())
	now.Relay, now.Number = d.lines.profile.knownAddress(), n
	before, err := d.p.remember(identity, now)
	if err != nil {
		return console.Look{}, err
	}
	l := console.Look{Host: now.Host, Text: shown, Changes: now.changesSince(d.p.std.Speaker, before)}
	for _, part := range now.Sections {
		l.Sections = append(l.Sections, console.Section{Category: part.Category, Title: part.Title, Lines: part.Lines})
	}
	return l, nil
}

// Save implements [console.Viewer].
func (d *backend) Save(path, text string) error { return newFile(path, []byte(text)) }

// Print implements [console.Viewer].
func (d *backend) Print(ctx context.Context, l console.Look) error {
	return d.p.print(ctx, "", l.Host, l.Text)
}

// toldLines cuts what a computer writes into lines. A line that is too long is told in
// parts.
type toldLines struct {
	tell func(line string)
	rest []byte
}

// Write implements [io.Writer].
func (t *toldLines) Write(p []byte) (int, error) {
	t.rest = append(t.rest, p...)
	for {
		l, rest, found := bytes.Cut(t.rest, []byte("\n"))
		switch {
		case found:
			t.tell(string(bytes.TrimSuffix(l, []byte("\r"))))
			t.rest = rest
			continue
		case len(t.rest) > maxLine:
			t.tell(string(t.rest))
			t.rest = nil
		}
		t.rest = bytes.Clone(t.rest)
		return len(p), nil
	}
}

// end tells what has no end of line.
func (t *toldLines) end() {
	if len(t.rest) > 0 {
		t.tell(string(t.rest))
		t.rest = nil
	}
}

// Chat implements [console.Talker].
func (d *backend) Chat(ctx context.Context, n wire.Number, say <-chan string, tell func(string)) error {
	var heard time.Time // when the connection was last there
	return d.again(ctx, func() error {
		args := []string{"chat"}
		if !heard.IsZero() {
			args = append(args, "--since="+(time.Since(heard)+overlap).Round(time.Second).String())
		}
		return d.onComputer(ctx, n, func(c *client.Computer) error {
			out := &toldLines{tell: func(line string) { heard = time.Now(); tell(line) }}
			defer out.end()
			talking, stop := context.WithCancel(ctx)
			defer stop()
			typed, over := make(chan []byte), make(chan struct{})
			go func() { defer close(over); asTyped(talking, say, typed) }()
			defer func() { stop(); <-over }()
			heard = time.Now()
			return c.Talk(ctx, typed, out, nil, args...)
		})
	})
}

// asTyped hands messages on as lines. One that was taken when the connection broke is lost
// with it, as what was typed into any chat is.
func asTyped(ctx context.Context, say <-chan string, typed chan<- []byte) {
	for {
		select {
		case s := <-say:
			select {
			case typed <- []byte(strings.ReplaceAll(s, "\n", " ") + "\n"):
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// again does something until it ends for another reason than a lost connection.
func (d *backend) again(ctx context.Context, f func() error) error {
	lostAt := time.Now()
	for attempt := 0; ; attempt++ {
		began := time.Now()
		err := f()
		if time.Since(began) > retryMost {
			attempt, lostAt = 0, time.Now()
		}
		if ctx.Err() != nil || !passing(err) || time.Since(lostAt) > reattachFor {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// Log implements [console.Talker].
func (d *backend) Log(ctx context.Context, n wire.Number, tell func(string)) error {
	seen := 0 // lines: a journal begins anew with each connection
	return d.again(ctx, func() error {
		return d.onComputer(ctx, n, func(c *client.Computer) error {
			at := 0
			out := &toldLines{tell: func(line string) {
				if at++; at > seen {
					seen = at
					tell(line)
				}
			}}
			defer out.end()
			return c.Exec(ctx, out, "journal", "--follow")
		})
	})
}

// Restart implements [console.Controls].
func (d *backend) Restart(ctx context.Context, n wire.Number, tell func(string)) error {
	return d.tellAll(ctx, n, tell, "reboot")
}

// LogOff implements [console.Controls].
func (d *backend) LogOff(ctx context.Context, n wire.Number, tell func(string)) error {
	return d.tellAll(ctx, n, tell, "logoff")
}

func (d *backend) tellAll(ctx context.Context, n wire.Number, tell func(string), args ...string) error {
	return d.onComputer(ctx, n, func(c *client.Computer) error {
		out := &toldLines{tell: tell}
		defer out.end()
		return c.Exec(ctx, out, args...)
	})
}

// LogOn implements [console.Controls].
func (d *backend) LogOn(ctx context.Context, n wire.Number, user string, secret func() ([]byte, error), tell func(string)) error {
	err := d.onComputer(ctx, n, func(c *client.Computer) error {
		out := &toldLines{tell: tell}
		defer out.end()
		return c.LogOn(ctx, out, user, func() ([]byte, error) {
			if !c.Words().Confirmed() { // nobody types a password before; the console has a key to compare
				return nil, c.Unconfirmed()
			}
			return secret()
		})
	})
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		return cmdline.Fail(cmdline.ExitInterrupted, "", "nobody was logged on: no password was given")
	}
	return err
}

// Words implements [console.Controls].
func (d *backend) Words(ctx context.Context, n wire.Number) (w console.Words, err error) {
	err = d.onComputer(ctx, n, func(c *client.Computer) error {
		said := c.Words()
		if w.Compared = said.Heard; said.Why != nil {
			w.Why = d.p.std.Speaker.Text(said.Why.Error())
		} else {
			w.Both = bothLanguages(said)
		}
		return nil
	})
	return w, err
}

// Pick implements [console.Controls].
func (d *backend) Pick(ctx context.Context, n wire.Number, tell func(string)) error {
	return d.tellAll(ctx, n, tell, "words")
}

// Hear implements [console.Controls].
func (d *backend) Hear(ctx context.Context, n wire.Number, both string, same bool) error {
	err := d.onComputer(ctx, n, func(c *client.Computer) error {
		if w := c.Words(); same && (w.Why != nil || bothLanguages(w) != both) { // it may be another connection
			return cmdline.Fail(cmdline.ExitAuth, "compare them once more; two pairs of one session mean that somebody may sit in between",
				"session %s has other words now than those that you have compared; nothing was kept", n.Spoken())
		}
		return c.Hear(same)
	})
	if same {
		return err
	}
	ended := d.End(ctx, n, journal.CauseWords.Of("").English())
	var told *cmdline.Error
	if errors.As(ended, &told) && told.Code == cmdline.ExitNoSession { // the computer was faster
		ended = nil
	}
	return errors.Join(err, ended)
}
