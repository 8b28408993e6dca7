package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/cmd/supportctl/console"
	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/sshd"
)

// The file browser has folders first and hidden ones last, follows links, and leaves out what
// is no file.
func TestUIFolders(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for _, name := range []string{"b", "A", ".hidden"} {
		if err := os.Mkdir(filepath.Join(home, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"z.sh", "Y.sh", ".profile"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := "A/ b/ .hidden/ Y.sh z.sh .profile"
	if os.Symlink("b", filepath.Join(home, "link")) == nil && os.Symlink("nowhere", filepath.Join(home, "dangling")) == nil {
		if _, err := os.Stat(filepath.Join(home, "link")); err == nil { // Wine makes none
			want = "A/ b/ link/ .hidden/ Y.sh z.sh .profile"
		}
	}
	for _, path := range []string{home, "~", "~/b/.."} {
		l, err := folders{}.Folder(path)
		var got []string
		for _, e := range l.Entries {
			name := e.Name
			if e.Folder {
				name += "/"
			} else if e.Size != 5 {
				t.Errorf("%s has %d bytes", name, e.Size)
			}
			got = append(got, name)
		}
		if err != nil || l.Path != home || l.File || l.More || strings.Join(got, " ") != want {
			t.Errorf("%s: %+v, %v", path, l, err)
		}
	}
	if l, err := (folders{}).Folder(filepath.Join(home, "z.sh")); err != nil || !l.File {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := (folders{}).Folder(filepath.Join(home, "none")); cmdline.Code(err) != cmdline.ExitUsage {
		t.Errorf("%v", err)
	}
	if l, err := (folders{}).Folder(""); err != nil || !filepath.IsAbs(l.Path) || len(l.Entries) == 0 {
		t.Errorf("%+v, %v", l, err)
	}
	many := filepath.Join(home, "b")
	for i := range maxEntries + 1 {
		if err := os.Mkdir(filepath.Join(many, strings.Repeat("x", i/250+1)+string(rune('가'+i%250))), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if l, err := (folders{}).Folder(many); err != nil || !l.More || len(l.Entries) != maxEntries {
		t.Errorf("%d entries, %t, %v", len(l.Entries), l.More, err)
	}
}

// The console's form gives the relay a package made of files of this computer, and for a
// change what is different, of the version that was shown.
func TestUIFillsIn(t *testing.T) {
	n := newNetwork(t)
	d := scriptBackend{n.backend(t)}
	file := filepath.Join(t.TempDir(), "clean.sh")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := ""
	n.relay.on("category list --json", says(`[{"name":"Disks"}]`))
	if names, err := d.Categories(t.Context()); err != nil || strings.Join(names, "|") != "Disks" {
		t.Errorf("%v, %v", names, err)
	}
	files := library.Package{Executable: "clean.sh", Files: []library.File{{Path: "clean.sh", Data: []byte("#!/bin/sh\necho\n")}}}
	signature, _, err := signing{key: n.loginKey}.flag(d.lines.profile, api.Script{Name: "clean up", Owner: "alice", Category: "Disks", Version: 1, Executable: "clean.sh"}, "", files.Signable(), "")
	if err != nil {
		t.Fatal(err)
	}
	n.relay.on("script add '--description=two\nlines' --executable=clean.sh --category=Disks --publish '"+signature+"' -- 'clean up'", func(s *sshd.Session) int {
		_, _ = io.Copy(io.Discard, s)
		got += "added "
		return cmdline.ExitOK
	})
	f := console.ScriptForm{Name: "clean up", Category: "Disks", Description: "two\nlines", File: file, Publish: true}
	if err := d.Add(t.Context(), f); err != nil {
		t.Error(err)
	}
	f.File = file + "\x1b"
	if err := d.Add(t.Context(), f); cmdline.Code(err) != cmdline.ExitUsage || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%v", err)
	}
	n.relay.on("script edit --unpublish --if-version=3 -- 'clean up'", func(s *sshd.Session) int {
		got += "changed"
		return cmdline.ExitOK
	})
	before := api.Script{Name: "clean up", Category: "Disks", Published: true, Version: 3}
	if err := d.Change(t.Context(), before, console.ScriptForm{Name: "clean up", Category: "Disks"}); err != nil {
		t.Error(err)
	}
	if got != "added changed" {
		t.Errorf("the relay has %q", got)
	}
}
