package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/filename"
	"supportd/library/journal"
	"supportd/relay/client"
)

// A file is named by the session, and by nothing that could lead elsewhere.
func TestK6V3_NamesOfOutputFiles(t *testing.T) {
	for want, s := range map[string]api.Session{
		"482913077.txt":                     {Number: "482913077"},
		"482913077_T-17_front-desk_Kim.txt": {Number: "482913077", Ticket: "T-17", Name: "front desk", Customer: "Kim"},
		"482913077_김민지.txt":                 {Number: "482913077", Customer: "김민지"},
		"482913077_etc-passwd.txt":          {Number: "482913077", Customer: "../../etc/passwd\x00"},
		"482913077_con_C-x_a-b.txt":         {Number: "482913077", Ticket: "-con:", Name: `C:\x`, Customer: " a\n\u202eb. "},
		"482913077_" + strings.Repeat("각", 20) + "_" + strings.Repeat("x", 60) + ".txt": {Number: "482913077", Ticket: strings.Repeat("각", 200), Customer: strings.Repeat("x", 500)},
	} {
		got := outputName(s)
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if err := filename.CheckPath(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	}
}

func TestK6V3_FilesOfASessionsOutput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	b, shown := newTestBoard(false)
	one, two := &target{session: api.Session{Number: "482913077", Customer: "Kim"}}, &target{session: api.Session{Number: "553681754"}}
	r, err := newRecorder(nil, b, dir, []*target{one, two})
	if err != nil {
		t.Fatal(err)
	}
	r.reached(one, stageAsks)
	r.reached(one, stageRuns)
	r.say(one, "the customer allowed it")
	for _, e := range []client.Event{
		{Kind: journal.KindScriptStart, Step: 1, Text: "fix.sh"}, output1("stdout", "half "), output1("stderr", "oops\x1b[2J\n"), output1("stdout", "a line\nrest"),
		{Kind: journal.KindScriptExit, Step: 1, Outcome: &client.Outcome{Name: "fix.sh", Reason: "exit"}},
	} {
		if err := r.show(one, e); err != nil {
			t.Fatal(err)
		}
	}
	two.err = cmdline.Fail(cmdline.ExitDenied, "", "the customer said no")
	r.finish(one)
	r.finish(two)
	r.say(one, "late")
	if one.err != nil {
		t.Fatal(one.err)
	}
	read := func(name string) (lines []string) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	}
	got := read("482913077_Kim.txt")
	want := "* asking Kim\n* the customer allowed it\n> 1. fix.sh\n! oops\\x1b[2J\n| half a line\n| rest\n< 1. fix.sh: ok, 0.0 s"
	if got[0] != "* session 482 913 077 with Kim" || !strings.HasPrefix(got[1], "* written by supportctl from ") || strings.Join(got[2:], "\n") != want {
		t.Errorf("%q", got)
	}
	if got := read("553681754.txt"); got[len(got)-1] != "< the customer said no" {
		t.Errorf("%q", got)
	}
	if !strings.Contains(shown.String(), "482 913 077 | half a line\n") {
		t.Errorf("the lines are not shown any more: %s", shown)
	}
	// What is there is left alone, and nothing is made beside it.
	three := &target{session: api.Session{Number: "120000016"}}
	_, err = newRecorder(nil, b, dir, []*target{three, two})
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "553681754.txt exists already") {
		t.Errorf("%v", err)
	}
	if names := left(t, dir); len(names) != 2 {
		t.Errorf("%q", names)
	}
}

// A file that cannot be written on ends no run; the session's result says so.
func TestK6V3_AFullDiskEndsNoRun(t *testing.T) {
	b, shown := newTestBoard(false)
	one := &target{session: api.Session{Number: "482913077"}}
	r, err := newRecorder(nil, b, t.TempDir(), []*target{one})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.files[one].file.Close(); err != nil { // as a disk that is taken away
		t.Fatal(err)
	}
	for range 3 {
		if err := r.show(one, output1("stdout", "line\n")); err != nil {
			t.Errorf("the run ends with %v", err)
		}
	}
	r.finish(one)
	if one.err == nil || strings.Count(shown.String(), "cannot write") != 1 || strings.Count(shown.String(), "| line\n") != 3 {
		t.Errorf("%v\n%s", one.err, shown)
	}
}
