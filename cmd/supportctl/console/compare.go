package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/wire"
)

// wordsKnown are the safety words that were asked for.
type wordsKnown struct {
	words Words
	err   error
}

// compare shows the safety words, has the customer pick them, and takes what the CSR hears.
func (v *sessionView) compare() tea.Cmd {
	if !v.connected() {
		return nil
	}
	v.c.say(noticeInfo, v.c.words[wReadingWords])
	return v.c.do(v, func(ctx context.Context) any {
		w, err := v.c.opts.Controls.Words(ctx, v.number)
		return wordsKnown{w, err}
	})
}

// knows takes the words.
func (v *sessionView) knows(msg wordsKnown) tea.Cmd {
	if v.c.failed(msg.err) {
		return nil
	}
	v.words = v.c.saidOf(msg.words)
	if msg.words.Both == "" || msg.words.Compared {
		v.c.say(noticeInfo, v.words)
		return nil
	}
	var picking tea.Cmd
	if v.does == "" {
		picking = v.act(wPicking, func(ctx context.Context, tell func(string)) error {
			return v.c.opts.Controls.Pick(ctx, v.number, tell)
		})
	}
	v.c.ask(v.c.words[wWords], []string{msg.words.Both, "", v.c.words[wAskHeard]}, "", func(typed string) tea.Cmd {
		same, known := heardOf(v.c, typed)
		if !known {
			v.c.say(noticeInfo, v.c.words[wNothingDone])
			return nil
		}
		return v.c.do(v, func(ctx context.Context) any {
			err := v.c.opts.Controls.Hear(ctx, v.number, msg.words.Both, same)
			msg.words.Compared = same
			return wordsKept{msg.words, err}
		})
	})
	return picking
}

// wordsKept is that it was kept what the CSR has heard.
type wordsKept struct {
	words Words
	err   error
}

func (v *sessionView) kept(msg wordsKept) {
	if !v.c.failed(msg.err) {
		v.words = v.c.saidOf(msg.words)
		v.c.say(noticeInfo, v.words)
	}
}

// saidOf is what is shown of safety words.
func (c *Console) saidOf(w Words) string {
	switch {
	case w.Both == "":
		return fmt.Sprintf(c.words[wNoWords], w.Why)
	case w.Compared:
		return fmt.Sprintf(c.words[wCompared], w.Both)
	}
	return fmt.Sprintf(c.words[wNotCompared], w.Both)
}

// heardOf reads what the CSR has heard; anything but the two words is nothing yet.
func heardOf(c *Console, typed string) (same, known bool) {
	switch strings.ToLower(typed) {
	case "same", c.words[wSame]:
		return true, true
	case "differ", c.words[wDiffer]:
		return false, true
	}
	return false, false
}

// compare is the same in the menu.
func (m *menu) compare(ctx context.Context, n wire.Number) error {
	var w Words
	ok, err := m.work(ctx, func(ctx context.Context) (err error) { w, err = m.c.opts.Controls.Words(ctx, n); return err })
	if !ok {
		return err
	}
	m.print("%s", m.c.saidOf(w))
	if w.Both == "" || w.Compared {
		return nil
	}
	m.print("%s", m.c.words[wPicking])
	if _, err := m.work(ctx, func(ctx context.Context) error {
		return m.c.opts.Controls.Pick(ctx, n, func(l string) { m.c.Tell(n, l) })
	}); err != nil { // a No of the customer is told already
		return err
	}
	typed, err := m.typed(ctx, m.c.words[wAskHeard])
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	same, known := heardOf(m.c, typed)
	if !known {
		m.print("%s", m.c.words[wNothingDone])
		return nil
	}
	ok, err = m.work(ctx, func(ctx context.Context) error { return m.c.opts.Controls.Hear(ctx, n, w.Both, same) })
	if w.Compared = same; ok {
		m.print("%s", m.c.saidOf(w))
	}
	return err
}
