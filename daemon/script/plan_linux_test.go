package script

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"supportd/library"
)

func TestS3_S21_Plan(t *testing.T) {
	u := newUpload(t, t.TempDir())
	self, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(u.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		data    string
		command string // what starts it
		err     string // or a part of the refusal
	}{
		"a.sh":     {"echo", "/usr/bin/sh", ""},
		"b.py":     {"print()", "python3", ""},
		"c":        {"#!/bin/sh -e\n", "/bin/sh -e", ""},
		"d":        {"#!/usr/bin/env -S sh -x\n", "sh -x", ""},
		"e":        {"#! /usr/bin/env sh\n", "/sh", ""},
		"native":   {string(self), "", ""},
		"crlf.sh":  {"#!/bin/sh\r\necho\r\n", "", "Windows line ends"},
		"bom.sh":   {"\xef\xbb\xbf#!/bin/sh\n", "", "byte order mark"},
		"none":     {"#!/usr/bin/env nonesuch\n", "", "needs nonesuch"},
		"relative": {"#!sh\n", "", "whole path"},
		"what.txt": {"hello", "", "nothing that this computer can run"},
		"empty":    {"", "", "nothing that this computer can run"},
	} {
		write(name, []byte(c.data))
		p, err := u.staging.Plan([]string{name})
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || !strings.HasSuffix(strings.Join(p.Steps[0].Command, " "), strings.TrimPrefix(c.command, "/usr")) && c.command != "":
			t.Errorf("%s: %+v, %v", name, p, err)
		case name == "native" && (p.Steps[0].Executable.Text != "" || p.Steps[0].Command != nil):
			t.Errorf("native: %q", p.Steps[0].Command)
		}
	}
	many := make([]string, library.MaxScripts+1)
	for i := range many {
		many[i] = "a.sh"
	}
	for name, paths := range map[string][]string{"none": nil, "too many": many, "missing": {"x.sh"}, "folder": {"/"}, "outside": {"../a.sh"}} {
		if _, err := u.staging.Plan(paths); err == nil {
			t.Errorf("%s: planned", name)
		}
	}
	if p, err := u.staging.Plan(many[1:]); err != nil || len(p.Steps) != library.MaxScripts {
		t.Errorf("the most scripts: %v", err)
	}
}

// A8: a work directory on a disk that executes nothing.
func TestA8_NoexecTempDirectory(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	b := newBench(t)
	if err := syscall.Mount("none", b.work, "tmpfs", syscall.MS_NOEXEC, "size=4m,mode=700"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() { b.runner.Close(); syscall.Unmount(b.work, 0) })
	self, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	b.put("native", string(self))
	b.put("one.sh", "#!/bin/sh\necho works\n")
	outcomes, rec := b.run(RunOptions{KeepGoing: true}, "one.sh", "native")
	if outcomes[0].Code != 0 || rec.text("stdout") != "works\n" || outcomes[1].Reason != Unstarted || !strings.Contains(outcomes[1].Problem, "noexec") {
		t.Errorf("%+v, %q", outcomes, rec.text(""))
	}
}

// A link that something else has put into the directory leads nowhere.
func TestF8_ALinkInTheDirectoryIsNotFollowed(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	outside := filepath.Join(filepath.Dir(u.dir), "outside")
	os.WriteFile(outside, []byte("secret"), 0o600)
	os.Symlink(outside, filepath.Join(u.dir, "link"))
	os.Symlink("/", filepath.Join(u.dir, "root"))
	if err := syscall.Mkfifo(filepath.Join(u.dir, "fifo.sh"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := c.Open("link"); err == nil {
		data, err := io.ReadAll(f)
		t.Errorf("read %q, %v through a link", data, err)
	}
	if err := put(c, "link", []byte("x")); err == nil {
		t.Error("wrote through a link")
	}
	if _, err := c.ReadDir("root"); err == nil {
		t.Error("listed / through a link")
	}
	for _, name := range []string{"link", "fifo.sh", "root/bin/true"} {
		if _, err := u.staging.Plan([]string{name}); err == nil {
			t.Errorf("%s was planned", name)
		}
	}
	if data, _ := os.ReadFile(outside); string(data) != "secret" {
		t.Errorf("outside is %q", data)
	}
}
