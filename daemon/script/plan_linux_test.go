package script

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"supportd/library"
	"supportd/library/text"
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
		if err := sent(u.staging, name); err != nil {
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

// R1: what the first line says happens as where the kernel starts the script: each
// file is run by both, and prints the same.
func TestK4R1_TheFirstLineDoesWhatItDoesElsewhere(t *testing.T) {
	b := newBench(t)
	for _, first := range []string{
		"#!/bin/sh\t-e", "#!/bin/sh  -eu ", "#! /bin/sh", "#!/usr/bin/env\tbash", "#!/usr/bin/env bash", "#!/usr/bin/env -S bash -e",
		"#!/usr/bin/env -S FOO=bar bash", "#!/usr/bin/env -S FOO=bar BAZ= bash -e", "#!/usr/bin/env -S -i bash", "#!/usr/bin/env -S -i FOO=x bash",
		"#!/usr/bin/env -S -u LANG bash", `#!/usr/bin/env -S "FOO=a b" bash`, "#!/usr/bin/env -S bash\r", "#!/usr/bin/env -S FOO=${LANG} bash",
		"#!/bin/sh" + strings.Repeat(" ", 300),
	} {
		const rest = "\necho \"$0\" | wc -l; echo foo=${FOO-unset} baz=${BAZ-unset} lang=${LANG-unset} $- $#\nexit 7\n"
		direct := filepath.Join(t.TempDir(), "direct")
		if err := os.WriteFile(direct, []byte(first+rest), 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(direct)
		cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
		want, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 7 {
			t.Fatalf("%q by the kernel: %v", first, err)
		}
		o, rec := b.one(RunOptions{}, first+rest)
		if o.Code != 7 || rec.text("stdout") != string(want) {
			t.Errorf("%q: %+v, %q, the kernel does %q", first, o, rec.text(""), want)
		}
	}
	for first, why := range map[string]string{
		"#!/usr/bin/env": "names no program", "#!/usr/bin/env FOO=bar bash": "-S", "#!/usr/bin/env bash -e": "-S", "#!/usr/bin/env -i bash": "-S",
		"#!/usr/bin/env -S -i nonesuch -x": "needs nonesuch", "#!/usr/bin/env -S /opt/none/such": "needs /opt/none/such",
		"#!/bin/bash -c " + strings.Repeat("x", 300): "of which the system reads 255", "#!": "names no program", "#!/bin/sh -e\r": "Windows line ends",
		// What is there and is no program is not looked for by its last name elsewhere.
		"#!/etc/passwd": "/etc/passwd, which is no program", "#!/etc": "/etc, which is no program", "#!/etc/shadow -x": "/etc/shadow, which is no program",
		"#!/opt/none/sh": "needs /opt/none/sh", "#!/home/nobody/bin/passwd": "needs /home/nobody/bin/passwd", "#!/usr/bin/../../etc/passwd": "which is no program",
		"#!/usr/bin/env -S ${SHELL}": "from a variable", "#!/usr/bin/env -S ${SHELL} -e": "from a variable",
	} {
		b.put("bad", first+"\necho\n")
		if _, err := b.staging.Plan([]string{"bad"}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", first, err)
		}
	}
}

// R2: nothing of a plan runs of which a script, or one that it reads, has an
// encoding that its interpreter does not take.
func TestK4R2_RefusedBeforeAnythingRuns(t *testing.T) {
	b := newBench(t)
	b.put("good.sh", "echo good\n")
	b.put("p/run.sh", ". ./lib.sh\n")
	b.put("p/lib.sh", "f() {\r\n}\r\n")
	b.put("half.sh", "echo one\nif true; then\r\necho two\r\nfi\r\n")
	for _, bad := range []string{"p/run.sh", "half.sh"} {
		if _, err := b.staging.Plan([]string{"good.sh", bad}); err == nil || !strings.Contains(err.Error(), "Windows line ends") || !strings.Contains(err.Error(), "save it") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	b.put("bom.py", "\xef\xbb\xbf#!/usr/bin/env python3\r\nprint('한글')\r\n")
	if outcomes, rec := b.run(RunOptions{}, "bom.py"); !outcomes[0].OK() || rec.text("stdout") != "한글\n" {
		t.Errorf("Python takes all of it: %+v, %q", outcomes[0], rec.text(""))
	}
}

// R3: paths and the environment are bytes.
func TestK4R3_BytesThatAreNoUTF8(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "home-\xff\xc7\xd1")
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Fatal(err)
	}
	b := newBenchIn(t, filepath.Join(odd, "work"), "HOME="+odd, "LC_NAME=\xfe")
	outcome, rec := b.one(RunOptions{}, "cd \"$HOME\" && printf %s \"$HOME$LC_NAME\"")
	if want := text.EscapeBytes(odd + "\xfe"); !outcome.OK() || rec.text("stdout") != want {
		t.Errorf("%+v, %q, want %q", outcome, rec.text(""), want)
	}
}

// R4: what a program wants are the bytes that the script wrote.
func TestK4R4_TheBytesAreKept(t *testing.T) {
	b := newBench(t)
	_, rec := b.one(RunOptions{}, `printf '\000\377\r\n\033[31m\\x1b한\n'; printf '\\x'; sleep 0.05; printf '1b'`)
	var raw []byte
	for _, e := range rec.events {
		if e.Stream == "stdout" && e.Raw != nil {
			raw = append(raw, e.Raw...)
		} else if e.Stream == "stdout" {
			raw = append(raw, e.Text...)
		}
	}
	if want := "\x00\xff\r\n\x1b[31m\\x1b한\n\\x1b"; string(raw) != want {
		t.Errorf("bytes %q, want %q", raw, want)
	}
	if want := `\x00\xff` + "\n" + `\x1b[31m\x5cx1b한` + "\n" + `\x5cx1b`; rec.text("stdout") != want {
		t.Errorf("text %q, want %q", rec.text("stdout"), want)
	}
}

// What sftp or scp brought in the place of a script is named, whatever it is called: an
// archive is not run as a script, and not called something without a first line.
func TestK4R2_ArchivesAreNamed(t *testing.T) {
	u := newUpload(t, t.TempDir())
	for name, c := range map[string]struct{ data, want string }{
		"a.tar.gz": {"\x1f\x8b\x08\x00", "a gzip archive"}, "b.sh": {"\x1f\x8b\x08\x00", "a gzip archive"}, "c.xz": {"\xfd7zXZ\x00\x00", "an xz archive"},
		"d.zst": {"\x28\xb5\x2f\xfd\x04", "a Zstandard archive"}, "e.zip": {"PK\x03\x04x", "a ZIP archive"}, "f.py": {"PK\x03\x04x", "a ZIP archive"},
		"g.rpm": {"\xed\xab\xee\xdb\x03", "an RPM package"}, "h.7z": {"7z\xbc\xaf\x27\x1c", "a 7z archive"}, "i.pdf": {"%PDF-1.7\n", "a PDF document"}, "j.sh": {"<!DOCTYPE html>\n", "a page of HTML"},
	} {
		if err := errors.Join(os.WriteFile(filepath.Join(u.dir, name), []byte(c.data), 0o600), sent(u.staging, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := u.staging.Plan([]string{name}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
