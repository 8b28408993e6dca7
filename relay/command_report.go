package relay

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

func (cmd *command) reportCommand() *cli.Command {
	number := "NUMBER"
	language := []cli.Flag{
		&cli.StringFlag{Name: "lang", Value: string(cmd.speaker.Language()), Usage: "`LANGUAGE`: en or ko"},
		&cli.StringFlag{Name: "zone", Usage: "offset of the times from UTC, such as `+09:00`"},
	}
	output := func(value, usage string) cli.Flag {
		return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: value, Usage: usage}
	}
	asJSON := &cli.BoolFlag{Name: "json", Usage: "the same as -o json"}
	return &cli.Command{Name: "report", Usage: "what happened in support sessions", Subcommands: []*cli.Command{
		{Name: "list", Usage: "reports of your support sessions", Flags: append(cmd.filterFlags(), cmdline.FormatFlags()...), Action: cmd.listReports},
		{Name: "show", Usage: "one report", ArgsUsage: number, Action: cmd.showReport,
			Flags: append(language, asJSON, cmdline.BOMFlag(), output(string(report.AsText), cmd.say("`FORMAT`: %s; the last can be verified", report.FormNames(report.Forms(), ", "))))},
		{Name: "export", Usage: "many reports: a line for each as csv, or all of them whole as jsonl", Action: cmd.exportReports,
			Flags: append(cmd.filterFlags(), cmdline.BOMFlag(), output(string(report.AsCSV), cmd.say("`FORMAT`: %s", report.FormNames(report.ExportForms(), cmd.say(" or ")))))},
		{Name: "verify", Usage: "whether a report is complete and as the computer signed it", ArgsUsage: number, Action: cmd.verifyReport,
			Flags: []cli.Flag{asJSON}},
	}}
}

// findReport finds the session whose report somebody wants, open or ended, by
// its number or, as older ones may have had the number too, by its identifier.
func (cmd *command) findReport(ctx context.Context, s string) (store.Session, error) {
	st := cmd.relay.data.Store
	row, err := st.Session(ctx, s)
	if errors.Is(err, store.ErrNotFound) && !wire.MeansNumber(s) {
		return cmd.namedAny(ctx, s)
	}
	name := text.Plain(s, 30)
	if errors.Is(err, store.ErrNotFound) {
		var n wire.Number
		if n, err = number(s); err != nil {
			return store.Session{}, err
		}
		name = n.Spoken()
		row, err = st.SessionByNumber(ctx, n)
	}
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && row.Owner != cmd.account.Name && !cmd.account.Admin:
		return store.Session{}, cmdline.Fail(cmdline.ExitNoSession, "report list shows yours", "no report of session %s", name)
	case err != nil:
		return store.Session{}, cmd.explain(err)
	}
	return row, nil
}

func (cmd *command) showReport(c *cli.Context) error {
	render, err := rendering(c)
	if err != nil {
		return err
	}
	row, err := cmd.findReport(c.Context, c.Args().First())
	if err != nil {
		return err
	}
	src, err := reportOf(c.Context, cmd.relay.data.Store, row)
	if err == nil {
		err = render(src, cmd.out)
	}
	return cmd.explainReport(err)
}

// rendering reads the flags of "report show".
func rendering(c *cli.Context) (func(report.Source, io.Writer) error, error) {
	zone, err := cmdline.ParseZone(c.String("zone"))
	if err != nil {
		return nil, cmdline.Usage("--zone +09:00", "--zone: %v", err)
	}
	language, err := text.ParseLanguage(c.String("lang"))
	if err != nil {
		return nil, cmdline.Usage("", "--lang: unknown language %q", text.Plain(c.String("lang"), 20)).WithHint("%v", err)
	}
	format := c.String("output")
	if c.Bool("json") {
		format = string(report.AsJSON)
	}
	form, err := report.ParseForm(format, report.Forms())
	if err != nil {
		return nil, cmdline.Usage("", "-o: unknown format %q", text.Plain(format, 20)).WithHint("%v", err)
	}
	if !c.IsSet("lang") && !form.ForPeople() {
		language = text.English
	}
	style := report.Style{Language: language, Zone: zone, BOM: cmdline.WantsBOM(c)}
	return func(s report.Source, w io.Writer) error { return s.Render(w, form, style) }, nil
}

// explainReport is explain for what may also find that a report is broken.
func (cmd *command) explainReport(err error) error {
	var broken *report.Broken
	if errors.As(err, &broken) {
		return cmdline.Fail(cmdline.ExitFailed, "somebody or something has changed the relay's database; the customer has a copy of the journal",
			"this is not what the computer wrote: %v", broken)
	}
	return cmd.explain(err)
}

func (cmd *command) verifyReport(c *cli.Context) error {
	row, err := cmd.findReport(c.Context, c.Args().First())
	if err != nil {
		return err
	}
	src, err := reportOf(c.Context, cmd.relay.data.Store, row)
	var v report.Verdict
	if err == nil {
		v, err = src.Verify()
	}
	var broken *report.Broken
	if err != nil && !errors.As(err, &broken) {
		return cmd.explain(err)
	}
	view := api.Verdict{Number: row.Number, Proof: v.Proof, Events: v.Last.Seq, Key: v.Fingerprint(), Differs: v.Differs}
	said := text.Later("%s", v.Sentence(cmd.speaker.Language()))
	if broken != nil {
		view.Proof, said = api.Broken, text.Later("this is not what the computer wrote: %v", broken)
	}
	return cmd.tellVerdict(view, v, said, c.Bool("json"))
}

// tellVerdict writes the verdict, and is an error unless it is a proof.
func (cmd *command) tellVerdict(v api.Verdict, found report.Verdict, said text.Message, asJSON bool) error {
	if asJSON {
		if v.Text = said.String(); v.Proof != api.Broken {
			v.Text = found.Sentence(text.English)
		}
		if err := cmdline.Show(cmd.out, cmdline.JSON, v, nil); err != nil {
			return err
		}
	}
	switch {
	case !v.Proof.OK() && asJSON:
		return cmdline.Silent(cmdline.ExitFailed)
	case !v.Proof.OK():
		return cmdline.Fail(cmdline.ExitFailed, "", "session %s: %s", v.Number.Spoken(), said)
	case asJSON:
		return nil
	}
	cmd.tell("this is the relay's own check; supportctl report verify does not trust the relay")
	_, err := fmt.Fprintln(cmd.out, cmd.say("session %s: %s", v.Number.Spoken(), said))
	return err
}
