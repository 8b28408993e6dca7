package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/journal"
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
		return p.say("safety words of session %s: %s; read them to the customer, who has the same two", n.Spoken(), bothLanguages(w))
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
	// Compared says that this CSR has heard the customer say the words.
	Compared bool `json:"compared"`
	// Certified says that the computer let this CSR in by a certificate of the CSR CA.
	Certified bool `json:"certified"`
}

func viewOfWords(n wire.Number, w client.Words) wordsView {
	v := wordsView{Number: n, Digits: w.Digits, Compared: w.Heard, Certified: w.Certified}
	if w.Why == nil {
		v.English, v.Korean = w.Pair.In(text.English), w.Pair.In(text.Korean)
	}
	return v
}

func (p *program) wordsCommand() *cli.Command {
	return &cli.Command{
		Name: "words", Usage: "the safety words to compare with the customer by voice", ArgsUsage: "NUMBER",
		Flags: append(cmdline.FormatFlags(),
			&cli.BoolFlag{Name: "ask", Usage: "have the customer pick them on their screen; on a terminal it does so by itself"},
			&cli.BoolFlag{Name: "same", Usage: "keep that you have heard the customer say the same two"},
			&cli.BoolFlag{Name: "differ", Usage: "keep that you have heard others, or none: it ends the session"}),
		Action: func(c *cli.Context) error {
			f, err := cmdline.FormatOf(c)
			if err != nil {
				return err
			}
			if c.Bool("same") && c.Bool("differ") {
				return cmdline.Usage("give one of the two", "words: --same and --differ at once")
			}
			n, err := p.firstNamed(c)
			if err != nil {
				return err
			}
			talks := p.mayAsk() && !c.Bool("same") && !c.Bool("differ")
			return p.onComputer(c.Context, n, func(computer *client.Computer, _ profile) error {
				v := viewOfWords(n, computer.Words())
				columns := wordsColumns(f.For(p.std.Speaker))
				if w := computer.Words(); w.Why != nil {
					if err := cmdline.Show(p.std.Out, f, v, columns); err != nil {
						return err
					}
					return cmdline.Fail(cmdline.ExitFailed, "ask the customer to download support-agent again for a new session, or compare the digits of plain ssh with what their screen shows",
						"session %s has no safety words: nothing shows that nobody sits in between", n.Spoken()).Because(w.Why)
				}
				if c.Bool("same") {
					if err := p.mayHaveHeard(computer); err != nil {
						return err
					}
				}
				early := talks && !v.Compared && f == cmdline.Table // they are read out before they are picked
				if early {
					if err := cmdline.Show(p.std.Out, f, v, columns); err != nil {
						return err
					}
				}
				err := p.compare(c.Context, computer, c.Bool("ask") || talks && !v.Compared, func() (bool, bool, error) {
					if c.Bool("same") || c.Bool("differ") {
						return true, c.Bool("same"), nil
					}
					if !talks || v.Compared {
						return false, false, nil
					}
					return p.askHeard(c.Context)
				})
				if err != nil || early {
					return err
				}
				return cmdline.Show(p.std.Out, f, viewOfWords(n, computer.Words()), columns)
			})
		},
	}
}

// mayHaveHeard refuses to keep by flag what a CSR says that they have heard, where it cannot
// have been the words of this connection: whoever sits in between since then has others.
func (p *program) mayHaveHeard(c *client.Computer) error {
	switch w := c.Words(); {
	case w.New:
		return cmdline.Fail(cmdline.ExitAuth, "read them to the customer, then say it again", "session %s: these words were made just now, so nobody has compared them yet; nothing was kept", c.Number.Spoken())
	case w.Others:
		return cmdline.Fail(cmdline.ExitAuth, "compare them once more, with \"supportctl words NUMBER\" on a terminal", "session %s has had words with two keys, so somebody may sit in between, and it is not known which words you have heard; nothing was kept", c.Number.Spoken())
	}
	return nil
}

// compare has the customer pick the words, where asks, and then keeps what the CSR has
// heard. Other words end the support session.
func (p *program) compare(ctx context.Context, c *client.Computer, asks bool, heard func() (known, same bool, err error)) error {
	p.note("these words show whether this is the customer's computer, with nobody in between: read them to the customer, on the phone, who picks them on their screen and says them. Have they others, or none? Then end the session with \"supportctl words %s --differ\"", c.Number)
	if asks {
		if err := c.Exec(ctx, escaped{p.std.Err}, "words"); err != nil {
			var told *cmdline.Error
			if !errors.As(err, &told) || told.Code != cmdline.ExitDenied && told.Code != cmdline.ExitUsage {
				return err
			}
			cmdline.ReportIn(p.std.Err, p.std.Speaker, "supportctl", err) // they may still say them
		}
	}
	known, same, err := heard()
	switch {
	case err != nil:
		return err
	case !known:
		return nil
	}
	err = c.Hear(same)
	if same {
		if err == nil {
			p.note("kept: you have heard the customer say these two")
		}
		return err
	}
	ended := p.onRelay(ctx, func(r *client.Relay, _ profile) error {
		return r.End(ctx, c.Number, journal.CauseWords.Of("").English())
	})
	var told *cmdline.Error
	if errors.As(ended, &told) && told.Code == cmdline.ExitNoSession { // the computer was faster
		ended = nil
	}
	return errors.Join(err, ended)
}

// askHeard asks the CSR what they have heard. Nothing but the whole words counts, and
// anything else is that they have heard nothing yet.
func (p *program) askHeard(ctx context.Context) (known, same bool, err error) {
	answer, err := p.ask(ctx, p.say("Do you hear the customer say these two words? Only their voice counts. Type same, differ, or nothing for later: "))
	switch strings.ToLower(answer) {
	case "same", "같음":
		return true, true, err
	case "differ", "다름":
		return true, false, err
	}
	return false, false, err
}

// confirmComputer has the CSR compare the safety words before they type a password, where
// nothing has confirmed the computer yet.
func (p *program) confirmComputer(ctx context.Context, c *client.Computer) error {
	w := c.Words()
	if w.Confirmed() {
		return nil
	}
	if w.Why == nil {
		p.note("%s", p.say("no password is sent before you have compared the safety words of session %s: %s", c.Number.Spoken(), bothLanguages(w)))
		if err := p.compare(ctx, c, false, func() (bool, bool, error) { return p.askHeard(ctx) }); err != nil {
			return err
		}
	}
	if c.Words().Confirmed() {
		return nil
	}
	return c.Unconfirmed()
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
		{Title: "compared", Value: func(v wordsView) string {
			switch {
			case v.Compared:
				return speaker.Text("yes, you have heard the customer say them")
			case v.Certified:
				return speaker.Text("not yet; the computer let you in by the CSR CA")
			}
			return speaker.Text("not yet")
		}},
	})
}
