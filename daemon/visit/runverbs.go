package visit

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"supportd/daemon/script"
	"supportd/daemon/transcript"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

func (v *visit) runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", Usage: "run uploaded scripts in this order", ArgsUsage: "[PATH...]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "keep-going", Usage: "go on after a script that failed"},
			&cli.DurationFlag{Name: "timeout", Value: script.DefaultTimeout, Usage: "end a script after `D`, e.g. 90s or 1h"},
			&cli.BoolFlag{Name: "attach", Usage: "show the last run from its beginning, and follow it"},
			&cli.BoolFlag{Name: "json", Usage: "write events, one JSON object a line"},
			&cli.BoolFlag{Name: "raw", Usage: "write standard output byte for byte, for a program that reads it; with --json, as base64 beside the text"},
		},
		Action: v.runAction,
	}
}

func (v *visit) runAction(c *cli.Context) error {
	paths, attach := c.Args().Slice(), c.Bool("attach")
	raw := c.Bool("raw")
	show := func(e script.Event) error { return v.showText(e, raw) }
	if c.Bool("json") {
		show = func(e script.Event) error { return v.showJSON(e, raw) }
	}
	switch {
	case raw && v.channel.Terminal != nil:
		return cmdline.Usage("leave out -t, and send the output into a file or a program: ssh NUMBER.support run --raw PATH > FILE",
			"run: --raw is not for a terminal, which the bytes of a script could drive")
	case attach && len(paths) > 0:
		return cmdline.Usage("run --attach, or run PATH...", "run: --attach takes no scripts")
	case !attach && len(paths) == 0:
		return cmdline.Usage("run PATH...", "run: PATH is missing")
	case c.Duration("timeout") <= 0 || c.Duration("timeout") > script.MaxTimeout:
		return cmdline.Usage("--timeout 10m", "run: --timeout must be more than 0 and at most %s", text.Lasting(script.MaxTimeout))
	}
	v.channel.WatchInterrupt()
	if attach {
		run, err := v.server.runs.runner.Last()
		if errors.Is(err, script.ErrNoRun) {
			return cmdline.Fail(cmdline.ExitFailed, "run PATH...", "nothing is running and nothing has run")
		}
		return v.follow(c.Context, run, show, false)
	}
	run, err := v.startRun(c.Context, paths, script.RunOptions{KeepGoing: c.Bool("keep-going"), Timeout: c.Duration("timeout")})
	if err != nil {
		return err
	}
	return v.follow(c.Context, run, show, true)
}

// follow shows a run to its end, or as long as the CSR is there, and returns
// its outcome as an error. Ctrl-C ends the run only where own is set: who merely
// looks on goes away.
func (v *visit) follow(ctx context.Context, run *script.Run, show func(script.Event) error, own bool) error {
	// The end of the support session ends the run, and that is worth seeing; only
	// the end of the channel ends the looking on.
	watching, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(v.gone, func() {
		if own && errors.Is(context.Cause(v.gone), sshd.ErrInterrupted) {
			run.Cancel(journal.CauseCancelledBy.Err(v.who.String()))
			return
		}
		stop(context.Cause(v.gone))
	})()
	var outcomes []script.Outcome
	err := run.Attach(watching, 0, func(e script.Event) error {
		if e.Kind == script.RunEnd {
			outcomes = e.Outcomes
		}
		return show(e)
	})
	if err == nil {
		_, _ = run.Wait() // at once: whoever has seen the end may begin the next run
	}
	switch {
	case err != nil:
		return err
	case outcomes == nil:
		return cmdline.Fail(cmdline.ExitFailed, "the customer's disk may be full", "the journal could not be written any more, so the run was ended")
	}
	return verdict(outcomes)
}

// verdict is a run's exit code: everything has been shown already.
func verdict(outcomes []script.Outcome) error {
	timeout := false
	for _, o := range outcomes {
		if o.Reason == script.Cancelled {
			return cmdline.Silent(cmdline.ExitInterrupted)
		}
		timeout = timeout || o.Reason == script.TimedOut
	}
	switch {
	case journal.Failed(outcomes) == 0:
		return nil
	case timeout:
		return cmdline.Silent(cmdline.ExitTimeout)
	case len(outcomes) == 1:
		return cmdline.Silent(cmdline.ExitFailed)
	}
	return cmdline.Silent(cmdline.ExitSome)
}

// showText writes a run for people: the scripts' output where it belongs,
// everything else to standard error. Standard output comes as the bytes that the
// scripts wrote where raw is set.
func (v *visit) showText(e script.Event, raw bool) error {
	if e.Kind != script.Output {
		v.channel.Settle() // behind the output before it
		defer v.channel.Settle()
	}
	var w io.Writer = v.channel.Stderr()
	s := ""
	switch e.Kind {
	case script.RunStart:
		s = v.speaker.Text("The run goes on if this connection drops; \"run --attach\" shows it again.") + "\n"
	case script.ScriptStart:
		s = fmt.Sprintf("── %d. %s\n", e.Step, text.Plain(e.Text, 200))
	case script.Output:
		s = e.Text
		if e.Stream == journal.Stdout {
			w = v.channel
			if raw && e.Raw != nil {
				s = string(e.Raw)
			}
		}
	case script.ScriptExit:
		s = fmt.Sprintf("── %d. %s\n", e.Step, transcript.Outcome(v.speaker, *e.Outcome))
	case script.RunEnd:
		s = transcript.Summary(v.speaker, e.Outcomes)
	}
	_, err := io.WriteString(w, s)
	return err
}

func (v *visit) showJSON(e script.Event, raw bool) error {
	if !raw {
		e.Raw = nil
	}
	return cmdline.List(v.channel, cmdline.JSONL, []script.Event{e}, nil)
}

func (v *visit) cancelCommand() *cli.Command {
	return &cli.Command{Name: "cancel", Usage: "end the run that is going on", Action: func(c *cli.Context) error {
		run, err := v.server.runs.runner.Last()
		if err != nil || !run.Running() {
			return cmdline.Fail(cmdline.ExitFailed, "", "nothing is running")
		}
		run.Cancel(journal.CauseCancelledBy.Err(v.who.String()))
		// Attaching waits for the end as long as the CSR does.
		return run.Attach(c.Context, 0, func(e script.Event) error {
			if e.Kind == script.RunEnd {
				return v.showText(e, false)
			}
			return nil
		})
	}}
}

// sftp serves the CSR's staging area. Bringing files needs no question: nothing
// of them runs without one, and nothing else of the disk can be reached.
func (v *visit) sftp(ctx context.Context) int {
	staging, err := v.server.runs.stagingOf(v.who)
	if err == nil {
		stream, broken := context.WithCancel(ctx)
		defer broken()
		err = staging.ServeSFTP(ctx, sftpStream{v.channel, stream}, script.Hooks{
			Staged: func(f script.File) error {
				return v.server.Journal.Append(v.who.Account, journal.FileStage{File: f})
			},
			Fetched: func(f script.File) error {
				return v.server.Journal.Append(v.who.Account, journal.FileFetch{File: f})
			},
			Made: func(name string) error {
				return v.server.Journal.Append(v.who.Account, journal.FileMkdir{Name: name})
			},
			Moved: func(from, to string) error {
				return v.server.Journal.Append(v.who.Account, journal.FileMove{Name: from, To: to})
			},
			Removed: func(name string) error {
				return v.server.Journal.Append(v.who.Account, journal.FileRemove{Name: name})
			},
			Refused: func(s string) { _, _ = fmt.Fprintf(v.channel.Stderr(), "%s: %s\n", program, text.Escape(s)) },
			Log:     v.server.Log, Broken: broken,
		})
	}
	if err = v.explain(ctx, err); err != nil {
		return exitWith(v.channel, err)
	}
	return cmdline.ExitOK
}

// sftpStream keeps the channel open at the end of SFTP, so that the exit status
// still finds its way.
type sftpStream struct {
	*sshd.Session
	ctx context.Context
}

// Close ends the channel only when it has to end.
func (s sftpStream) Close() error {
	if s.ctx.Err() == nil {
		return nil
	}
	return s.Session.Close()
}
