package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	"supportd/daemon"
	"supportd/daemon/account"
	"supportd/daemon/link"
	"supportd/daemon/power"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

func (p *program) joinCommand() *cli.Command {
	return &cli.Command{
		Name: "join", Usage: phrase(p.lang, helpJoin), ArgsUsage: "[NUMBER...]",
		Flags: slices.Concat([]cli.Flag{
			p.listFlag("relay", helpRelay), p.listFlag("relay-key", helpRelayKey), p.flag("name", helpName),
			p.flag("allow", helpAllow), p.flag("withhold", helpWithhold),
		}, p.caFlags(), []cli.Flag{p.uiFlag(), p.stateFlag(), p.logFlag(), p.reportFlag()}),
		Action: p.join,
	}
}

func (p *program) resumeCommand() *cli.Command {
	return &cli.Command{
		Name: "resume", Usage: phrase(p.lang, helpResume),
		Flags: []cli.Flag{p.uiFlag(), p.stateFlag(), p.logFlag(), p.reportFlag()},
		Action: func(c *cli.Context) error {
			return power.Serve(c.Context, func(ctx context.Context) error {
				c.Context = ctx
				return p.serve(c, p.lookForPlaces(c, true), nil, false)
			})
		},
	}
}

func (p *program) flag(name string, usage key, args ...any) cli.Flag {
	return &cli.StringFlag{Name: name, Usage: phrase(p.lang, usage, args...)}
}

// listFlag is a flag that may be given several times. Its help has it once.
type listFlag struct{ *cli.StringSliceFlag }

// IsSliceFlag and String are for the help.
func (f listFlag) IsSliceFlag() bool { return false }
func (f listFlag) String() string    { return cli.FlagStringer(f) }

func (p *program) listFlag(name string, usage key) cli.Flag {
	return listFlag{&cli.StringSliceFlag{Name: name, Usage: phrase(p.lang, usage)}}
}

// listed are the values of a flag that are not empty.
func listed(c *cli.Context, name string) []string {
	return slices.DeleteFunc(c.StringSlice(name), func(s string) bool { return strings.TrimSpace(s) == "" })
}

func (p *program) uiFlag() cli.Flag     { return p.flag("ui", helpUI) }
func (p *program) stateFlag() cli.Flag  { return p.flag("state", helpState) }
func (p *program) logFlag() cli.Flag    { return p.flag("log", helpLog) }
func (p *program) reportFlag() cli.Flag { return p.flag("report", helpReport, endings(p.lang)) }

// join lets a CSR help. What goes wrong is told on the customer's page too, where they
// have no other screen.
func (p *program) join(c *cli.Context) error {
	where := p.lookForPlaces(c, false)
	err := p.joinFrom(c, where)
	if !p.paged && where.page && where.in == nil && !where.demands {
		p.showProblem(c.Context, where, err)
	}
	return err
}

// joinFrom reads the command line. What is missing of it is asked for later, where
// somebody can be asked.
func (p *program) joinFrom(c *cli.Context, where places) error {
	if p.imprint.err != nil {
		return p.fail(cmdline.ExitUsage, imprintDamagedHint, imprintDamaged)
	}
	j := &daemon.Join{Name: c.String("name"), RequireWords: c.Bool("require-words")}
	var m *mistake
	typed := strings.Join(c.Args().Slice(), " ")
	if typed == "" {
		j.Number, p.byName = p.named, p.named != ""
	} else if j.Number, m = numberOf(typed); m != nil {
		return p.refuse(m, "", numberReadHint)
	}
	// On the page, only the number can be typed.
	if missing, hint := p.missing(c); missing >= 0 && where.in == nil && (!where.page || missing != numberMissing) {
		return p.fail(cmdline.ExitUsage, hint, missing)
	}
	if typed := listed(c, "relay"); len(typed) > 0 {
		if j.Relay.Addresses, m = addresses(typed...); m != nil {
			return p.refuse(m, "--relay: ", addressHint)
		}
	}
	if typed := listed(c, "relay-key"); len(typed) > 0 {
		if j.Relay.Keys, m = keysOf(typed...); m != nil {
			return p.refuse(m, "", keyHint)
		}
	}
	var err error
	if j.Relay, err = p.demanded(j.Relay); err != nil {
		return err
	}
	if j.CSRCA, j.Revocations, err = p.certifiersAndList(c, j.Relay.Keys); err != nil {
		return err
	}
	if j.Allow, err = p.allowed(c.String("allow")); err != nil {
		return err
	}
	if j.Withheld, err = p.withheld(c.String("withhold")); err != nil {
		return err
	}
	if len(j.Name) > wire.MaxName {
		return p.fail(cmdline.ExitUsage, nothing, nameTooLong, wire.MaxName)
	}
	asks := typed == "" && uiOf(c) != uiNone
	if asks && where.err == nil && !where.some() { // also where something was allowed: nobody has said that they called
		return p.noScreen(where.reason)
	}
	return p.serve(c, where, j, asks)
}

// missing is the text about what a join lacks, or less than 0, and what helps.
func (p *program) missing(c *cli.Context) (k, hint key) {
	noNumber := !c.Args().Present() && p.named == ""
	switch {
	case noNumber && p.imprint.has:
		return numberMissing, imprintNumberHint
	case noNumber:
		return numberMissing, wholeLineHint
	case len(listed(c, "relay")) == 0 && !p.imprint.has:
		return relayMissing, wholeLineHint
	}
	return -1, nothing
}

func (p *program) allowed(list string) ([]consent.Kind, error) {
	kinds, err := consent.ParseAllow(list)
	var bad *consent.AllowError
	switch {
	case errors.As(err, &bad) && bad.EveryTime:
		return nil, p.fail(cmdline.ExitUsage, allowHint, allowEveryTime, text.Plain(bad.Word, 40))
	case errors.As(err, &bad):
		return nil, p.fail(cmdline.ExitUsage, allowHint, allowUnknown, strconv.Quote(text.Plain(bad.Word, 40)))
	}
	return kinds, err
}

func (p *program) withheld(list string) (consent.Withheld, error) {
	w, err := consent.ParseWithheld(norm.NFC.String(list))
	var bad *consent.WithholdError
	if errors.As(err, &bad) {
		hint := phrase(p.lang, withholdHint, strings.Join(append(consent.Fields(), consent.Categories()...), ", "))
		return w, cmdline.Usage(hint, "%s", phrase(p.lang, withholdUnknown, strconv.Quote(text.Plain(bad.Word, 40))))
	}
	return w, err
}

// nothing is no hint.
const nothing key = -1

// fail is an error in the customer's language.
func (p *program) fail(code int, hint, k key, args ...any) error {
	next := ""
	if hint != nothing {
		next = phrase(p.lang, hint)
	}
	return cmdline.Fail(code, next, "%s", phrase(p.lang, k, args...))
}

// serve runs one support session; without j it comes back to the saved one. asks says
// that the customer is asked about the call first.
func (p *program) serve(c *cli.Context, where places, j *daemon.Join, asks bool) (err error) {
	ctx := c.Context
	p.ui = uiOf(c)
	if err := p.mayGoOn(p.ui, where, j); err != nil {
		return err
	}
	copyTo, err := p.reportPath(c.String("report"), j != nil)
	if err != nil {
		return err
	}
	log, closeLog, err := openLog(c.String("log"))
	if err != nil {
		return p.fail(cmdline.ExitUsage, nothing, logUnusable, text.Plain(c.String("log"), 300))
	}
	defer closeLog()
	s := newScreen(where.in, p.out, p.lang)
	s.charset, s.plain = p.charset, p.getenv("TERM") == "dumb"
	defer s.close()
	s.away = j == nil
	g, err := p.pageBeside(ctx, where, s, log)
	if err != nil {
		return err
	}
	if g != nil {
		defer func() { g.finish(ctx, err) }()
	}
	return p.serveOn(c, s, g, log, copyTo, j, asks)
}

// serveOn is serve on the customer's screens; g is nil where there is no page.
func (p *program) serveOn(c *cli.Context, s *screen, g *customerPage, log *slog.Logger, copyTo string, j *daemon.Join, asks bool) error {
	ctx := c.Context
	dialer := func() *reach.Dialer { return &reach.Dialer{Proxy: reach.System(p.getenv), Log: log} }
	if j != nil {
		if err := p.welcome(ctx, s, g, j, asks); err != nil {
			return err
		}
		if len(j.Relay.Keys) == 0 {
			if err := p.confirmKey(ctx, s, g, &j.Relay, dialer()); err != nil {
				return err
			}
		}
	}
	for range attempts - 1 {
		err := p.support(c, s, g, log, copyTo, j, dialer)
		var no *refusedNumber
		if !errors.As(err, &no) {
			return err
		}
		if err := p.retype(ctx, s, g, j, no); err != nil {
			return err
		}
	}
	p.asked = false
	return p.support(c, s, g, log, copyTo, j, dialer)
}

// support runs one support session on screens that are ready, and says how it ended. A
// number that may be typed again is a [*refusedNumber].
func (p *program) support(c *cli.Context, s *screen, g *customerPage, log *slog.Logger, copyTo string, j *daemon.Join, dialer func() *reach.Dialer) error {
	ctx := c.Context
	kept, err := p.openState(c.String("state"))
	if err != nil {
		return err
	}
	closing := sync.OnceFunc(func() { kept.Close() })
	defer closing()
	// Or a script of the same user could answer the questions in our place (ptrace(2)).
	if err := account.KeepMemory(); err != nil {
		log.Warn("other programs of this user may read this one's memory", "err", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	view := newOverview(kept, j, g.before(talk{s})...)
	end := sync.OnceFunc(p.attend(kept, view, log))
	defer end()
	computer := p.power(self, kept, copyTo, g != nil && s.in == nil)
	ours, err := csrca.ParseLines(p.imprint.CSRCA)
	if err != nil {
		return err // it was checked
	}
	opts := daemon.Options{
		CSRCA: ours, Revocations: p.imprint.Revocations, RequireWords: p.imprint.RequireWords, State: kept, Join: j, UI: view, Computer: daemon.ThisComputer(), Environment: p.env,
		Supervisor: []string{self, superviseName}, Program: cmdline.Version(), Log: log,
		Power: computer, Collector: []string{collectName}, Dialer: dialer,
		Accounts: account.System{Options: account.Options{Program: self, Guards: new(account.Children)}},
	}
	for _, one := range append(s.prompters(), g.prompters()...) {
		opts.Prompters = append(opts.Prompters, watched{one, view})
	}
	d, err := daemon.New(ctx, opts)
	if err != nil {
		if errors.Is(err, state.ErrNothing) {
			err = errors.Join(err, computer.Discard()) // what started us has nothing to start any more
		}
		return p.explain(err)
	}
	s.say(phrase(p.lang, connecting))
	g.begin(d, view.status().Number)
	chatting, leave := context.WithCancel(ctx)
	chatEnded := s.startChat(chatting, g.also(d.Say))
	stopComparing := s.letCompare(g, d)
	err = d.Run(ctx)
	stopComparing()
	leave()
	chatEnded()
	if !errors.Is(err, state.ErrRestarting) {
		if left := computer.Discard(); left != nil {
			log.Error("the program's copy for the restart stays", "err", left)
		}
	}
	// It is over: "stop" has done its work, and "status" has nothing to tell, however
	// long somebody thinks about a copy.
	end()
	closing()
	if p.mayRetype(ctx, err) {
		return &refusedNumber{p.explain(err)}
	}
	return p.over(ctx, s, g, d, copyTo, c.String("state"), err)
}

// confirmKey shows the relay's fingerprint and asks whether it is the right one.
func (p *program) confirmKey(ctx context.Context, s *screen, g *customerPage, relay *state.Relay, dialer *reach.Dialer) error {
	if s.in == nil && g == nil {
		return p.fail(cmdline.ExitUsage, keyMissingHint, keyMissing, relay)
	}
	fingerprint, err := link.RelayKey(ctx, dialer, relay.Addresses)
	switch {
	case ctx.Err() != nil:
		return cmdline.Silent(cmdline.ExitInterrupted)
	case err != nil:
		return p.explainUnknown(err)
	}
	var same bool
	if s.in != nil {
		s.begin()
		defer s.end()
		same, err = s.yesOrNo(ctx, s.notice(phrase(p.lang, keyQuestion, relay, fingerprint, inGroups(fingerprint)))+"\n\n", s.timed(ctx, keyPrompt), keyAgain)
	} else {
		same, err = g.confirmKey(ctx, relay.String(), fingerprint)
	}
	switch {
	case ctx.Err() != nil:
		return cmdline.Silent(cmdline.ExitInterrupted)
	case err != nil || !same:
		return p.fail(cmdline.ExitAuth, keyMissingHint, keyRefused)
	}
	relay.Keys, relay.Way = []string{fingerprint}, dialer.Last()
	return nil
}

// inGroups is a fingerprint as people compare it by voice, some groups in a row.
func inGroups(fingerprint string) string {
	var rows []string
	for row := range slices.Chunk(wire.Groups(fingerprint), 4) {
		rows = append(rows, strings.Join(row, " "))
	}
	return strings.Join(rows, "\n    ")
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
	for _, temp := range []string{p.lasting, os.TempDir()} { // the first one outlives a restart
		if temp != "" {
			dirs = append(dirs, filepath.Join(temp, "supportd-"+strconv.Itoa(os.Getuid())))
		}
	}
	return dirs
}

// openLog opens the file for technical messages; "" is none.
func openLog(name string) (*slog.Logger, func() error, error) {
	if name == "" {
		return slog.New(slog.DiscardHandler), func() error { return nil }, nil
	}
	f, err := disk.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})), f.Close, nil
}
