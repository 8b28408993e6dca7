package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// downTimeout is how long a computer may take to go down after it has begun to
// restart; its own program gives up a little earlier, and says so in the journal.
const downTimeout = 4 * time.Minute

// reachAttempts is how often a computer that is back is tried, each watchEvery.
const reachAttempts = 10

// escaped shows what a customer's computer says in a line or two.
type escaped struct{ io.Writer }

// Write implements [io.Writer].
func (e escaped) Write(data []byte) (int, error) {
	if _, err := io.WriteString(e.Writer, text.EscapeLines(string(data))); err != nil {
		return 0, err
	}
	return len(data), nil
}

func (p *program) rebootCommand() *cli.Command {
	return &cli.Command{
		Name: "reboot", Usage: "restart the customer's computer, after they have said yes", ArgsUsage: "NUMBER",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "wait", Usage: "wait until it is back, and show what has changed"},
			&cli.DurationFlag{Name: "delay", Usage: "give the customer `D` to save their work, e.g. 2m"},
			&cli.StringFlag{Name: "reason", Usage: "`TEXT` that the customer sees"},
		},
		Action: func(c *cli.Context) error {
			n, err := p.firstNamed(c)
			if err != nil {
				return err
			}
			args := []string{"reboot"}
			if d := c.Duration("delay"); d != 0 {
				args = append(args, "--delay", d.String())
			}
			if reason := c.String("reason"); reason != "" {
				args = append(args, "--reason", reason)
			}
			err = p.onComputer(c.Context, n, func(computer *client.Computer, _ profile) error {
				p.note("asking the computer of session %s …", n.Spoken())
				return computer.Exec(c.Context, escaped{p.std.Out}, args...)
			})
			if err != nil || !c.Bool("wait") {
				return err
			}
			return p.awaitReturn(c.Context, n)
		},
	}
}

// awaitReturn waits until a computer that restarts is back.
func (p *program) awaitReturn(ctx context.Context, n wire.Number) error {
	began, gone, said := time.Now(), false, api.Waiting
	for attempt := 0; ; {
		var s api.Session
		err := p.onRelay(ctx, func(r *client.Relay, _ profile) (err error) {
			s, err = r.Session(ctx, n)
			return err
		})
		switch {
		case offline(err):
			if err := pause(ctx, attempt); err != nil {
				return err
			}
			attempt++
			continue
		case err != nil:
			return err
		case s.State == api.Ended:
			return cmdline.Fail(cmdline.ExitNoSession, "", "the support session ended before the computer was back")
		case s.State == api.Active && gone:
			if err := p.reachable(ctx, n); err != nil {
				return err
			}
			fmt.Fprintln(p.std.Out, p.say("it is back after %.0f s", time.Since(began).Seconds()))
			return p.sysinfo(ctx, n, sysinfoOptions{diff: true}, nil)
		}
		gone, attempt = gone || s.State == api.Away, 0
		if !gone && time.Since(began) > downTimeout {
			return cmdline.Fail(cmdline.ExitTimeout, "ask the customer what the screen shows; the session goes on", "the computer has not gone down: something keeps it up")
		}
		if s.State != said {
			said = s.State
			p.note("%s %s", p.std.Speaker.Text(string(said)), text.Plain(s.Reason, 60))
		}
		if err := sleep(ctx, watchEvery); err != nil {
			return err
		}
	}
}

// reachable waits until the computer takes connections: for a moment after it is
// active it does not.
func (p *program) reachable(ctx context.Context, n wire.Number) error {
	var err error
	for range reachAttempts {
		err = p.onComputer(ctx, n, func(c *client.Computer, _ profile) error { return c.Exec(ctx, io.Discard, "status") })
		if err == nil {
			return nil
		}
		if err := sleep(ctx, watchEvery); err != nil {
			return err
		}
	}
	return err
}

func (p *program) logonCommand() *cli.Command {
	return &cli.Command{
		Name: "logon-as", Usage: "act as another user of the customer's computer, after they have said yes", ArgsUsage: "NUMBER USER",
		Action: func(c *cli.Context) error {
			n, err := p.firstNamed(c)
			if err != nil {
				return err
			}
			user := c.Args().Get(1)
			if !p.mayAsk() {
				return cmdline.Usage("run it in a terminal", "logon-as: nobody is there to type the password")
			}
			return p.onComputer(c.Context, n, func(computer *client.Computer, _ profile) error {
				p.note("asking the computer of session %s …", n.Spoken())
				err := computer.LogOn(c.Context, escaped{p.std.Out}, user, func() ([]byte, error) {
					if err := p.confirmComputer(c.Context, computer); err != nil {
						return nil, err
					}
					return p.askSecret(c.Context, p.say("Password of %s: ", text.Escape(user)))
				})
				if errors.Is(err, errNoTerminal) {
					return cmdline.Usage("run it in a terminal", "logon-as: nobody is there to type the password")
				}
				return err
			})
		},
	}
}

func (p *program) logoffCommand() *cli.Command {
	return &cli.Command{
		Name: "logoff", Usage: "act as the customer's own user again", ArgsUsage: "NUMBER",
		Action: func(c *cli.Context) error {
			n, err := p.firstNamed(c)
			if err != nil {
				return err
			}
			return p.onComputer(c.Context, n, func(computer *client.Computer, _ profile) error {
				return computer.Exec(c.Context, escaped{p.std.Out}, "logoff")
			})
		},
	}
}
