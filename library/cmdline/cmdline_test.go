package cmdline

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

// program records what its one real command was called with.
func program(got *string) *cli.App {
	record := func(c *cli.Context) error {
		*got = fmt.Sprintf("%s yes=%t name=%s list=%v args=%q", c.Command.Name, c.Bool("yes"), c.String("name"), c.StringSlice("list"), c.Args().Slice())
		if c.IsSet("wait") || c.IsSet("count") {
			*got += fmt.Sprintf(" %v %d", c.Duration("wait"), c.Int("count"))
		}
		return nil
	}
	flags := []cli.Flag{
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}}, &cli.StringFlag{Name: "name"}, &cli.StringSliceFlag{Name: "list"},
		&cli.DurationFlag{Name: "wait"}, &cli.IntFlag{Name: "count"},
	}
	return &cli.App{Name: "prog", Version: "1.2", Commands: []*cli.Command{
		{Name: "session", Subcommands: []*cli.Command{
			{Name: "end", ArgsUsage: "NUMBER", Flags: flags, Action: record},
			{Name: "list", ArgsUsage: "[WHAT]", Flags: flags, Action: record},
			{Name: "fail", Action: func(*cli.Context) error { return Fail(ExitNoSession, "look again", "no such thing") }},
		}},
		{Name: "run", ArgsUsage: "PATH...", Flags: flags, Action: record},
	}}
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args   string
		want   string
		code   int
		stderr string
	}{
		{args: "session end 482913077 --yes", want: `end yes=true name= list=[] args=["482913077"]`},
		{args: "session end --yes 482913077", want: `end yes=true name= list=[] args=["482913077"]`},
		{args: "session end -y=false 482913077 --name=a,b", want: `end yes=false name=a,b list=[] args=["482913077"]`},
		{args: "run a --name -x b --list 1,2 c --list 3", want: `run yes=false name=-x list=[1,2 3] args=["a" "b" "c"]`},
		{args: "run -- --yes -n", want: `run yes=false name= list=[] args=["--yes" "-n"]`},
		{args: "session list", want: `list yes=false name= list=[] args=[]`},
		{args: "session end 482 913 077", want: `end yes=false name= list=[] args=["482913077"]`},
		{args: "session end 482 913", code: 2, stderr: "prog: session end: unexpected argument \"913\"\nhint: session end NUMBER\n"},
		{args: "session --yes end 1", want: `end yes=true name= list=[] args=["1"]`},
		{args: "--name x session end 1", want: `end yes=false name=x list=[] args=["1"]`},
		{args: "session list --wait 2d --count=-3", want: `list yes=false name= list=[] args=[] 48h0m0s -3`},
		{args: "session list --wait soon", code: 2, stderr: "prog: session list: --wait: \"soon\" is no span of time such as 90s, 30m, 36h or 90d\nhint: session list --help shows the usage\n"},
		{args: "session list --count many", code: 2, stderr: "prog: session list: --count: \"many\" is no number\nhint: session list --help shows the usage\n"},
		{args: "--name x session fail", code: 2, stderr: "prog: session fail: unknown flag --name\nhint: session fail --help shows the usage\n"},
		{args: "session fail 1", code: 2, stderr: "prog: session fail: unexpected argument \"1\"\nhint: session fail takes no arguments; session fail --help shows the usage\n"},
		{args: "session end", code: 2, stderr: "prog: session end: NUMBER is missing\nhint: session end NUMBER\n"},
		{args: "session end 1 2", code: 2, stderr: "prog: session end: unexpected argument \"2\"\nhint: session end NUMBER\n"},
		{args: "session list a b", code: 2, stderr: "prog: session list: unexpected argument \"b\"\nhint: session list [WHAT]\n"},
		{args: "run", code: 2, stderr: "prog: run: PATH is missing\nhint: run PATH...\n"},
		{args: "session", code: 2, stderr: "prog: session: which command?\nhint: one of: end, list, fail\n"},
		{args: "sesion end", code: 2, stderr: "prog: unknown command \"sesion\"; did you mean session?\nhint: one of: session, run\n"},
		{args: "session ende 1", code: 2, stderr: "prog: session: unknown command \"ende\"; did you mean session end?\nhint: one of: end, list, fail\n"},
		{args: "run a --nope", code: 2, stderr: "prog: run: unknown flag --nope\nhint: run --help shows the usage\n"},
		{args: "run a --name", code: 2, stderr: "prog: --name needs a value\nhint: run --help shows the usage\n"},
		{args: "session fail", code: 6, stderr: "prog: no such thing\nhint: look again\n"},
		{args: "run a --yes=maybe", code: 2, stderr: "--help shows the usage\n"},
	} {
		var got string
		var out, errs bytes.Buffer
		code := Run(t.Context(), program(&got), strings.Fields(c.args), Streams{Out: &out, Err: &errs})
		if code != c.code || got != c.want || !strings.HasSuffix(errs.String(), c.stderr) || out.Len() > 0 {
			t.Errorf("%s\n got %q, code %d, out %q\n err %q\nwant %q, code %d\n err %q", c.args, got, code, out.String(), errs.String(), c.want, c.code, c.stderr)
		}
	}
}

func TestHelpGoesToStdout(t *testing.T) {
	for _, args := range []string{"--help", "session --help", "session end --help", "run -h", "help", "help session end", "session help", "session end 1 --help"} {
		var out, errs bytes.Buffer
		var got string
		if code := Run(t.Context(), program(&got), strings.Fields(args), Streams{Out: &out, Err: &errs}); code != 0 || out.Len() == 0 || errs.Len() > 0 || got != "" {
			t.Errorf("%s: code %d, out %q, err %q", args, code, out.String(), errs.String())
		}
	}
}

func TestVersionGoesToStdout(t *testing.T) {
	for _, args := range []string{"--version", "-v"} {
		var out, errs bytes.Buffer
		var got string
		if code := Run(t.Context(), program(&got), strings.Fields(args), Streams{Out: &out, Err: &errs}); code != 0 || out.String() != "prog 1.2\n" || errs.Len() > 0 || got != "" {
			t.Errorf("%s: code %d, out %q, err %q", args, code, out.String(), errs.String())
		}
	}
	var errs bytes.Buffer
	var got string
	app := program(&got)
	app.Version = ""
	if code := Run(t.Context(), app, []string{"--version"}, Streams{Out: &errs, Err: &errs}); code != ExitUsage {
		t.Errorf("a program without a version: code %d, %q", code, errs.String())
	}
}

func TestCode(t *testing.T) {
	for want, err := range map[int]error{
		0: nil, 1: errors.New("x"), 130: fmt.Errorf("w: %w", context.Canceled), 7: context.DeadlineExceeded,
		5: fmt.Errorf("w: %w", Fail(ExitDenied, "", "no")), 3: Silent(ExitSome),
	} {
		if got := Code(err); got != want {
			t.Errorf("Code(%v) = %d, want %d", err, got, want)
		}
	}
	var b bytes.Buffer
	Report(&b, "p", Silent(3))
	Report(&b, "p", nil)
	if b.Len() > 0 {
		t.Errorf("a silent error was told: %q", b.String())
	}
	Report(&b, "p", errors.New("evil \x1b[2J"))
	if b.String() != "p: evil \\x1b[2J\n" {
		t.Errorf("%q", b.String())
	}
}

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		`run a/first.sh "b c/d.sh" e\ f`: {"run", "a/first.sh", "b c/d.sh", "e f"},
		`run '$(id)' ` + "`id`":          {"run", "$(id)", "`id`"},
		``:                               nil,
		`x "" y`:                         {"x", "", "y"},
	} {
		got, err := Split(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q, %v", line, got, err)
		}
	}
	if _, err := Split(`run "a`); Code(err) != ExitUsage {
		t.Errorf("open quote: %v", err)
	}
}

type row struct {
	Name string `json:"name"`
	Host string `json:"host"`
}

var columns = []Column[row]{
	{Title: "NAME", Value: func(r row) string { return r.Name }},
	{Title: "HOST", Value: func(r row) string { return r.Host }},
}

func TestList(t *testing.T) {
	rows := []row{{"김민지", "PC-1"}, {"김민지", "PC-2"}, {"=cmd()|x", "\x1b]0;x\x07\u202e\U000e0041\u009b"}}
	var table, js, csvOut, jsonl bytes.Buffer
	for f, w := range map[Format]*bytes.Buffer{Table: &table, JSON: &js, CSV: &csvOut, JSONL: &jsonl} {
		if err := List(w, f, rows, columns); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(w.String()) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), text.Hostile) {
				t.Errorf("%s lets hostile text through: %q", f, line)
			}
		}
	}
	if want := "NAME      HOST\n김민지    PC-1\n김민지    PC-2\n"; !strings.HasPrefix(table.String(), want) {
		t.Errorf("table:\n%s", table.String())
	}
	var back []row
	if err := json.Unmarshal(js.Bytes(), &back); err != nil || !slices.Equal(back, rows) {
		t.Errorf("json: %v, %v", back, err)
	}
	if records, err := csv.NewReader(&csvOut).ReadAll(); err != nil || records[3][0] != "'=cmd()|x" {
		t.Errorf("csv: %q, %v", records, err)
	}
	if strings.Count(jsonl.String(), "\n") != len(rows) {
		t.Errorf("jsonl: %q", jsonl.String())
	}
	var none bytes.Buffer
	if err := List(&none, JSON, []row(nil), columns); err != nil || none.String() != "[]\n" {
		t.Errorf("no rows: %q, %v", none.String(), err)
	}
}

// Decomposed Hangul is as wide as composed.
func TestDecomposedHangulLinesUp(t *testing.T) {
	var b bytes.Buffer
	if err := List(&b, Table, []row{{"한글", "x"}, {"\u1112\u1161\u11ab\u1100\u1173\u11af", "y"}}, columns); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if !strings.HasSuffix(lines[1], "한글  x") || !strings.HasSuffix(lines[2], "  y") || strings.Count(lines[2], " ") != 2 {
		t.Errorf("%q", lines)
	}
}

// paper is as wide as it says.
type paper struct {
	bytes.Buffer
	width int
}

func (p *paper) Width() int { return p.width }

// A table fits into the terminal when what may be cut is enough for that; nothing
// is cut for people whose lines are broken all the same, or for programs.
func TestTablesFitTerminals(t *testing.T) {
	cut := slices.Clone(columns)
	cut[1].Cut = true
	rows := []row{{"김민지", "DESKTOP-1234567"}, {"bob", "한글이름컴퓨터"}}
	whole := "NAME    HOST\n김민지  DESKTOP-1234567\nbob     한글이름컴퓨터\n"
	for width, want := range map[int]string{
		0:  whole,
		23: whole,
		22: "NAME    HOST\n김민지  DESKTOP-12345…\nbob     한글이름컴퓨터\n",
		18: "NAME    HOST\n김민지  DESKTOP-1…\nbob     한글이름…\n",
		16: "NAME    HOST\n김민지  DESKTOP…\nbob     한글이…\n",
		15: whole,
	} {
		p := &paper{width: width}
		if err := List(p, Table, rows, cut); err != nil || p.String() != want {
			t.Errorf("width %d: %v\n%s", width, err, p.String())
		}
	}
	p := &paper{width: 16}
	if err := List(p, CSV, rows, cut); err != nil || !strings.Contains(p.String(), "DESKTOP-1234567") {
		t.Errorf("CSV: %v\n%s", err, p.String())
	}
}

func FuzzArrange(f *testing.F) {
	f.Add("session end 1 --yes")
	f.Add("run a -- -x --name")
	f.Fuzz(func(t *testing.T, line string) {
		var got string
		var out, errs bytes.Buffer
		code := Run(t.Context(), program(&got), strings.Fields(line), Streams{Out: &out, Err: &errs})
		if code == 0 && got == "" && out.Len() == 0 {
			t.Errorf("%q did nothing and said nothing", line)
		}
		if code != 0 && errs.Len() == 0 {
			t.Errorf("%q failed without a word", line)
		}
	})
}
