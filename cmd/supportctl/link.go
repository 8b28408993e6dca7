package main

import (
	"fmt"
	"strings"

	goqr "github.com/piglig/go-qr"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
)

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
