//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// console is a serial line of a machine, as somebody sees it who sits there.
type console struct {
	conn    net.Conn
	gone    <-chan struct{} // closed when the machine has ended
	reading sync.WaitGroup

	mu      sync.Mutex
	text    []byte
	came    []arrival // in this order
	seen    int
	changed chan struct{}
}

// arrival says when the console's text had a length.
type arrival struct {
	length int
	at     time.Time
}

// openConsole connects to the socket of a line, which the emulator makes when it starts.
func openConsole(path string, gone <-chan struct{}) (*console, error) {
	c := &console{gone: gone, changed: make(chan struct{})}
	var err error
	for range 200 {
		if c.conn, err = net.Dial("unix", path); err == nil {
			c.reading.Go(c.read)
			return c, nil
		}
		select {
		case <-gone:
			return nil, errors.New("the machine has ended at once")
		case <-time.After(25 * time.Millisecond):
		}
	}
	return nil, err
}

func (c *console) read() {
	escapes := regexp.MustCompile(`\x1b(\[[0-9;?]*[A-Za-z]|[78])|\r`)
	begun := regexp.MustCompile(`\x1b(\[[0-9;?]*)?$`) // of an escape sequence; the rest comes
	var rest []byte
	buf := make([]byte, 4096)
	for {
		n, err := c.conn.Read(buf)
		got := append(rest, buf[:n]...)
		rest = bytes.Clone(begun.Find(got))
		got = got[:len(got)-len(rest)]
		c.mu.Lock()
		c.text = append(c.text, escapes.ReplaceAll(got, nil)...)
		c.came = append(c.came, arrival{len(c.text), time.Now()})
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// close ends the reading, too.
func (c *console) close() {
	_ = c.conn.Close()
	c.reading.Wait()
}

// typed types text, as it is.
func (c *console) typed(text string) error {
	_, err := io.WriteString(c.conn, text)
	return err
}

// expect waits for text on the console and returns what stood before it.
func (c *console) expect(ctx context.Context, text string) (string, error) {
	before, _, err := c.expectAt(ctx, text)
	return before, err
}

// expectAt also says when the text had come, however late it is looked for.
func (c *console) expectAt(ctx context.Context, text string) (before string, came time.Time, err error) {
	for {
		c.mu.Lock()
		rest := c.text[c.seen:]
		at := bytes.Index(rest, []byte(text))
		if at >= 0 {
			c.seen += at + len(text)
			whole := slices.IndexFunc(c.came, func(a arrival) bool { return a.length >= c.seen })
			came := c.came[whole].at
			c.mu.Unlock()
			return string(rest[:at]), came, nil
		}
		changed, unseen := c.changed, string(rest)
		c.mu.Unlock()
		select {
		case <-changed:
		case <-c.gone:
			return "", came, fmt.Errorf("the machine ended while waiting for %q; the console shows:\n%s", text, unseen)
		case <-ctx.Done():
			return "", came, fmt.Errorf("waiting for %q: %w; the console shows:\n%s", text, context.Cause(ctx), unseen)
		}
	}
}

// shown is all that was ever shown.
func (c *console) shown() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.text)
}

// turn is a question on a console, and what is typed then.
type turn struct {
	on               *console
	question, answer string
}

// run runs a command as root and returns its output and exit code.
func (c *console) run(ctx context.Context, command string) (string, int, error) {
	return c.converse(ctx, command)
}

// converse is run for a command that ends only when something was answered, here or on
// another console.
func (c *console) converse(ctx context.Context, command string, turns ...turn) (string, int, error) {
	const mark = "=exit="
	// The mark begins a line, whatever the command has written last.
	if err := c.typed(command + "; e=$?; echo; echo \"" + mark[:1] + "\"" + mark[1:] + "$e=\n"); err != nil {
		return "", 0, err
	}
	out := ""
	for _, t := range turns {
		before, err := t.on.expect(ctx, t.question)
		if err != nil {
			return "", 0, err
		}
		if t.on == c {
			out += before + t.question
		}
		if err := t.on.typed(t.answer); err != nil {
			return "", 0, err
		}
	}
	rest, err := c.expect(ctx, "\n"+mark)
	if err != nil {
		return "", 0, err
	}
	number, err := c.expect(ctx, "=\n")
	if err != nil {
		return "", 0, err
	}
	if _, err := c.expect(ctx, prompt); err != nil {
		return "", 0, err
	}
	_, out, _ = strings.Cut(out+rest+"\n", "\n") // the first line is the command itself
	code := 0
	_, err = fmt.Sscan(number, &code)
	return strings.TrimSpace(out), code, err
}

// must is converse for commands that have to succeed.
func (c *console) must(ctx context.Context, command string, turns ...turn) (string, error) {
	out, code, err := c.converse(ctx, command, turns...)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d\n%s", command, code, out)
	}
	return out, err
}
