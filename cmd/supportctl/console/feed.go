package console

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"
)

// feed is a text of a computer that goes on.
type feed struct {
	pages  pages
	goes   bool
	turn   int // counts how often it was begun: what came for an earlier time is dropped
	cancel context.CancelFunc
}

// fed are more lines of a feed.
type fed struct {
	feed  *feed
	turn  int
	lines []string
}

type feedEnded struct {
	feed *feed
	turn int
	err  error
}

// begin follows a computer, unless that goes on already.
func (f *feed) begin(v *sessionView, follow func(ctx context.Context, tell func(string)) error) tea.Cmd {
	if f.goes {
		return nil
	}
	f.goes, f.turn = true, f.turn+1
	f.pages.set(nil)
	var ctx context.Context
	ctx, f.cancel = context.WithCancel(v.ctx)
	turn := f.turn
	return v.c.doIn(ctx, v, func(ctx context.Context) any {
		err := follow(ctx, func(line string) { v.c.send(result{v, fed{f, turn, []string{line}}}) })
		return feedEnded{f, turn, err}
	})
}

// stop ends the following.
func (f *feed) stop() {
	if f.goes {
		f.cancel()
		f.goes = false
	}
}

// take takes lines, or the end.
func (f *feed) take(c *Console, msg any) {
	switch msg := msg.(type) {
	case fed:
		if msg.turn == f.turn {
			f.pages.add(msg.lines...)
		}
	case feedEnded:
		if msg.turn == f.turn && f.goes {
			f.stop()
			c.failed(msg.err)
		}
	}
}

// by turns a page.
func (f *feed) by(pages int) func() tea.Cmd {
	return func() tea.Cmd {
		for _, m := range f.pages.moves() {
			if pages < 0 && m.name == wPageUp || pages > 0 && m.name == wPageDown {
				return m.run()
			}
		}
		return nil
	}
}

func (f *feed) draw(c *Console, width, height int) []string {
	if len(f.pages.lines) == 0 {
		said := c.words[wNothingYet]
		if !f.goes {
			said = c.words[wNotConnected]
		}
		return []string{"", "  " + line(said, width-2)}
	}
	drawn := f.pages.draw(width, height)
	if more := f.pages.more(c); more != "" && !f.pages.stays && len(drawn) > 0 {
		drawn = append(drawn[:len(drawn)-1:len(drawn)-1], c.look.faint(line(fmt.Sprintf("-- %s --", more), width)))
	}
	return drawn
}
