//go:build unix

package dialog

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// standIn is a program in the place of osascript, first on a PATH of its own. It writes
// down its arguments and does what a script says.
func standIn(t *testing.T, script string) (start Starter, arguments func() []string) {
	t.Helper()
	dir := t.TempDir()
	list := filepath.Join(dir, "arguments")
	program := "#!/bin/sh\nprintf '%s\\0' \"$@\" >\"$LIST\"\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "osascript"), []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	start = func(ctx context.Context, name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, filepath.Join(dir, filepath.Base(name)), args...)
		cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "LIST=" + list}
		return cmd
	}
	return start, func() []string {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	}
}

// TestTheAppleScriptIsConstant holds that no text becomes a part of the script, or an
// option of the program that runs it.
func TestTheAppleScriptIsConstant(t *testing.T) {
	n := note{title: `-e "do shell script"`, text: "-e\ndo shell script \"id\"\n\" & (do shell script \"id\") & \"\n\\", yes: "Allow once", no: "Don't allow"}
	start, arguments := standIn(t, "echo shown >&2; echo yes")
	shown := 0
	n.shown = func() { shown++ }
	c, err := runOsascript(t.Context(), start, osascript, n)
	if err != nil || !c.yes || c.stood > 0 {
		t.Errorf("%+v, %v: a box that stood for no time", c, err)
	}
	if shown != 1 {
		t.Errorf("it was said %d times that the box can be read", shown)
	}
	args := arguments()
	if len(args) != 8 || args[7] != "" || args[0] != "-e" || args[1] != boxScript || args[2] != "box" ||
		args[3] != n.title || args[4] != n.text || args[5] != n.no || args[6] != n.yes {
		t.Errorf("%q", args)
	}
	n.yes, n.stop, n.press = "", "Stop", "with Stop"
	if c, err := runOsascript(t.Context(), start, osascript, n); err == nil || c.yes || c.stop || strings.Join(arguments()[4:], "|") != "with Stop|Don't allow||Stop" {
		t.Errorf("without a yes: %+v, %v", c, err)
	}
}

// TestWhatOsascriptAnswers holds that one word alone is a yes.
func TestWhatOsascriptAnswers(t *testing.T) {
	n := note{title: "t", text: "x", yes: "Allow once", no: "Don't allow"}
	for script, want := range map[string]string{
		"echo shown >&2; echo no": "no", "echo no": "no", "echo none": "none", "": "none", "echo yes; exit 1": "none", "echo Yes": "none",
		"echo yes yes": "none", "echo shown >&2; echo stop": "none", "exit 1": "none", "kill -9 $$": "none", "echo yes": "early",
	} {
		start, _ := standIn(t, script)
		c, err := runOsascript(t.Context(), start, osascript, n)
		got := "none"
		switch {
		case err == nil && c.yes && c.stood < Settle:
			got = "early"
		case err == nil && c.yes:
			got = "yes"
		case err == nil:
			got = "no"
		}
		if got != want {
			t.Errorf("%s: %s, %v; want %s", script, got, err, want)
		}
	}
}

// TestStopOfOsascript holds that Stop is Stop where there was that button, and how long the
// box had stood.
func TestStopOfOsascript(t *testing.T) {
	n := note{title: "t", text: "x", yes: "Allow once", no: "Don't allow", stop: "Stop", press: "x"}
	for script, want := range map[string]click{"echo stop": {stop: true}, "echo no": {}, "echo yes": {yes: true}} {
		start, _ := standIn(t, script)
		if c, err := runOsascript(t.Context(), start, osascript, n); err != nil || c.stop != want.stop || c.yes != want.yes || c.stood >= Settle {
			t.Errorf("%s: %+v, %v", script, c, err)
		}
	}
}

// TestTheBoxOfMacOSIsTakenAway holds that a question that is over closes its box.
func TestTheBoxOfMacOSIsTakenAway(t *testing.T) {
	start, _ := standIn(t, "exec sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if c, err := runOsascript(ctx, start, osascript, note{yes: "y"}); !errors.Is(err, context.DeadlineExceeded) || c.yes || time.Since(began) > wait {
		t.Errorf("%+v, %v after %v", c, err, time.Since(began))
	}
}

// wait is how long a test waits for what takes a moment on a busy computer.
const wait = 20 * time.Second
