package cmdline

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// A number may be typed as it is shown wherever one stands, and several may follow each
// other; what is none stays as it was typed.
func TestK6V4_NumbersInGroups(t *testing.T) {
	var args, sessions []string
	note := func(c *cli.Context) error {
		args, sessions = c.Args().Slice(), c.StringSlice("session")
		return nil
	}
	flags := func() []cli.Flag {
		return []cli.Flag{&cli.BoolFlag{Name: "all"}, &cli.StringSliceFlag{Name: "session", Aliases: []string{"s"}, Usage: "of this `NUMBER`"}, &cli.StringSliceFlag{Name: "tag", Usage: "`TEXT`"}}
	}
	app := func() *cli.App {
		return &cli.App{Name: "x", Commands: []*cli.Command{
			{Name: "end", ArgsUsage: "[NUMBER...] NUMBER [--reason TEXT...]", Action: note, Flags: append(flags(), &cli.StringFlag{Name: "reason"})},
			{Name: "one", ArgsUsage: "NUMBER [WORD...]", Action: note, Flags: flags()},
			{Name: "run", ArgsUsage: "SCRIPT...", Action: note, Flags: flags()},
		}}
	}
	for line, want := range map[string]string{
		"end 941 401 649":                              "941401649|",
		"end 941401649 482-913-077":                    "941401649 482-913-077|",
		"end 941 401 649 482 913 077":                  "941401649 482913077|",
		"end 941-401 649 T-1 482913077":                "941401649 T-1 482913077|",
		"end 9414 01649 94 14 01 649":                  "941401649 941401649|",
		"end 94 14":                                    "94 14|",
		"end --all":                                    "|",
		"one 941 401 649 memory":                       "941401649 memory|",
		"one 941401649 482 913 077":                    "941401649 482 913 077|",
		"one T-1 482 913 077":                          "T-1 482 913 077|",
		"one 9999999999 1":                             "9999999999 1|",
		"run fix -s 941 401 649":                       "fix|941401649",
		"run -s 941 401 649 fix":                       "fix|941401649",
		"run -s 941 401 649 482-913-077 fix -s kim":    "fix|941401649 482-913-077 kim",
		"run fix --session=941401649":                  "fix|941401649",
		"run -s 941 fix":                               "fix|941",
		"run --tag 941 401 649":                        "401 649|",
		"run 941 401 649 -s 482913077":                 "941 401 649|482913077",
		"run -s 482913077 941 401 649 -- 941 401 649x": "941 401 649x|482913077 941401649",
	} {
		args, sessions = nil, nil
		var problems strings.Builder
		code := Run(t.Context(), app(), strings.Fields(line), Streams{Out: &problems, Err: &problems})
		if got := strings.Join(args, " ") + "|" + strings.Join(sessions, " "); code != 0 || got != want {
			t.Errorf("%s: %d, %q, want %q %s", line, code, got, want, problems.String())
		}
	}
	if got := JoinNumbers([]string{"941", "401", "649", "a"}, 0); !slices.Equal(got, []string{"941", "401", "649", "a"}) {
		t.Error(got)
	}
}

// A column in which nothing stands is not in a table, and one that can be done without is
// left out where the table would be too wide. Programs get all.
func TestColumnsThatCanBeDoneWithout(t *testing.T) {
	columns := []Column[string]{
		{Title: "NAME", Value: func(s string) string { return s }, Cut: true},
		{Title: "SPARE", Value: func(s string) string { return strings.TrimLeft(s, "a") }, Spare: true},
		{Title: "LAST", Value: func(string) string { return "123456" }, Drop: 1},
		{Title: "FIRST", Value: func(string) string { return "123456" }, Drop: 2},
	}
	for width, want := range map[int]string{
		40: "NAME      LAST    FIRST\naaaaaaaa  123456  123456\n", 20: "NAME      LAST\naaaaaaaa  123456\n", 10: "NAME\naaaaaaaa\n", 4: "NAME\naaaaaaaa\n",
	} {
		var b strings.Builder
		if err := List(wide{&b, width}, Table, []string{"aaaaaaaa"}, columns); err != nil || b.String() != want {
			t.Errorf("%d: %v\n%s", width, err, b.String())
		}
	}
	var b strings.Builder
	if err := List(&b, CSV, []string{"a"}, columns); err != nil || b.String() != "NAME,SPARE,LAST,FIRST\na,,123456,123456\n" {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// wide is a terminal of so many columns.
type wide struct {
	*strings.Builder
	columns int
}

func (w wide) Width() int { return w.columns }
