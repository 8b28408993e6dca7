package visit

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/sysinfo"
	"supportd/daemon/sysinfo/document"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
)

const helpText = `This computer is in a support session. The customer is asked before anything is
shown or run, and everything is written down for them.

  status [--json]                              who and where you are, what is allowed
  sysinfo [--json] [--list] [CATEGORY...]      information about this computer
  run [--keep-going] [--timeout D] PATH...     run uploaded scripts in this order
  run --attach                                 follow the run that is going on
  run --raw PATH...                            standard output byte for byte, for programs
  cancel                                       end the run that is going on
  chat [--send TEXT]                           talk to the customer; what happens is shown there too
  logon-as USER                                act as another user; needs ssh -t
  logoff                                       act as the customer again
  reboot [--delay D] [--reason TEXT]           restart this computer and come back
  words                                        have the customer pick the safety words you read out
  journal [--json] [--follow]                  what has happened so far
  help                                         this text

Scripts come by sftp into a directory of your own that ends with the support
session:

  printf 'put fix.sh' | sftp -b - HOST   then   ssh HOST run fix.sh
`

func (v *visit) helpCommand() *cli.Command {
	return &cli.Command{Name: "help", Usage: "what can be done here", Action: func(*cli.Context) error {
		_, err := io.WriteString(v.channel, v.speaker.Text(helpText))
		return err
	}}
}

// statusView is what "status" shows.
type statusView struct {
	Number wire.Number `json:"number"`
	State  api.State   `json:"state"`
	Host   string      `json:"host"`
	OS     string      `json:"os"`
	As     *string     `json:"acting_as"` // the user who is logged on, null for the customer
	// Question stands on the customer's screen, null is none.
	Question *api.Question `json:"question"`
	// Unread is how many of the customer's messages this CSR has not read.
	Unread int `json:"unread"`
	// LastEvent is the last thing that happened but for CSRs who come and go.
	LastEvent *api.LastEvent `json:"last_event"`
	You       consent.Person `json:"you"`
	// Compared says whether the customer has compared the safety words with this CSR's key;
	// "" where they have not, and a CSR CA vouches for it.
	Compared consent.Compared `json:"compared"`
	Allowed  []consent.Kind   `json:"allowed"` // of this kind everything
	Granted  []granted        `json:"granted"` // and of these this
	Blocked  bool             `json:"blocked"` // the customer wants no more questions from this CSR: nothing is allowed
	Staged   stagedView       `json:"staged"`
	Run      *runView         `json:"run"` // null when none is going on
	Since    time.Time        `json:"since"`
}

func (v *visit) status() statusView {
	server := v.server
	session, saved := server.Session, server.Session.Saved()
	staged, run := server.runs.show(v.who)
	granted, allowed, blocked := []granted{}, []consent.Kind{}, server.gate.Blocks(v.who)
	if !blocked {
		for _, q := range server.gate.Granted(v.who) {
			granted = append(granted, grantOf(q))
		}
		allowed = append(allowed, slices.Compact(slices.Sorted(slices.Values(saved.Allow)))...)
	}
	shown := api.Session{State: session.State()}
	shown.Show(server.Journal.Picture(), v.who.Account, time.Now())
	if q, stands := server.gate.Standing(); stands {
		shown.Question = &api.Question{Kind: string(q.Kind), By: q.Who.Account, Until: q.Expires.UTC().Truncate(time.Millisecond)}
	}
	if run != nil && shown.Run != nil {
		run.By, run.Step, run.Of = shown.Run.By, shown.Run.Step, shown.Run.Of
	}
	var as *string
	if user := server.acting.user(); user != "" {
		as = &user
	}
	return statusView{
		Question: shown.Question, Unread: shown.Unread, LastEvent: shown.LastEvent, Number: saved.Number, State: session.State(), Host: session.Computer.Host, OS: session.Computer.OS,
		As: as, You: v.who, Compared: server.comparedWith(v.who), Allowed: allowed, Blocked: blocked,
		Granted: granted, Staged: staged, Run: run, Since: session.Began.UTC().Truncate(time.Second),
	}
}

func (v *visit) statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "who and where you are, what is allowed", Flags: cmdline.FormatFlags(),
		Action: func(c *cli.Context) error {
			f, err := cmdline.FormatOf(c)
			if err != nil {
				return err
			}
			return cmdline.Show(v.channel, f, v.status(), statusColumns(f.For(v.speaker)))
		},
	}
}

func statusColumns(speaker *text.Speaker) []cmdline.Column[statusView] {
	return cmdline.Headed(speaker, []cmdline.Column[statusView]{
		{Title: "session", Value: func(s statusView) string { return s.Number.Spoken() }},
		{Title: "state", Value: func(s statusView) string { return speaker.Text(string(s.State)) }},
		{Title: "host", Value: func(s statusView) string { return s.Host }},
		{Title: "system", Value: func(s statusView) string { return s.OS }},
		{Title: "asked", Value: func(s statusView) string {
			if s.Question == nil {
				return speaker.Text("nothing")
			}
			return speaker.Say("%s", s.Question.Message(time.Now()))
		}},
		{Title: "unread", Value: func(s statusView) string { return strconv.Itoa(s.Unread) }},
		{Title: "acting as", Value: func(s statusView) string {
			if s.As == nil {
				return speaker.Text("the customer")
			}
			return text.Plain(*s.As, 60)
		}},
		{Title: "you", Value: func(s statusView) string {
			you := s.You.String() + ", " + s.You.Fingerprint
			if s.Compared == consent.IsCompared {
				you += "; " + speaker.Text("safety words compared")
			}
			return you
		}},
		{Title: "allowed", Value: func(s statusView) string { return allowedList(speaker, s) }},
		{Title: "staged", Value: func(s statusView) string {
			return speaker.Say("%d files and folders, %d bytes", s.Staged.Entries, s.Staged.Bytes)
		}},
		{Title: "running", Value: func(s statusView) string {
			if s.Run == nil {
				return speaker.Text("nothing")
			}
			return speaker.Say("%s, script %d of %d, since %s UTC", strings.Join(s.Run.Scripts, " "), s.Run.Step, len(s.Run.Scripts), s.Run.Since.Format(time.TimeOnly))
		}},
		{Title: "since", Value: func(s statusView) string { return s.Since.Format(time.DateTime) + " UTC" }},
	})
}

func allowedList(speaker *text.Speaker, s statusView) string {
	if s.Blocked {
		return speaker.Text("nothing: the customer wants no more questions from you")
	}
	var list []string
	for _, k := range s.Allowed {
		list = append(list, string(k))
	}
	for _, g := range s.Granted {
		if text := g.In(speaker); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	if len(list) == 0 {
		return speaker.Text("nothing without a question")
	}
	return strings.Join(list, "; ")
}

func (v *visit) sysinfoCommand() *cli.Command {
	return &cli.Command{
		Name: "sysinfo", Usage: "information about this computer", ArgsUsage: "[CATEGORY...]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object"},
			&cli.BoolFlag{Name: "list", Usage: "only the names of the categories"},
		},
		Action: func(c *cli.Context) error {
			if c.Bool("list") {
				for _, category := range document.Categories() {
					fmt.Fprintf(v.channel, "%-12s %s\n", category, category.Title())
				}
				return nil
			}
			return v.sysinfo(c.Context, c.Args().Slice(), c.Bool("json"))
		},
	}
}

// sysinfo shows the system information that the customer allows.
func (v *visit) sysinfo(ctx context.Context, words []string, asJSON bool) error {
	opts := sysinfo.Options{Environment: v.server.Environment}
	var names []string // each once, so that the question can be read
	for _, word := range words {
		category, err := document.ParseCategory(word)
		if err != nil {
			return cmdline.Usage("", "%v", err).DidYouMean(word, document.CategoryNames(), "sysinfo --list shows what they are")
		}
		if !slices.Contains(names, word) {
			names, opts.Categories = append(names, word), append(opts.Categories, category)
		}
	}
	v.channel.WatchInterrupt()
	logon := v.server.acting.now() // before the question, which names the user
	a, err := v.askCustomer(ctx, consent.Question{Kind: consent.SysInfo, Categories: names, As: nameOf(logon)})
	if err != nil {
		return err
	}
	if err := Withhold(&opts, a.Withheld); err != nil {
		return cmdline.Fail(cmdline.ExitFailed, "ask the customer to check what they withhold", "nothing is shown: %v", err)
	}
	err = v.server.Journal.Append(v.who.Account, journal.SysInfoView{
		Categories: append([]string{}, names...), As: nameOf(logon), Withheld: a.Withheld,
	})
	if err != nil {
		return v.denied(consent.Answer{Why: consent.Unwritten})
	}
	v.server.UI.Notify(notice.Viewed{Who: v.who, Categories: names, Withheld: a.Withheld})
	if logon != nil {
		return v.collectAsOther(ctx, logon, collectorArgs(names, a.Withheld, asJSON))
	}
	return v.showSysinfo(ctx, opts, asJSON)
}

// collectorArgs are the arguments with which [Options.Collector] shows the same.
func collectorArgs(names []string, w consent.Withheld, asJSON bool) []string {
	var args []string
	if asJSON {
		args = append(args, "--json")
	}
	for _, name := range append(slices.Clone(w.Categories), w.Fields...) {
		args = append(args, "--withhold", name)
	}
	return append(args, names...)
}

// Withhold leaves out what the customer keeps to themselves. A name that means
// nothing is an error: guessing could show what they want to keep.
func Withhold(opts *sysinfo.Options, w consent.Withheld) error {
	for _, name := range w.Categories {
		category, err := document.ParseCategory(name)
		if err != nil {
			return err
		}
		opts.WithholdCategories = append(opts.WithholdCategories, category)
	}
	for _, name := range w.Fields {
		class, err := document.ParseClass(strings.ReplaceAll(name, "-", "_"))
		if err != nil {
			return err
		}
		opts.WithholdClasses = append(opts.WithholdClasses, class)
	}
	return nil
}

// showSysinfo writes the document, as text section by section where each is
// complete when it comes.
func (v *visit) showSysinfo(ctx context.Context, opts sysinfo.Options, asJSON bool) error {
	switch {
	case asJSON:
		doc := v.server.collector.Collect(ctx, opts)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return document.WriteJSON(v.channel, doc)
	case len(opts.WithholdClasses) > 0:
		return document.WriteText(v.channel, v.server.collector.Collect(ctx, opts))
	}
	text := document.NewText(v.channel)
	err := text.Head(v.server.Session.Computer.Host, time.Now())
	opts.OnSection = func(s document.Section) {
		if err == nil {
			err = text.Section(s)
		}
	}
	v.server.collector.Collect(ctx, opts)
	if err == nil {
		err = ctx.Err()
	}
	return err
}

func (v *visit) journalCommand() *cli.Command {
	return &cli.Command{
		Name: "journal", Usage: "what has happened so far, in sentences",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object a line"},
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "and what happens from now on"},
		},
		Action: func(c *cli.Context) error {
			v.channel.WatchInterrupt()
			teller := report.NewTeller(v.speaker.Language())
			for e, err := range v.server.Journal.Events(c.Context, c.Bool("follow")) {
				if err != nil {
					return err
				}
				if err := v.showEvent(teller, e, c.Bool("json")); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (v *visit) showEvent(teller *report.Teller, e journal.Event, asJSON bool) error {
	if asJSON {
		return cmdline.List(v.channel, cmdline.JSONL, []journal.Event{e}, nil)
	}
	when := fmt.Sprintf("%5d  %s  ", e.Seq, e.Time.UTC().Format(time.RFC3339))
	line := when + fmt.Sprintf("%-16s %s", text.Escape(e.Kind), teller.Tell(e))
	if columns := v.channel.Width(); columns > 0 { // what happened stays behind its time
		line = text.FoldAt(line, columns, strings.Repeat(" ", min(len(when), columns/2)), "\n")
	}
	_, err := fmt.Fprintln(v.channel, line)
	return err
}
