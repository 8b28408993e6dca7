package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/text"
	"supportd/library/wire"
)

// menu is the console in lines, for screen readers and terminals without a screen: each
// choice is a number, and what happens is said when it happens.
type menu struct {
	c    *Console
	keys Keyboard
	out  io.Writer
	msgs chan tea.Msg
	said int  // how many notices were told
	raw  bool // a secret is typed: the terminal does not go to the beginning of a line by itself
}

// Keyboard is where the CSR of the menu types. Safe for concurrent use; the lines come to one
// caller after the other.
type Keyboard interface {
	// Line waits for a line, and returns it without its end. One that is secret is not shown
	// while it is typed, and nothing keeps a copy. The error is io.EOF where no more comes,
	// and context.Canceled where the CSR has broken a secret off.
	Line(ctx context.Context, secret bool) ([]byte, error)
	// Forget drops what was typed and not read.
	Forget()
}

// RunMenu is [Console.Run] in lines.
func (c *Console) RunMenu(ctx context.Context, keys Keyboard, out io.Writer) error {
	c.inLines = true
	m := &menu{c: c, keys: keys, out: out, msgs: make(chan tea.Msg)}
	c.send = func(msg tea.Msg) {
		select {
		case m.msgs <- msg:
		case <-c.work.ctx.Done():
		}
	}
	defer c.work.end()
	watching := c.watch()
	c.work.group.Go(func() { c.send(watching()) })
	err := m.run(ctx)
	switch {
	case c.fail != nil:
		return c.fail
	case errors.Is(err, errLeft):
		return nil
	}
	return err
}

// errLeft is that the CSR has left, or their input has ended.
var errLeft = errors.New("console: left")

func (m *menu) run(ctx context.Context) error {
	// The first answer of the relay, before anything is offered.
	for first := false; !first; {
		select {
		case msg := <-m.msgs:
			_, first = msg.(Change)
			if err := m.take(msg); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		if err := m.sessions(ctx); err != nil {
			return err
		}
	}
}

// take takes a message, and tells what it says.
func (m *menu) take(msg tea.Msg) error {
	switch msg := msg.(type) {
	case Change:
		m.c.changed(msg)
	case said:
		m.c.say(noticeInfo, m.c.nameOf(msg.number)+": "+msg.line)
	case watchEnded:
		if m.c.fail = msg.err; msg.err != nil {
			return msg.err
		}
	case heard:
		m.print("%s", text.EscapeLines(string(msg)))
	case secretAsked:
		m.print(m.c.words[wAskPassword], text.Plain(msg.user, 60))
		m.raw = true
		close(msg.shown)
	case secretTyped:
		m.raw = false
	}
	m.notices()
	return nil
}

// heard is a line of a chat or a run.
type heard string

func (m *menu) print(format string, args ...any) {
	s := fmt.Sprintf(format+"\n", args...)
	if m.raw {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	fmt.Fprint(m.out, s)
}

func (m *menu) notices() {
	m.said = min(m.said, len(m.c.notices))
	for _, n := range m.c.notices[m.said:] {
		bell := ""
		if n.sort == noticeCall {
			bell = "\a"
		}
		m.print("%s%s %s", bell, n.sort.sign(), text.Escape(n.text))
	}
	m.said = len(m.c.notices)
}

// typed asks for a line. What was typed before it was asked for does not count.
func (m *menu) typed(ctx context.Context, question string) (string, error) {
	m.keys.Forget()
	m.print("%s", question)
	return m.line(ctx)
}

// line waits for a line, and tells what happens meanwhile.
func (m *menu) line(ctx context.Context) (string, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type answer struct {
		line []byte
		err  error
	}
	typed := make(chan answer, 1)
	m.c.work.group.Go(func() {
		line, err := m.keys.Line(ctx, false)
		typed <- answer{line, err}
	})
	for {
		select {
		case got := <-typed:
			if errors.Is(got.err, io.EOF) {
				got.err = errLeft
			}
			return strings.TrimSpace(string(got.line)), got.err
		case msg := <-m.msgs:
			if err := m.take(msg); err != nil {
				return "", err
			}
		}
	}
}

// work does something, tells what happens meanwhile, and says its error.
func (m *menu) work(ctx context.Context, f func(ctx context.Context) error) (ok bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan error, 1)
	m.c.work.group.Go(func() { over <- f(ctx) })
	defer cancel()
	for {
		select {
		case err := <-over:
			m.raw = false // a password that nobody waits for any more
			failed := m.c.failed(err)
			m.notices()
			return !failed, nil
		case msg := <-m.msgs:
			if err := m.take(msg); err != nil {
				return false, err
			}
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// choose offers numbered choices; -1 is 0, which goes back.
func (m *menu) choose(ctx context.Context, title string, items []string, back word) (int, error) {
	m.print("\n%s", title)
	for i, item := range items {
		m.print("%d. %s", i+1, item)
	}
	m.print("0. %s", m.c.words[back])
	for {
		s, err := m.typed(ctx, m.c.words[wMenuAsk])
		if err != nil {
			return -1, err
		}
		n, err := strconv.Atoi(s)
		if err == nil && n >= 0 && n <= len(items) {
			return n - 1, nil
		}
		m.print(m.c.words[wMenuNone], text.Plain(s, 40))
	}
}

// sessions is the first menu.
func (m *menu) sessions(ctx context.Context) error {
	numbers := append([]wire.Number(nil), m.c.sessions.sorted()...)
	var items []string
	for _, n := range numbers {
		s := m.c.sessions.known[n]
		items = append(items, text.Escape(m.c.state(s)+", "+m.c.nameOf(n)+", "+m.c.now(s)))
	}
	for _, name := range []word{wNew, wRunAll, wReports, wMenuAgain} {
		items = append(items, m.c.words[name])
	}
	chosen, err := m.choose(ctx, fmt.Sprintf(m.c.words[wCount], len(numbers)), items, wQuit)
	switch {
	case err != nil:
		return err
	case chosen < 0:
		return errLeft
	case chosen < len(numbers):
		return m.session(ctx, numbers[chosen])
	}
	switch chosen - len(numbers) {
	case 0:
		return m.start(ctx)
	case 1:
		var on []wire.Number
		for _, n := range numbers {
			if m.c.sessions.known[n].State == api.Active {
				on = append(on, n)
			}
		}
		return m.runScripts(ctx, on)
	case 2:
		return m.reports(ctx)
	}
	return nil
}

func (m *menu) start(ctx context.Context) error {
	ticket, err := m.typed(ctx, m.c.words[wAskTicket])
	if err != nil {
		return err
	}
	var s api.Session
	ok, err := m.work(ctx, func(ctx context.Context) (err error) { s, err = m.c.opts.Relay.Start(ctx, ticket); return err })
	if ok {
		m.c.sessions.put(s)
		if s.WithheldLink() != "" {
			m.print(m.c.words[wElsewhere]+"\n", text.Escape(s.WithheldLink()))
		}
		m.print("%s\n%s\n"+m.c.words[wReadOut], s.Number.Spoken(), text.Escape(s.Link), m.c.clock(s.Expires))
	}
	return err
}
