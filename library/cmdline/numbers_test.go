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

// One thing fits a terminal: what it is goes on below where it began, and a word that fits
// there stays whole. Programs get lines.
func TestShowFits(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	columns := []Column[string]{
		{Title: "NOTE", Value: func(string) string { return "the printer does not print, and the customer has restarted it twice" }},
		{Title: "설명", Value: func(string) string {
			return "프린터가 인쇄하지 않고 고객이 두 번 다시 시작했습니다"
		}},
		{Title: "SHA-256", Value: func(string) string { return "the sum is " + sum }},
		{Title: "REASON", Value: func(string) string { return "" }},
	}
	var b strings.Builder
	err := Show(wide{&b, 76}, Table, "", columns)
	if want := "NOTE     the printer does not print, and the customer has restarted it twice\n설명     프린터가 인쇄하지 않고 고객이 두 번 다시 시작했습니다\n" +
		"SHA-256  the sum is\n         " + sum + "\nREASON\n"; err != nil || b.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b.String(), want)
	}
	b.Reset()
	if err := Show(wide{&b, 40}, Table, "", columns[:2]); err != nil || b.String() != "NOTE  the printer does not print, and\n      the customer has restarted it\n      twice\n"+
		"설명  프린터가 인쇄하지 않고 고객이 두\n      번 다시 시작했습니다\n" {
		t.Errorf("%v\n%s", err, b.String())
	}
	b.Reset()
	if err := Show(&b, Table, "", columns); err != nil || strings.Count(b.String(), "\n") != len(columns) {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// What comes in parts is folded for a terminal, and left alone for everybody else.
func TestFolding(t *testing.T) {
	for columns, want := range map[int]string{12: "one two\n      three\n      four", 0: "one two three four"} {
		var b strings.Builder
		w := Folding(wide{&b, columns})
		for _, part := range []string{"one tw", "o three ", "four"} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil || b.String() != want {
			t.Errorf("%d: %v\n%s", columns, err, b.String())
		}
	}
}
