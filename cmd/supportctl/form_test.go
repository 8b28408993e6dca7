package main

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/relay/client"
)

func TestFormIsReadAsItWasWritten(t *testing.T) {
	for _, f := range []form{
		{},
		{Name: "DNS 고치기", Category: "프린터", Publish: true, File: "kit", With: []string{"a.txt", "b c.txt", "d, e.txt", `"f"`}, Description: "one\n\ntwo: three"},
		{Name: "a: b", Description: "name: not a field any more"},
		{Name: "a", Description: "# Purpose\n#! repairs names"},
		{Name: "a", Description: "two\n\nlines", Text: "#!/bin/sh\n\n# a comment\n  echo \"=====\"\n=====\n"},
		{Name: "a", File: "fix.bat", Text: "@echo off\n"},
	} {
		got, err := parseForm(comment(errNeedsRelay.Error()) + f.text(nil, []string{"x", "y"}))
		if err != nil || !reflect.DeepEqual(*got, f) {
			t.Errorf("%+v became %+v, %v", f, got, err)
		}
	}
	for text, want := range map[string]string{
		"nonsense\n": "none of name, category", "color: red\n": "none of name, category", "publish: maybe\n": "yes or no",
	} {
		if _, err := parseForm(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "\n\n", "# only a comment\n"} {
		if f, err := parseForm(text); f != nil || err != nil {
			t.Errorf("%q: %+v, %v", text, f, err)
		}
	}
	if got := withoutProblem(comment(errNeedsRelay.Error()) + "# kept\nname: x\n"); got != "# kept\nname: x\n" {
		t.Errorf("%q", got)
	}
}

// C12: a script can be written in the editor itself.
func TestK5C12_TheScriptItselfInTheEditor(t *testing.T) {
	t.Chdir(t.TempDir())
	blank := form{Name: "x", Category: "y"}.text(nil, []string{"y"})
	named := func(name string) string { return strings.Replace(blank, "\nfile: ", "\nfile: "+name, 1) }
	for name, c := range map[string]struct{ typed, executable, data, description string }{
		"below the line":         {blank + "what it does\n=====\n\n#!/bin/sh\necho one\n# two\n\n", "run.sh", "#!/bin/sh\necho one\n# two\n", "what it does"},
		"a longer line":          {blank + "==========\n#!/usr/bin/env python3\nprint()\n", "run.py", "#!/usr/bin/env python3\nprint()\n", ""},
		"at the end, by itself":  {blank + "what it does\n\n#!/usr/bin/env -S bash -e\necho\n", "run.sh", "#!/usr/bin/env -S bash -e\necho\n", "what it does"},
		"saved by Notepad":       {"\ufeff" + strings.ReplaceAll(blank+"=====\n#!/bin/sh\necho\n", "\n", "\r\n"), "run.sh", "#!/bin/sh\necho\n", ""},
		"with a name":            {named("fix.ps1") + "=====\nGet-Date", "fix.ps1", "Get-Date\n", ""},
		"a batch file":           {named("fix.cmd") + "=====\n@echo off\necho one\n", "fix.cmd", "@echo off\r\necho one\r\n", ""},
		"of another interpreter": {blank + "=====\n#!/usr/bin/perl\nprint 1;\n", "run", "#!/usr/bin/perl\nprint 1;\n", ""},
	} {
		f, err := parseForm(c.typed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p, err := f.files()
		if err != nil || p.Executable != c.executable || len(p.Files) != 1 || string(p.Files[0].Data) != c.data || f.Description != c.description {
			t.Errorf("%s: %+v, %+v, %v", name, f, p, err)
		}
	}
	if err := os.WriteFile("there.sh", []byte("echo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for typed, why := range map[string]string{
		named("there.sh") + "=====\n#!/bin/sh\n": "as well", blank + "=====\necho\n": "what is the script called", blank + "=====\n#!/usr/bin/env\n": "names no program",
	} {
		f, err := parseForm(typed)
		if err == nil {
			_, err = f.files()
		}
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", why, err)
		}
	}
	if f, err := parseForm(named("there.sh") + "about\n#!/bin/sh\n"); err != nil || f.Text != "" || f.Description != "about\n#!/bin/sh" {
		t.Errorf("with a file, it is a description: %+v, %v", f, err)
	}
}

func FuzzForm(f *testing.F) {
	f.Add(form{Name: "x", Description: "y"}.text(nil, nil))
	f.Add("name: a\nwith: b, ,c\n\n\ntext\r\n# comment")
	f.Fuzz(func(t *testing.T, text string) {
		once, err := parseForm(text)
		if err != nil || once == nil {
			return
		}
		again, err := parseForm(once.text(nil, nil))
		if err != nil || again == nil {
			t.Fatalf("%+v cannot be read again: %v", once, err)
		}
		if !reflect.DeepEqual(once, again) {
			t.Errorf("%+v became %+v", once, again)
		}
	})
}

func TestScriptsOfTheLibraryAreStagedInTheirOwnFolder(t *testing.T) {
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh"}, {Path: "data/x"}}}
	for name, want := range map[string]string{
		"fix dns": "fix dns/run.sh", "DNS: 고치기?": "DNS- 고치기-/run.sh", "con": "script/run.sh", "ends.": "ends/run.sh", "...": "script/run.sh",
	} {
		if got := libraryPackage(name, p); got.Name() != want || len(got.Files) != 2 {
			t.Errorf("%q is staged as %q", name, got.Name())
		}
	}
	asked := 0
	fetch := func(name string) (client.Staged, string, error) {
		asked++
		return libraryPackage(name, p), "library", nil
	}
	pl, err := newBench(t).resolve([]string{"Fix", "fix", "FIX"}, fetch)
	if err != nil || asked != 1 || len(pl.packages) != 1 || len(pl.names) != 3 {
		t.Errorf("%+v, asked %d times, %v", pl, asked, err)
	}
}

// What stands above a column is what it can be sorted by.
func TestScriptsAreSortedByAllHeadings(t *testing.T) {
	for i, c := range (&program{}).tables(cmdline.CSV).Scripts() {
		if order, err := api.ParseScriptOrder(c.Title); err != nil || order != api.ScriptOrders()[i] {
			t.Errorf("%s: %q, %v", c.Title, order, err)
		}
	}
}
