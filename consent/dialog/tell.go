package dialog

import (
	"context"
	"strings"

	"supportd/library/text"
)

// Choice is a box that is no question of a support rep: what the program itself has to say
// to the customer, with two buttons. Enter, Esc and closing are the second.
type Choice struct {
	Text        string // several lines; foreign text in it is harmless already
	First, Last string // the buttons
}

// Tell shows a choice and reports whether its first button was pressed, in time and by a
// person who had time to read it. The error says why nothing was chosen.
func (b *Box) Tell(ctx context.Context, c Choice) (first bool, err error) {
	start, err := b.opts.Desktop(ctx)
	if err != nil {
		return false, err
	}
	w := wordsOf(b.opts.Language)
	n := note{title: w.title, yes: c.First, no: c.Last}
	if name := text.Plain(b.opts.Organisation, text.MaxOrganisation); name != "" {
		n.title = w.titled + name
	}
	var lines []string
	for line := range strings.SplitSeq(c.Text, "\n") {
		lines = append(lines, wrapped(line)...)
	}
	n.text, n.pick = strings.Join(lines, "\n"), w.howTo(n)
	pressed, err := b.show(ctx, start, n)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	return err == nil && pressed.yes && pressed.stood >= Settle, err
}
