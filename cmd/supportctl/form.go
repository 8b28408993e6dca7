package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay/client"
)

// form is what a person fills in about a script: with flags, or in an editor.
type form struct {
	Name, Category, Description string
	File                        string
	With                        []string
	Publish                     bool
	Text                        string // the script itself, written in the editor
	AuthorKey                   string // file of the key that signs; "" is the login's
}

// formKeys are the lines of the template, in their order.
func formKeys() []string { return []string{"name", "category", "publish", "file", "with"} }

// text is the form as it stands in an editor. Everything below the fields is the
// description.
func (f form) text(s *text.Speaker, categories []string) string {
	var b strings.Builder
	for _, line := range []string{
		s.Say("Lines up here that begin with # are left out. Save the file empty to change nothing."),
		s.Say("Categories: %s", text.Escape(strings.Join(categories, ", "))),
		s.Say("file: what is run, or a directory; with: files it needs, between commas (\"a, b.txt\" is one)."),
		s.Say("The description stands below. To write the script itself here, leave file empty or give it"),
		s.Say("a new name, put a line %s below the description, and write the script below that line.", scriptMark),
	} {
		b.WriteString("# " + line + "\n")
	}
	publish := "no"
	if f.Publish {
		publish = "yes"
	}
	values := map[string]string{"name": f.Name, "category": f.Category, "publish": publish, "file": f.File, "with": joinNames(f.With)}
	for _, key := range formKeys() {
		fmt.Fprintf(&b, "%s: %s\n", key, values[key])
	}
	fmt.Fprintf(&b, "\n%s\n", f.Description)
	if f.Text != "" {
		fmt.Fprintf(&b, "%s\n%s", scriptMark, f.Text)
	}
	return b.String()
}

// joinNames puts file names into one line, with quotes where they need them.
func joinNames(names []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if len(names) > 0 && w.Write(names) == nil {
		w.Flush()
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// splitNames undoes joinNames, and takes spaces behind commas too.
func splitNames(line string) (names []string, err error) {
	if line == "" {
		return nil, nil
	}
	r := csv.NewReader(strings.NewReader(line))
	r.TrimLeadingSpace = true
	fields, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("with: %w", err)
	}
	for _, name := range fields {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// parseForm reads what [form.text] made and a person changed. A nil form is one
// that was emptied.
func parseForm(s string) (*form, error) {
	values := map[string]string{}
	var description, script []string
	head, below := true, false
	for line := range strings.Lines(strings.TrimPrefix(s, "\ufeff")) {
		line = strings.TrimRight(line, "\r\n")
		if below {
			script = append(script, line)
			continue
		}
		if head && strings.HasPrefix(line, "#") {
			continue
		}
		if head && strings.TrimSpace(line) == "" {
			head = len(values) == 0
			continue
		}
		if !head {
			begins, mark := beginsScript(line, values["file"] != "")
			if below = begins; begins && !mark {
				script = append(script, line)
			}
			if !begins {
				description = append(description, line)
			}
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if key = strings.ToLower(strings.TrimSpace(key)); !ok || !slices.Contains(formKeys(), key) {
			return nil, text.Errorf("%q is none of %s; the description stands below an empty line", text.Plain(line, 60), strings.Join(formKeys(), ", "))
		}
		values[key] = strings.TrimSpace(value)
	}
	if len(values) == 0 && len(description) == 0 && len(script) == 0 {
		return nil, nil
	}
	f := &form{
		Name: values["name"], Category: values["category"], File: values["file"],
		Description: strings.TrimSpace(strings.Join(description, "\n")), Text: scriptText(script),
	}
	switch strings.ToLower(values["publish"]) {
	case "yes", "y":
		f.Publish = true
	case "no", "n", "":
	default:
		return nil, errors.New("publish: yes or no")
	}
	var err error
	f.With, err = splitNames(values["with"])
	return f, err
}

// fillIn lets a person edit a form until submit takes it. What was typed is never
// lost: after an error the editor opens again with the reason on top, and who
// gives up is told where it is kept.
func (p *program) fillIn(ctx context.Context, f form, categories []string, submit func(form) error) (err error) {
	if !p.mayAsk() {
		return cmdline.Usage("--file FILE --category CATEGORY say it without an editor", "nobody is there to fill in a form")
	}
	dir, err := os.MkdirTemp("", "supportctl")
	if err != nil {
		return err
	}
	file, typed := filepath.Join(dir, "script.txt"), false
	defer func() {
		if err != nil && typed {
			fmt.Fprintf(p.std.Err, "supportctl: %s\n", p.say("what you typed is kept in %s", text.Escape(file)))
			return
		}
		_ = os.RemoveAll(dir)
	}()
	for text := f.text(p.std.Speaker, categories); ; {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
		if err := p.edit(ctx, file); err != nil {
			return err
		}
		data, err := disk.Read(file, maxOwn)
		if err != nil {
			return err
		}
		typed = typed || string(data) != text
		text = string(data)
		filled, err := parseForm(text)
		if err == nil && filled == nil {
			p.note("nothing was changed")
			return nil
		}
		if err == nil {
			err = submit(*filled)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		cmdline.ReportIn(p.std.Err, p.std.Speaker, "supportctl", err)
		if answer, asked := p.ask(ctx, p.say("Press Enter to edit it again, or type q to give up: ")); asked != nil || answer == "q" {
			return errors.Join(err, asked)
		}
		text = comment(p.std.Speaker.Error(err)) + withoutProblem(text)
	}
}

// formOf reads the flags of "script add" and "script edit" over what is there.
func formOf(c *cli.Context, f form) form {
	if c.IsSet("category") {
		f.Category = c.String("category")
	}
	if c.IsSet("description") {
		f.Description = c.String("description")
	}
	if c.IsSet("name") {
		f.Name = c.String("name")
	}
	f.File, f.With, f.AuthorKey = c.String("file"), c.StringSlice("with"), c.String("author-key")
	f.Publish = (f.Publish || c.Bool("publish")) && !c.Bool("unpublish")
	return f
}

func (p *program) scriptAdd(c *cli.Context) error {
	f := formOf(c, form{Name: c.Args().First()})
	if files := c.Args().Tail(); len(files) > 0 {
		if f.File != "" {
			return cmdline.Usage("leave one of them out", "script add: --file and FILE are the same")
		}
		f.File, f.With = files[0], append(files[1:], f.With...)
	}
	submit := func(r *client.Relay, pr profile, filled form) error {
		filled.AuthorKey = f.AuthorKey
		return p.addScript(c.Context, r, pr, filled)
	}
	if f.File != "" {
		return p.onRelay(c.Context, func(r *client.Relay, pr profile) error { return submit(r, pr, f) })
	}
	return p.withForm(c.Context, f, submit)
}

// withForm lets a person fill in a form. The relay is called anew for each
// attempt: writing takes its time, and a connection does not last for ever.
func (p *program) withForm(ctx context.Context, f form, submit func(*client.Relay, profile, form) error) error {
	var names []string
	err := p.onRelay(ctx, func(r *client.Relay, _ profile) error {
		list, err := r.Categories(ctx)
		for _, category := range list {
			names = append(names, category.Name)
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.fillIn(ctx, f, names, func(f form) error {
		return p.onRelay(ctx, func(r *client.Relay, pr profile) error { return submit(r, pr, f) })
	})
}

func (p *program) addScript(ctx context.Context, r *client.Relay, pr profile, f form) error {
	pr, err := p.withLibrary(ctx, r, pr)
	if err != nil {
		return err
	}
	if f.File == "" && f.Text == "" {
		return cmdline.Usage("", "file: which file is run?").WithHint("or write the script itself: a line %s below the description, and the script below that line", scriptMark)
	}
	files, err := f.files()
	if err != nil {
		return err
	}
	flags := []string{"--description=" + f.Description, "--executable=" + files.Executable}
	if f.Category != "" {
		flags = append(flags, "--category="+f.Category)
	}
	if f.Publish {
		flags = append(flags, "--publish")
	}
	var keep *scriptKnown
	if name, wrong := library.CheckName(f.Name); wrong == nil && f.Category != "" { // else the relay says what is wrong
		sum, err := sumOf(*files)
		if err != nil {
			return err
		}
		script := api.Script{Name: name, Owner: pr.Account, Category: f.Category, Version: 1, Executable: files.Executable}
		s, err := p.signer(ctx, pr, f.AuthorKey)
		if err != nil {
			return err
		}
		defer s.release()
		flag, known, err := s.flag(pr, script, "", files.Signable(), sum)
		if err != nil {
			return err
		}
		flags, keep = append(flags, flag), known
	}
	if err := r.PutScript(ctx, "add", files, f.Name, flags...); err != nil {
		return err
	}
	if keep != nil {
		if err := p.keepAuthor(*keep); err != nil {
			return err
		}
	}
	p.note("%s is in the library, %d bytes", f.Name, files.Size())
	return nil
}

func (p *program) scriptEdit(c *cli.Context) error {
	if c.Bool("publish") && c.Bool("unpublish") {
		return cmdline.Usage("", "--publish and --unpublish contradict each other")
	}
	byFlags := slices.ContainsFunc([]string{"name", "category", "description", "file", "with", "publish", "unpublish"}, c.IsSet)
	var was api.Script
	version := c.Int("if-version")
	submit := func(r *client.Relay, pr profile, f form) error {
		f.AuthorKey = c.String("author-key")
		return p.editScript(c.Context, r, pr, was, f, version)
	}
	err := p.onRelay(c.Context, func(r *client.Relay, pr profile) (err error) {
		if was, err = r.Script(c.Context, c.Args().First(), 0); err != nil {
			return err
		}
		if !c.IsSet("if-version") {
			version = was.Version
		}
		if byFlags {
			return submit(r, pr, formOf(c, formBefore(was)))
		}
		return nil
	})
	if err != nil || byFlags {
		return err
	}
	return p.withForm(c.Context, formBefore(was), submit)
}

// formBefore is a form with what the relay says of a script.
func formBefore(s api.Script) form {
	return form{Name: s.Name, Category: s.Category, Description: s.Description, Publish: s.Published}
}

// editScript sends what is different, on the condition that nobody else has
// changed the script since it was read.
func (p *program) editScript(ctx context.Context, r *client.Relay, pr profile, was api.Script, f form, version int) error {
	files, err := f.files()
	if err != nil {
		return err
	}
	if pr, err = p.withLibrary(ctx, r, pr); err != nil {
		return err
	}
	before := formBefore(was)
	var flags []string
	for _, change := range []struct{ flag, from, to string }{
		{"--name=", before.Name, f.Name}, {"--category=", before.Category, f.Category}, {"--description=", before.Description, f.Description},
	} {
		if change.from != change.to {
			flags = append(flags, change.flag+change.to)
		}
	}
	switch {
	case f.Publish && !before.Publish:
		flags = append(flags, "--publish")
	case !f.Publish && before.Publish:
		flags = append(flags, "--unpublish")
	}
	if files != nil {
		flags = append(flags, "--files", "--executable="+files.Executable)
	}
	if len(flags) == 0 {
		p.note("nothing was changed")
		return nil
	}
	flag, keep, err := p.signChange(ctx, pr, was, f, files)
	if err != nil {
		return err
	}
	if flag != "" {
		flags = append(flags, flag)
	}
	if err := r.PutScript(ctx, "edit", files, before.Name, append(flags, fmt.Sprintf("--if-version=%d", version))...); err != nil {
		return err
	}
	if keep != nil {
		if err := p.keepAuthor(*keep); err != nil {
			return err
		}
	}
	p.note("%s is changed", f.Name)
	return nil
}
