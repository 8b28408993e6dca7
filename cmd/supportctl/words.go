package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// wordsDir holds the safety words and the attempts at them by number, below the program's
// directory.
const wordsDir = "words"

// tellWords tells a CSR of new safety words, and in any case that there are none: nobody
// shall take a connection without for one with.
func (p *program) tellWords(n wire.Number, w client.Words) {
	said := p.wordsSaid(n, w)
	switch {
	case w.Why != nil:
		fmt.Fprintln(p.std.Err, said)
	case w.New:
		p.note("%s", said)
	}
}

// wordsSaid is what a CSR is told of safety words; "" is nothing that is new.
func (p *program) wordsSaid(n wire.Number, w client.Words) string {
	switch {
	case w.Why != nil:
		return p.say("session %s has no safety words: %v", n.Spoken(), text.Later(w.Why.Error()))
	case w.New:
		return p.say("safety words of session %s: %s; read them to the customer, whose screen shows the same two", n.Spoken(), bothLanguages(w))
	}
	return ""
}

// bothLanguages are the words in each language: the customer reads them in theirs.
func bothLanguages(w client.Words) string {
	return w.Pair.In(text.English) + " / " + w.Pair.In(text.Korean)
}

// wordsView is what "words" shows.
type wordsView struct {
	Number  wire.Number `json:"number"`
	English string      `json:"en"` // "" is that there are none
	Korean  string      `json:"ko"`
	Digits  string      `json:"digits"`
}

func (p *program) wordsCommand() *cli.Command {
	return &cli.Command{
		Name: "words", Usage: "the safety words to compare with the customer by voice", ArgsUsage: "NUMBER",
		Flags: cmdline.FormatFlags(),
		Action: func(c *cli.Context) error {
			f, err := cmdline.FormatOf(c)
			if err != nil {
				return err
			}
			n, err := p.firstNamed(c)
			if err != nil {
				return err
			}
			var w client.Words
			err = p.onComputer(c.Context, n, func(computer *client.Computer, _ profile) error {
				w = computer.Words()
				return nil
			})
			if err != nil {
				return err
			}
			v := wordsView{Number: n, Digits: w.Digits}
			if w.Why == nil {
				v.English, v.Korean = w.Pair.In(text.English), w.Pair.In(text.Korean)
			}
			if err := cmdline.Show(p.std.Out, f, v, wordsColumns(f.For(p.std.Speaker))); err != nil {
				return err
			}
			if w.Why != nil {
				return cmdline.Fail(cmdline.ExitFailed, "ask the customer to download support-agent again for a new session, or compare the digits of plain ssh with what their screen shows",
					"session %s has no safety words: nothing shows that nobody sits in between", n.Spoken()).Because(w.Why)
			}
			p.note("read both words to the customer, whose screen shows the same two. Are theirs others, or none? Then somebody sits in between: end the session")
			return nil
		},
	}
}

func wordsColumns(speaker *text.Speaker) []cmdline.Column[wordsView] {
	or := func(said string) string {
		if said == "" {
			return speaker.Text("none")
		}
		return said
	}
	return cmdline.Headed(speaker, []cmdline.Column[wordsView]{
		{Title: "session", Value: func(v wordsView) string { return v.Number.Spoken() }},
		{Title: "English", Value: func(v wordsView) string { return or(v.English) }},
		{Title: "Korean", Value: func(v wordsView) string { return or(v.Korean) }},
		{Title: "digits of plain ssh", Value: func(v wordsView) string { return v.Digits }},
	})
}
