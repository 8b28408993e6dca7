package cmdline

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

func TestNearest(t *testing.T) {
	names := []string{"session", "script", "report", "sysinfo", "logon-as", "logoff", "list", "start", "end", "note", "restart-printer"}
	for word, want := range map[string]string{
		"sesion": "session", "SESSION": "session", "lst": "list", "strat": "start", "logonas": "logon-as", "reprot": "report",
		"printer": "restart-printer", "x": "", "": "", "zzz": "", "ls": "list", "482913077": "", strings.Repeat("a", 1<<20): "",
	} {
		got := Nearest(word, names)
		if first := append(slices.Clone(got), "")[0]; first != want {
			t.Errorf("%.20q is near to %q, want %q", word, got, want)
		}
		if len(got) > mostSuggested {
			t.Errorf("%.20q: %q", word, got)
		}
	}
}

func TestWhatWasMeantIsSaid(t *testing.T) {
	app := func() *cli.App {
		nothing := func(*cli.Context) error { return nil }
		return &cli.App{Name: "tool", Commands: []*cli.Command{
			{Name: "session", Subcommands: []*cli.Command{
				{Name: "start", Flags: []cli.Flag{&cli.StringFlag{Name: "ticket", Aliases: []string{"t"}}}, Action: nothing},
				{Name: "list", Action: nothing},
			}},
			{Name: "report", Subcommands: []*cli.Command{{Name: "list", Action: nothing}}},
			{Name: "hidden", Hidden: true, Action: nothing},
		}}
	}
	for _, test := range []struct{ line, want string }{
		{"sesion list", `tool: unknown command "sesion"; did you mean session?`},
		{"session lst", `session: unknown command "lst"; did you mean session list?`},
		{"list", `unknown command "list"; did you mean session list, report list?`},
		{"session start --tiket x", "unknown flag --tiket; did you mean --ticket?"},
		{"session start --tiket=x", "unknown flag --tiket=x; did you mean --ticket?"},
		{"session start -x", "unknown flag -x\n"},
		{"session start --zzz", "unknown flag --zzz\n"},
		{"hiden", "unknown command \"hiden\"\nhint: one of: session, report"},
		{"qqq", "unknown command \"qqq\"\nhint: one of: session, report"},
	} {
		var problems bytes.Buffer
		code := Run(t.Context(), app(), strings.Fields(test.line), Streams{Out: &problems, Err: &problems})
		if code != ExitUsage || !strings.Contains(problems.String(), test.want) {
			t.Errorf("%q: %d, %s", test.line, code, &problems)
		}
	}
	var problems bytes.Buffer
	if Run(t.Context(), app(), []string{"sesion"}, Streams{Out: &problems, Err: &problems, Speaker: text.NewSpeaker(text.Korean)}); !strings.Contains(problems.String(), "혹시 session인가요?") {
		t.Error(problems.String())
	}
}
