package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

func (p *program) reportCommand() *cli.Command {
	output := func(value, usage string) cli.Flag {
		return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: value, Usage: usage}
	}
	which := "NUMBER|FILE"
	return &cli.Command{
		Name: "report", Usage: "what happened in support sessions, and the proof of it",
		Subcommands: []*cli.Command{
			{Name: "list", Usage: "reports of your support sessions, as the relay tells of them; \"report verify\" proves one", Flags: append(filterFlags(), cmdline.FormatFlags()...), Action: p.formatted(p.reportList)},
			{
				Name: "show", Usage: "one report, from the relay or from a file that \"report export\" or a customer has saved", ArgsUsage: which, Action: p.reportShow,
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "lang", Value: string(p.std.Speaker.Language()), Usage: "`LANGUAGE`: en or ko"},
					&cli.BoolFlag{Name: "json", Usage: "the same as -o json"},
					cmdline.BOMFlag(),
					output(string(report.AsText), p.say("`FORMAT`: %s; the last can be verified", report.FormNames(report.Forms(), ", "))),
				},
			},
			{
				Name: "export", Usage: "many reports: a line for each as csv, or all of them whole as jsonl", Action: p.reportExport,
				Flags: append(filterFlags(), cmdline.BOMFlag(), output(string(report.AsCSV), p.say("`FORMAT`: %s", report.FormNames(report.ExportForms(), p.say(" or "))))),
			},
			{
				Name: "verify", Usage: "prove that reports are complete and as the computers signed them, without trusting the relay", ArgsUsage: which, Action: p.reportVerify,
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "json", Usage: "one JSON object for each report"},
					&cli.StringFlag{Name: "key", Usage: "the computer's key is the one with this `FINGERPRINT`, SHA256:…; without it, the key has to be one that this program was connected to"},
					&cli.StringSliceFlag{Name: "csr-ca", Usage: "`FILE` with a public key of the CA that signs your CSRs' keys; without it, the CA of your login's certificate; may be repeated"},
				},
			},
		},
	}
}

func filterFlags() (flags []cli.Flag) {
	for _, f := range api.ReportFilters() {
		flags = append(flags, &cli.StringFlag{Name: f.Name, Usage: f.Usage})
	}
	return flags
}

// filters are the flags for the relay. Days begin at midnight here, not there.
func filters(c *cli.Context) (args []string, err error) {
	for _, f := range api.ReportFilters() {
		name, value := f.Name, c.String(f.Name)
		if value == "" {
			continue
		}
		if name == api.FilterSince || name == api.FilterUntil {
			at, err := cmdline.ParseWhen(value, time.Now(), time.Local)
			if err != nil {
				return nil, cmdline.Usage("", "--%s: %v", name, err).WithHint("--%s 2026-03-01", name)
			}
			value = at.UTC().Format(time.RFC3339)
		}
		args = append(args, "--"+name+"="+value)
	}
	return args, nil
}

func (p *program) reportList(c *cli.Context, f cmdline.Format, r *client.Relay, _ profile) error {
	args, err := filters(c)
	if err != nil {
		return err
	}
	list, err := r.Reports(c.Context, args...)
	if err != nil {
		return err
	}
	if len(list) == 0 && f == cmdline.Table {
		p.note("no matching reports")
		return nil
	}
	return cmdline.List(p.std.Out, f, list, p.tables(f).Reports())
}

// subject is what a report command is about: a number, or else a file, or else the session
// with such a ticket or name.
func (p *program) subject(c *cli.Context) (wire.Number, *os.File, error) {
	text := c.Args().First()
	if !strings.ContainsAny(text, "./\\") {
		if n, err := wire.ParseNumber(text); err == nil {
			return n, nil, nil
		}
	}
	f, err := disk.Open(text)
	if err == nil {
		return "", f, nil
	}
	if _, numberErr := number(text); numberErr != nil && strings.Trim(text, "0123456789 -") == "" {
		return "", nil, numberErr
	}
	if _, out := p.loadProfile(); out == nil && errors.Is(err, fs.ErrNotExist) && api.MayBeName(text) && !strings.ContainsAny(text, "/\\") {
		n, err := p.named(c.Context, text)
		return n, nil, err
	}
	return "", nil, cmdline.Usage("give a session number, or a file that \"report export -o jsonl\" wrote", "cannot read the report: %v", err)
}

func (p *program) reportShow(c *cli.Context) error {
	name := c.String("output")
	if c.Bool("json") {
		name = string(report.AsJSON)
	}
	form, err := reportForm(name, report.Forms())
	if err != nil {
		return err
	}
	n, f, err := p.subject(c)
	if err != nil {
		return err
	}
	if f != nil {
		defer f.Close()
		return p.renderFile(c, f, form)
	}
	return p.onRelay(c.Context, func(r *client.Relay, pr profile) error {
		if form == report.AsJSONL { // as the relay has it: this is what can be proved
			w, flush := p.reportWriter(c, form)
			return errors.Join(r.CopyReport(c.Context, w, "show", string(n), "-o", string(form)), flush())
		}
		return p.ofRelay(c.Context, r, n, func(src report.Source) error { return p.render(c, src, form, pr.knownAs) })
	})
}

// ofRelay has f make something of the report of a session. The relay brings the lines that
// can be proved, and nothing that it has made of them: a page of its making could hold
// anything.
func (p *program) ofRelay(ctx context.Context, r *client.Relay, n wire.Number, f func(report.Source) error) error {
	file, err := os.CreateTemp("", "supportctl-report-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := r.CopyReport(ctx, file, "show", string(n), "-o", string(report.AsJSONL)); err != nil {
		return err
	}
	name := p.say("the report of session %s", n.Spoken())
	src, err := report.Open(file)
	if err != nil {
		return broken(name, err)
	}
	if src.Header.Number != n {
		return cmdline.Fail(cmdline.ExitFailed, "", "the relay has sent the report of session %s", src.Header.Number.Spoken())
	}
	return broken(name, f(src))
}

// languageOf is the one that somebody asks for, or else their own for a form that people
// read.
func languageOf(c *cli.Context, form report.Form) string {
	if !c.IsSet("lang") && !form.ForPeople() {
		return string(text.English)
	}
	return c.String("lang")
}

func reportForm(name string, forms []report.Form) (report.Form, error) {
	form, err := report.ParseForm(name, forms)
	if err != nil {
		return "", cmdline.Usage("", "-o: unknown format %q", text.Plain(name, 20)).WithHint("%v", err)
	}
	return form, nil
}

// reportWriter is standard output for a report. What is proved byte by byte, and
// pages, which are for browsers, are left as they are, but not on a terminal:
// nobody knows what a relay, or a file, has in them. Neither has a byte order mark:
// that is made here. A text fits the terminal; flush writes what is left of it.
func (p *program) reportWriter(c *cli.Context, form report.Form) (w io.Writer, flush func() error) {
	terminal, flush := isTerminal(p.std.Out), func() error { return nil }
	switch {
	case form == report.AsText:
		folding := cmdline.Folding(p.std.Out)
		return text.NewWriter(folding, text.EscapeLines), folding.Flush
	case form == report.AsJSONL && terminal:
		return text.NewWriter(p.std.Out, text.EscapeJSON), flush
	case (form == report.AsJSONL || form == report.AsHTML) && !terminal:
		return p.std.Out, flush
	case form == report.AsCSV && cmdline.WantsBOM(c):
		return text.NewWriter(cmdline.WithBOM(p.std.Out), text.EscapeLines), flush
	}
	return text.NewWriter(p.std.Out, text.EscapeLines), flush
}

// renderFile shows the first report of a file.
func (p *program) renderFile(c *cli.Context, f *os.File, form report.Form) error {
	src, err := report.Open(f)
	if err != nil {
		return broken(f.Name(), err)
	}
	return broken(f.Name(), p.render(c, src, form, ""))
}

// render writes a report in a form, and says behind it what is known here that speaks against
// it; host is that under which the relay became known through which the computer was met, "" is any.
func (p *program) render(c *cli.Context, src report.Source, form report.Form, host string) error {
	lang := languageOf(c, form)
	language, err := text.ParseLanguage(lang)
	if err != nil {
		return cmdline.Usage("", "--lang: unknown language %q", text.Plain(lang, 20)).WithHint("%v", err)
	}
	w, flush := p.reportWriter(c, form)
	err = errors.Join(src.Render(w, form, report.Style{Language: language, Zone: time.Local}), flush())
	if err != nil || form == report.AsJSONL { // which is what can be proved
		return err
	}
	cas, err := p.csrCAs(nil)
	if err != nil {
		return err
	}
	keys := &doors{cas: cas}
	got, err := src.VerifyEach(keys.see)
	if err != nil {
		if form.ForPeople() {
			return nil // text and page say it themselves; in the others there is no place for it
		}
		return err
	}
	return verifier{p: p, host: host, cas: cas}.against(src.Header, got, keys)
}

func (p *program) reportExport(c *cli.Context) error {
	form, err := reportForm(c.String("output"), report.ExportForms())
	if err != nil {
		return err
	}
	args, err := filters(c)
	if err != nil {
		return err
	}
	return p.onRelay(c.Context, func(r *client.Relay, _ profile) error {
		if form == report.AsCSV {
			return p.exportRows(c, r, args)
		}
		w, flush := p.reportWriter(c, form)
		return errors.Join(r.CopyReport(c.Context, w, append([]string{"export", "-o", string(form)}, args...)...), flush())
	})
}

// exportRows writes a line for each report, as the relay tells of them.
func (p *program) exportRows(c *cli.Context, r *client.Relay, args []string) error {
	var list []api.Report
	err := r.EachReport(c.Context, func(one api.Report) error { list = append(list, one); return nil }, args...)
	if err != nil {
		return err
	}
	out := io.Writer(p.std.Out)
	if cmdline.WantsBOM(c) {
		out = cmdline.WithBOM(out)
	}
	return cmdline.List(out, cmdline.CSV, list, p.tables(cmdline.CSV).ReportDetails())
}

// fetch runs f over the report of a session as it comes from the relay.
func (p *program) fetch(ctx context.Context, r *client.Relay, n wire.Number, f func(io.Reader) error) error {
	in, out := io.Pipe()
	copied := make(chan error, 1)
	go func() {
		err := r.CopyReport(ctx, out, "show", string(n), "-o", "jsonl")
		out.CloseWithError(err)
		copied <- err
	}()
	err := f(in)
	in.CloseWithError(io.ErrClosedPipe) // whoever has seen enough ends the copying
	if failed := <-copied; failed != nil && err == nil {
		err = failed
	}
	return err
}
