package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay"
	"supportd/relay/store"
)

// mostNamed bounds how many sessions are named before the question: a longer list would
// push what matters off the screen.
const mostNamed = 20

// pruneCommand ends the time of retention of old journals.
func (o operator) pruneCommand() *cli.Command {
	return &cli.Command{
		Name: "prune", Usage: "delete the journals of support sessions that ended long ago",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "older-than", Usage: "ended longer ago than this `SPAN`, such as 90d", Required: true},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would go, and delete nothing"},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask for confirmation"},
		}, dataFlags()...),
		Action: func(c *cli.Context) error {
			span, err := cmdline.ParseSpan(c.String("older-than"))
			if err != nil {
				return cmdline.Usage("--older-than 90d", "--older-than: %v", err)
			}
			data, err := o.open(c, false)
			if err != nil {
				return err
			}
			return explain(errors.Join(o.prune(c, data.Store, time.Now(), span), data.Close()))
		},
	}
}

func (o operator) prune(c *cli.Context, st *store.Store, now time.Time, span time.Duration) error {
	before := now.Add(-span)
	rows, err := st.PrunableSessions(c.Context, before, math.MaxInt32)
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		nameSessions(o.std.Out, rows, len(rows))
		_, err = fmt.Fprintf(o.std.Out, "would delete the journals of %d support sessions\n", len(rows))
		return err
	}
	if len(rows) > 0 && !c.Bool("yes") {
		nameSessions(o.std.Err, rows, mostNamed)
		question := fmt.Sprintf("Delete the journals of these %d support sessions for good? Who was there, and when, stays provable.", len(rows))
		if err := o.confirm(c.Context, question); err != nil {
			return err
		}
	}
	n := 0
	err = relay.Prune(c.Context, st, before, now, func(wire.Number) { n++ })
	if err == nil {
		_, err = fmt.Fprintf(o.std.Out, "deleted the journals of %d support sessions\n", n)
	}
	return err
}

// nameSessions tells of the first so many sessions whose they were and when they ended.
func nameSessions(w io.Writer, rows []store.Session, most int) {
	for _, row := range rows[:min(len(rows), most)] {
		fmt.Fprintf(w, "  %s  %s  %s  ended %s\n", row.Number.Spoken(), row.Owner, text.Plain(row.Customer, wire.MaxName), tables().Time(row.Ended))
	}
	if more := len(rows) - most; more > 0 {
		fmt.Fprintf(w, "  and %d more; --dry-run names all\n", more)
	}
}

// confirm asks for the word yes before something that cannot be taken back. Where nobody
// can be asked, the answer is No.
func (o operator) confirm(ctx context.Context, question string) error {
	if in, isFile := o.std.In.(*os.File); !isFile || !term.IsTerminal(int(in.Fd())) {
		return cmdline.Usage("--yes confirms it beforehand: add it if you are sure", "nothing was done: this has to be confirmed, and there is no terminal to ask at")
	}
	fmt.Fprintf(o.std.Err, "%s\nType yes to go on: ", question)
	answer := make(chan string, 1)
	go func() { // the process ends when it is not answered
		line := make([]byte, 64)
		n, _ := o.std.In.Read(line)
		answer <- strings.TrimSpace(string(line[:n]))
	}()
	select {
	case said := <-answer:
		if said == "yes" {
			return nil
		}
	case <-ctx.Done():
	}
	return cmdline.Fail(cmdline.ExitInterrupted, "", "nothing was done")
}
