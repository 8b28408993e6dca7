package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goqr "github.com/piglig/go-qr"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// confirmLink has the link of a new session only where it leads to the relay's own host, or to
// the web address that somebody names, or confirms now: the relay alone says where its page
// is, and the customer gets there by the CSR's word. What was confirmed is kept.
func (p *program) confirmLink(ctx context.Context, s *api.Session, pr profile, named string) error {
	link := s.Link + s.WithheldLink() // one of the two
	web := wire.WebOf(link, s.Number)
	refuse := func(why *cmdline.Error) error {
		s.WithholdLink()
		return why
	}
	switch {
	case link == "":
		return nil // which is said where it is shown
	case named != "" && named != web:
		return refuse(cmdline.Fail(cmdline.ExitFailed, "", "the relay says that its join page is at %s, and not at %s: no link is shown", web, named).
			WithHint("read the number to the customer: %s; and tell the relay's admin", s.Number.Spoken()))
	case s.Link != "":
		return nil
	case named == "":
		p.note("the relay says that its join page is at %s. That is another host than the relay's own, and the customer would go there because you say so", web)
		answer, err := p.ask(ctx, p.say("Type yes if it is your organisation's: "))
		if err != nil && !errors.Is(err, errNoTerminal) {
			return err
		}
		if answer != "yes" {
			return refuse(cmdline.Fail(cmdline.ExitFailed, "", "nobody has confirmed that the join page at %s is your organisation's: no link is shown", web).
				WithHint("read the number to the customer: %s; once you have asked the relay's admin, add --web %s", s.Number.Spoken(), web))
		}
	}
	s.Link = link
	p.keepKeys(pr, func(pr profile) []string { return []string{pr.Web} }, func(now *profile) { now.Web = web })
	return nil
}

// showLink shows a new session's number with its join page, and a picture of it.
func (p *program) showLink(s api.Session, until text.Message, picture bool) error {
	if s.Link == "" {
		return cmdline.Fail(cmdline.ExitFailed, "", "the relay has not said where its join page is").WithHint("read the number to the customer: %s", s.Number.Spoken())
	}
	fmt.Fprintln(p.std.Err, p.say("Read this number to the customer, or send them the link. It is good for one computer%s:", until)+"\n")
	if _, err := fmt.Fprintf(p.std.Out, "    %s\n    %s\n", s.Number.Spoken(), s.Link); err != nil {
		return err
	}
	if picture {
		drawn, err := drawQR(s.Link, isTerminal(p.std.Out))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(p.std.Out, "\n%s", drawn); err != nil {
			return err
		}
	}
	fmt.Fprintln(p.std.Err, "\n"+p.say("You then run:  supportctl sysinfo %s", s.Number))
	return nil
}

// quietZone is how many light modules stand around a QR code (ISO/IEC 18004, 9.1).
const quietZone = 4

// drawQR draws a text as a QR code, two modules in each character. Light modules are
// drawn and dark ones left out; with coloured both colours are set, so that it can be
// read on a terminal of any colours.
func drawQR(s string, coloured bool) (string, error) {
	code, err := goqr.EncodeText(s, goqr.Medium)
	if err != nil {
		return "", fmt.Errorf("drawing the link: %w", err)
	}
	size := code.Size()
	light := func(x, y int) bool {
		x, y = x-quietZone, y-quietZone
		return x < 0 || y < 0 || x >= size || y >= size || !code.Module(x, y)
	}
	var b strings.Builder
	whole := size + 2*quietZone
	for y := 0; y < whole; y += 2 {
		if coloured {
			b.WriteString("\x1b[97;40m")
		}
		for x := range whole {
			above, below := light(x, y), y+1 < whole && light(x, y+1)
			switch {
			case above && below:
				b.WriteRune('█')
			case above:
				b.WriteRune('▀')
			case below:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		if coloured {
			b.WriteString("\x1b[0m")
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
