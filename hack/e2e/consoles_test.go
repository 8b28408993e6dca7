//go:build unix

package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/mattn/go-runewidth"
	"github.com/rogpeppe/go-internal/testscript"

	"supportd/hack/internal/rig"
)

func cmdConsole(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "console NAME COMMAND [ARG...]")
	p := of(ts)
	if old := p.consoles[args[0]]; old != nil {
		old.Close()
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = surroundings(ts)
	c, err := rig.OpenWindow(cmd, p.window, nil)
	ts.Check(err)
	p.consoles[args[0]] = c
}

func cmdWindow(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "window COLUMNS ROWS")
	columns, err := strconv.Atoi(args[0])
	ts.Check(err)
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	of(ts).window = rig.Window{Columns: columns, Rows: rows}
}

func cmdScreen(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "screen NAME")
	ctx, cancel := of(ts).soon()
	defer cancel()
	_, err := console(ts, args[0]).Wait(ctx)
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), console(ts, args[0]).Screen())
}

func cmdFits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "fits NAME")
	cells := &runewidth.Condition{StrictEmojiNeutral: true} // whatever this machine's locale is
	for line := range strings.Lines(console(ts, args[0]).Screen()) {
		if width := cells.StringWidth(line); width > of(ts).window.Columns {
			ts.Fatalf("%d characters: %s", width, line)
		}
	}
}

func cmdColored(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, true, args, 1, "[!] colored NAME")
	if colored := console(ts, args[0]).Colored(); colored == neg {
		ts.Fatalf("in colour: %t", colored)
	}
}

// console is the terminal that a command names first.
func console(ts *testscript.TestScript, name string) *rig.Console {
	c := of(ts).consoles[name]
	if c == nil {
		ts.Fatalf("there is no terminal %s", name)
	}
	return c
}

func cmdExpect(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "expect NAME TEXT")
	ctx, cancel := of(ts).soon()
	defer cancel()
	ts.Check(console(ts, args[0]).Expect(ctx, args[1]))
}

func cmdShows(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, true, args, 2, "[!] shows NAME TEXT")
	screen := console(ts, args[0]).Screen()
	if strings.Contains(screen, args[1]) == neg {
		ts.Fatalf("the screen shows:\n%s", screen)
	}
}

func cmdType(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "type NAME TEXT")
	ts.Check(console(ts, args[0]).Type(args[1] + "\n"))
}

// cmdPicks answers the question about safety words: with the pair that "supportctl words" has
// written into a file, as a customer does who hears it.
func cmdPicks(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "picks NAME FILE")
	said := regexp.MustCompile(`(?m)^English +([a-z]+ [a-z]+)$`).FindStringSubmatch(ts.ReadFile(args[1]))
	if said == nil {
		ts.Fatalf("there are no words in %s", args[1])
	}
	all := regexp.MustCompile(`(?m)^ *([1-4]) +`+said[1]+` *\r?$`).FindAllStringSubmatch(console(ts, args[0]).Screen(), -1)
	if all == nil {
		ts.Fatalf("%q is none of the pairs:\n%s", said[1], console(ts, args[0]).Screen())
	}
	ts.Check(console(ts, args[0]).Type(all[len(all)-1][1] + "\n"))
}

func cmdPaste(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "paste NAME FILE")
	ts.Check(console(ts, args[0]).Type(strings.TrimSpace(ts.ReadFile(args[1])) + "\n"))
}

func cmdPress(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "press NAME KEYS")
	keys, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(console(ts, args[0]).Type(keys))
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "signal NAME TERM|KILL|INT|STOP|CONT")
	known := map[string]os.Signal{
		"TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "INT": syscall.SIGINT, "STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT,
	}
	sig := known[args[1]]
	if sig == nil {
		ts.Fatalf("unknown signal %s", args[1])
	}
	ts.Check(console(ts, args[0]).Process().Signal(sig))
}

func cmdHangup(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "hangup NAME")
	ts.Check(console(ts, args[0]).HangUp())
}

func cmdEnds(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "ends NAME CODE")
	ctx, cancel := of(ts).soon()
	defer cancel()
	code, err := console(ts, args[0]).Wait(ctx)
	ts.Check(err)
	if strconv.Itoa(code) != args[1] {
		ts.Fatalf("exit code %d, want %s; the screen shows:\n%s", code, args[1], console(ts, args[0]).Screen())
	}
}
