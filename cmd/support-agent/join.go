package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/daemon"
	"supportd/daemon/account"
	"supportd/daemon/link"
	"supportd/daemon/power"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/library/wire"
)

func (p *program) joinCommand() *cli.Command {
	return &cli.Command{
		Name: "join", Usage: "let the support rep who gave you NUMBER help you", ArgsUsage: "[NUMBER...]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "relay", Usage: "`HOST:PORT` of the support service"},
			&cli.StringFlag{Name: "relay-key", Usage: "its `FINGERPRINT`, SHA256:…; without it you are asked to compare it"},
			&cli.StringFlag{Name: "name", Usage: "what the support rep shall call you"},
			&cli.StringFlag{Name: "allow", Usage: "what is allowed without a question: `KIND,…` of sysinfo, script, csr-join; or all"},
			&cli.StringFlag{Name: "withhold", Usage: "keep `WHAT,…` to yourself: user-names, serials, addresses, or a category of information"},
			uiFlag(), stateFlag(), logFlag(), reportFlag(),
		},
		Action: p.join,
	}
}

func (p *program) resumeCommand() *cli.Command {
	return &cli.Command{
		Name: "resume", Usage: "come back to the support session after a restart",
		Flags: []cli.Flag{uiFlag(), stateFlag(), logFlag(), reportFlag()},
		Action: func(c *cli.Context) error {
			return power.Serve(c.Context, func(ctx context.Context) error {
				c.Context = ctx
				return p.serve(c, nil)
			})
		},
	}
}

func uiFlag() cli.Flag {
	return &cli.StringFlag{Name: "ui", Value: "auto", Usage: "where you are asked: auto, terminal or none"}
}

func stateFlag() cli.Flag {
	return &cli.StringFlag{Name: "state", Usage: "`DIR` for what must outlive a crash; it is made if it is missing"}
}

func logFlag() cli.Flag {
	return &cli.StringFlag{Name: "log", Usage: "append technical messages to `FILE`"}
}

func (p *program) join(c *cli.Context) error {
	if !c.Args().Present() {
		return p.fail(cmdline.ExitUsage, wholeLineHint, numberMissing)
	}
	number, err := wire.ParseNumber(strings.Join(c.Args().Slice(), " "))
	if err != nil {
		k := number9Digits
		if errors.Is(err, wire.ErrNumberCheck) {
			k = numberMistyped
		}
		return p.fail(cmdline.ExitUsage, numberReadHint, k)
	}
	j := &daemon.Join{Number: number, Name: c.String("name"), RelayKey: c.String("relay-key")}
	if c.String("relay") == "" {
		return p.fail(cmdline.ExitUsage, wholeLineHint, relayMissing)
	}
	if j.Relay, err = address(c.String("relay")); err != nil {
		return cmdline.Usage("--relay HOST:PORT", "--relay: %v", err)
	}
	if j.RelayKey != "" && wire.CheckFingerprint(j.RelayKey) != nil {
		return cmdline.Usage("--relay-key SHA256:… with 43 characters behind the colon", "--relay-key: this is no fingerprint")
	}
	if j.Allow, err = consent.ParseAllow(c.String("allow")); err != nil {
		return cmdline.Usage("--allow sysinfo,script", "--allow: %v", err)
	}
	if j.Withheld, err = parseWithheld(c.String("withhold")); err != nil {
		return cmdline.Usage("--withhold serials,processes", "--withhold: %v", err)
	}
	if len(j.Name) > wire.MaxName {
		return cmdline.Usage("", "--name: at most %d bytes", wire.MaxName)
	}
	return p.serve(c, j)
}

// address completes HOST to HOST:PORT.
func address(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = strings.Trim(s, "[]"), wire.DefaultPort
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" || strings.ContainsFunc(host, text.Hostile) {
		return "", errors.New("this is no HOST:PORT")
	}
	return net.JoinHostPort(host, port), nil
}

// fail is an error in the customer's language.
func (p *program) fail(code int, hint, k key, args ...any) error {
	return cmdline.Fail(code, phrase(p.lang, hint), "%s", phrase(p.lang, k, args...))
}

// serve runs one support session; without j it comes back to the saved one.
func (p *program) serve(c *cli.Context, j *daemon.Join) error {
	ctx := c.Context
	in, err := p.askable(c.String("ui"), j)
	if err != nil {
		return err
	}
	copyTo, err := p.reportPath(c.String("report"), j != nil)
	if err != nil {
		return err
	}
	s := newScreen(in, p.out, p.lang)
	defer s.close()
	s.away = j == nil
	if j != nil {
		s.say(s.opening(j.Allow))
		if j.RelayKey == "" {
			if j.RelayKey, err = p.confirmKey(ctx, s, j.Relay); err != nil {
				return err
			}
		}
	}
	kept, err := p.openState(c.String("state"))
	if err != nil {
		return err
	}
	defer kept.Close()
	log, closeLog, err := openLog(c.String("log"))
	if err != nil {
		return cmdline.Usage("", "--log: %v", err)
	}
	defer closeLog()
	// Or a script of the same user could answer the questions in our place (ptrace(2)).
	if err := account.KeepMemory(); err != nil {
		log.Warn("other programs of this user may read this one's memory", "err", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	view := newOverview(kept, j, talk{s})
	defer p.attend(kept, view, log)()
	computer := p.power(self, kept, copyTo)
	opts := daemon.Options{
		State: kept, Join: j, UI: view, Computer: daemon.ThisComputer(), Environment: p.env,
		Supervisor: []string{self, superviseName}, Program: cmdline.Version, Log: log,
		Power: computer, Collector: []string{collectName},
		Accounts: account.System{Options: account.Options{Program: self, Guards: new(account.Children)}},
	}
	if s.in != nil {
		opts.Prompters = []consent.Prompter{watched{s, view}}
	}
	d, err := daemon.New(ctx, opts)
	if err != nil {
		if errors.Is(err, state.ErrNothing) {
			err = errors.Join(err, computer.Discard()) // what started us has nothing to start any more
		}
		return p.explain(err)
	}
	s.say(phrase(p.lang, connecting))
	chatting, leave := context.WithCancel(ctx)
	chatEnded := s.startChat(chatting, p.getenv("TERM") == "dumb", d.Say)
	err = d.Run(ctx)
	leave()
	chatEnded()
	if !errors.Is(err, state.ErrRestarting) {
		if left := computer.Discard(); left != nil {
			log.Error("the program's copy for the restart stays", "err", left)
		}
	}
	return p.over(s, d, copyTo, c.String("state"), err)
}

// power restarts this computer and brings this program back to its session.
func (p *program) power(self string, kept *state.Dir, copyTo string) power.Computer {
	desktop := p.desktop()
	args := []string{"resume", "--state", kept.Name()}
	if !desktop || isAdmin() {
		args = append(args, "--ui", "none") // nothing to ask on
	}
	if copyTo != "" {
		args = append(args, "--report", copyTo)
	}
	return power.Computer{Autostart: power.Autostart{
		Program: self, Args: args, Admin: isAdmin(), Home: p.home(), Desktop: desktop, Private: kept.Root(),
	}}
}

// askable is where the customer can answer: the terminal, or nil. Without one
// something must have been allowed beforehand.
func (p *program) askable(ui string, j *daemon.Join) (*os.File, error) {
	terminal := isTerminal(p.in, p.out)
	beforehand := j != nil && len(j.Allow) > 0
	switch {
	case ui == "auto" && terminal, ui == "terminal" && terminal:
		return p.in, nil
	case ui == "auto" && beforehand, ui == "none" && (beforehand || j == nil):
		return nil, nil
	case ui == "auto", ui == "terminal", ui == "none":
		return nil, p.fail(cmdline.ExitUsage, noScreenHint, noScreen)
	}
	return nil, cmdline.Usage("one of: auto, terminal, none", "--ui: unknown %q", text.Plain(ui, 20))
}

// confirmKey shows the relay's fingerprint and asks whether it is the right one.
func (p *program) confirmKey(ctx context.Context, s *screen, relay string) (string, error) {
	if s.in == nil {
		return "", p.fail(cmdline.ExitUsage, keyMissingHint, keyMissing, relay)
	}
	fingerprint, err := link.RelayKey(ctx, relay)
	if err != nil {
		return "", p.explain(err)
	}
	s.begin()
	defer s.end()
	line, err := s.put(ctx, s.notice(phrase(p.lang, keyQuestion, relay, fingerprint))+"\n\n"+phrase(p.lang, keyPrompt)+" ")
	switch {
	case ctx.Err() != nil:
		return "", cmdline.Silent(cmdline.ExitInterrupted)
	case err != nil || !yes.is(line) || pasted(s.in):
		return "", p.fail(cmdline.ExitAuth, keyMissingHint, keyRefused)
	}
	return fingerprint, nil
}

// openState opens the directory that the customer named, or else the first of
// the usual ones that can be used: a computer with a full or a missing home
// directory needs help too.
func (p *program) openState(dir string) (*state.Dir, error) {
	var first error
	for _, place := range p.stateDirs(dir) {
		found, err := state.Open(place)
		switch {
		case err == nil:
			return found, nil
		case errors.Is(err, state.ErrBusy), errors.Is(err, state.ErrUnsafe) && (dir != "" || !errors.Is(err, disk.ErrWay)):
			return nil, p.explain(err)
		case first == nil:
			first = cmdline.Fail(cmdline.ExitFailed, phrase(p.lang, stateUnsafeHint), "%s: %v", phrase(p.lang, stateUnusable, place), err)
		}
	}
	return nil, first
}

// stateDirs are the directories that are tried: the one that the customer named, or
// else the usual ones.
func (p *program) stateDirs(named string) (dirs []string) {
	if named != "" {
		return []string{named}
	}
	if home := stateHome(p.getenv); home != "" {
		dirs = append(dirs, filepath.Join(home, "supportd"))
	}
	return append(dirs, filepath.Join(os.TempDir(), "supportd-"+strconv.Itoa(os.Getuid())))
}

// openLog opens the file for technical messages; "" is none.
func openLog(name string) (*slog.Logger, func() error, error) {
	if name == "" {
		return slog.New(slog.DiscardHandler), func() error { return nil }, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})), f.Close, nil
}
