package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"supportd/daemon/state"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/text"
)

const (
	// stopWait is how long "stop" waits for the end of the program that it has
	// stopped: that may be giving the relay the rest of the report.
	stopWait = 10 * time.Second
	// windowLook is how often it is looked whether the window is still there.
	windowLook = 200 * time.Millisecond
)

func (p *program) stopCommand() *cli.Command {
	return &cli.Command{
		Name: "stop", Usage: phrase(p.lang, helpStop),
		Flags: []cli.Flag{p.stateFlag()},
		Action: func(c *cli.Context) error {
			ctx, cancel := context.WithTimeout(c.Context, stopWait)
			defer cancel()
			err := p.reach(c, func(dir string) error { return state.Stop(ctx, dir) })
			if err == nil {
				_, err = io.WriteString(p.charset.writer(p.out), phrase(p.lang, endedByCustomer)+"\n")
			}
			return err
		},
	}
}

func (p *program) statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: phrase(p.lang, helpStatus),
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: phrase(p.lang, helpJSON)}, p.stateFlag()},
		Action: func(c *cli.Context) error {
			var s state.Status
			err := p.reach(c, func(dir string) (err error) {
				s, err = state.Ask(c.Context, dir)
				return err
			})
			switch {
			case err != nil:
				return err
			case c.Bool("json"):
				return cmdline.Show(p.out, cmdline.JSON, s, nil)
			}
			_, err = io.WriteString(p.charset.writer(p.out), p.tell(s))
			return err
		},
	}
}

// reach tries the directories in which a support session may be running, until one
// does.
func (p *program) reach(c *cli.Context, try func(dir string) error) error {
	err, in := state.ErrNobody, ""
	for _, dir := range p.stateDirs(c.String("state")) {
		if err, in = try(dir), dir; !errors.Is(err, state.ErrNobody) {
			break
		}
	}
	switch {
	case c.Context.Err() != nil:
		return context.Cause(c.Context)
	case errors.Is(err, state.ErrNobody):
		return p.fail(cmdline.ExitNoSession, noSessionRunsHint, noSessionRuns)
	case errors.Is(err, state.ErrSilent):
		return p.fail(cmdline.ExitFailed, sessionSilentHint, sessionSilent)
	case errors.Is(err, state.ErrEnding):
		return p.fail(cmdline.ExitFailed, sessionEndingHint, sessionEnding)
	case errors.Is(err, state.ErrUnsafe):
		return p.fail(cmdline.ExitFailed, othersSessionHint, othersSession, text.Plain(in, 300))
	}
	return err
}

// tell is a status for people.
func (p *program) tell(s state.Status) string {
	var b strings.Builder
	say := func(k key, args ...any) { b.WriteString(phrase(p.lang, k, args...) + "\n") }
	clock := func(t time.Time) string { return t.Local().Format(time.TimeOnly) }
	k := statusWaiting
	switch s.State {
	case api.Active:
		k = statusActive
	case api.Away:
		k = statusAway
	case api.Ended:
		k = statusEnded
	}
	say(statusSession, s.Number.Spoken(), phrase(p.lang, k), clock(s.Since))
	if s.Way != nil {
		b.WriteString(wayIn(*s.Way, p.lang) + "\n")
	}
	var here []string
	for _, who := range s.People {
		if who.Left == nil {
			here = append(here, who.String())
		}
	}
	if len(here) == 0 {
		here = []string{phrase(p.lang, statusNobody)}
	}
	say(statusPeople, strings.Join(here, ", "))
	for _, who := range s.People {
		if who.Left != nil {
			say(statusLeft, who.Person, clock(*who.Left))
		}
	}
	for _, c := range s.Compare {
		if c.Words == nil {
			say(statusDigits, c.Person, text.Plain(c.Digits, 60))
			continue
		}
		say(statusWords, c.Person, c.Words.In(p.lang))
		if c.Compared {
			say(statusCompared)
		} else {
			say(statusNotCompared)
		}
	}
	if s.ActingAs != nil {
		say(statusActing, text.Plain(*s.ActingAs, 60))
	}
	if s.Run == nil {
		say(statusRunsNothing)
	} else {
		say(statusRuns, text.Plain(strings.Join(s.Run.Scripts, ", "), 200), s.Run.By, clock(s.Run.Since))
	}
	if s.Question != nil {
		say(statusAsked, s.Question.By, phrase(p.lang, allowedKey(s.Question.Kind)), clock(s.Question.Until))
	}
	say(statusHowToStop)
	return b.String()
}

// wayIn says where the connection goes to; "" is not known.
func wayIn(way string, l text.Language) string {
	address, proxy := reach.ShowWay(way)
	if address == "" {
		return ""
	}
	k := statusWay
	if proxy {
		k = statusWayByProxy
	}
	return phrase(l, k, text.Plain(address, 300))
}

// attend lets "stop" and "status" reach this program, and stops it when its window
// is gone, with or without a signal: a window whose first program is su gets none. The
// returned function ends both.
func (p *program) attend(kept *state.Dir, view *overview, log *slog.Logger) (end func()) {
	answering := kept.Answer(state.Control{Status: view.status, Stop: func() { p.stop(errTyped) }, Log: log})
	over, leave := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	var windows []*os.File
	for _, f := range []*os.File{p.in, p.out} {
		if term.IsTerminal(int(f.Fd())) {
			windows = append(windows, f)
		}
	}
	watching.Go(func() { p.watchWindows(over, windows) })
	return func() {
		leave()
		watching.Wait()
		if err := answering.Close(); err != nil {
			log.Warn("what stop and status use stays", "err", err)
		}
	}
}

// watchWindows stops everything when a terminal is gone: nobody can answer there, or
// press Ctrl-C.
func (p *program) watchWindows(over context.Context, windows []*os.File) {
	look := time.NewTicker(windowLook)
	defer look.Stop()
	for {
		select {
		case <-look.C:
		case <-over.Done():
			return
		}
		if slices.ContainsFunc(windows, hungUp) {
			p.stop(fmt.Errorf("%w: the window is gone", errStopped))
			return
		}
	}
}
