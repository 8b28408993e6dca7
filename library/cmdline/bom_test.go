package cmdline

import (
	"io"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

// saves is a file that a person sends output into, or not.
type saves struct {
	strings.Builder
	person bool
}

func (s *saves) Saved() bool { return s.person }

// C6: a spreadsheet takes CSV without a byte order mark for its old character set; a
// program takes the mark for a part of the first heading.
func TestK5C6_ByteOrderMark(t *testing.T) {
	type row struct {
		Name string `json:"name"`
	}
	columns := []Column[row]{{Title: "NAME", Value: func(r row) string { return r.Name }}}
	run := func(out io.Writer, args ...string) {
		t.Helper()
		app := &cli.App{Name: "x", Commands: []*cli.Command{{
			Name: "list", Flags: FormatFlags(), Action: func(c *cli.Context) error {
				f, err := FormatOf(c)
				if err != nil {
					return err
				}
				return List(c.App.Writer, f, []row{{"김민지"}}, columns)
			},
		}}}
		var problems strings.Builder
		if code := Run(t.Context(), app, append([]string{"list"}, args...), Streams{Out: out, Err: &problems}); code != 0 {
			t.Fatal(problems.String())
		}
	}
	for _, c := range []struct {
		person bool
		args   string
		marked bool
	}{
		{true, "-o csv", true},
		{true, "-o csv --bom=false", false},
		{true, "-o json", false},
		{true, "-o jsonl", false},
		{true, "", false},
		{false, "-o csv", false},
		{false, "-o csv --bom", true},
		{false, "--bom --json", false},
	} {
		out := &saves{person: c.person}
		run(out, strings.Fields(c.args)...)
		if got := strings.HasPrefix(out.String(), text.BOM); got != c.marked || strings.Count(out.String(), text.BOM) > 1 || !strings.Contains(out.String(), "김민지") {
			t.Errorf("a person saves it: %v, %q: %q", c.person, c.args, out.String())
		}
	}
	var plain strings.Builder // a writer that knows nothing is a program's
	if run(&plain, "-o", "csv"); plain.String() != "NAME\n김민지\n" {
		t.Errorf("%q", plain.String())
	}
	nothing := &saves{}
	if n, err := WithBOM(nothing).Write(nil); n != 0 || err != nil || nothing.Len() > 0 {
		t.Errorf("nothing became %q", nothing.String())
	}
}
