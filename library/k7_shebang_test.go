package library

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// R1: a line is as long as a system reads it, to the byte, and what it says beside env
// is not taken for env's.
func TestK4R1_FirstLinesAtTheirLimits(t *testing.T) {
	if MaxShebangLinux != 255 || MaxShebang != 511 {
		t.Error("a limit is not that of the system (execve(2); XNU's exec_shell_imgact)")
	}
	for length, fits := range map[int]bool{MaxShebang: true, MaxShebang + 1: false} {
		line := "#!/bin/sh " + strings.Repeat("x", length-len("#!/bin/sh "))
		s, ok, err := ReadShebang([]byte(line + " \t\n"))
		if !ok || (err == nil) != fits || s.Length != length {
			t.Errorf("%d bytes: counted %d, %v", length, s.Length, err)
		}
		if err := s.Fits(length - 1); err == nil {
			t.Errorf("%d bytes fit into %d", length, length-1)
		}
		if err := s.Fits(length); err != nil {
			t.Error(err)
		}
	}
	for line, why := range map[string]string{
		"#!/usr/bin/env": "names no program behind env", "#!/usr/bin/env \t": "names no program behind env", "#!/bin/sh -e\recho": "Macintosh", "#!/bin/sh -S x\r": "a part of its argument",
		"#!/bin/sh -S \"x": "", "#!/bin/sh -S $x": "", "#!/opt/env/sh $x": "", "#!/usr/bin/env -S -u\r": "",
	} {
		s, _, err := ReadShebang([]byte(line + "\n"))
		if (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", line, err, why)
		}
		if fixed := s.Fixed(); fixed != nil {
			t.Errorf("%q: %v", line, fixed)
		}
	}
	for argument, want := range map[string]string{"bash": "bash", "-S bash -e": "bash", "/opt/bin/perl -w": "perl", `-S "bash`: "", "": ""} {
		if got := (Shebang{Program: "/usr/bin/env", Argument: argument}).Interpreter(); got != want {
			t.Errorf("env %q: %q, want %q", argument, got, want)
		}
	}
}

// R1: what env -S takes apart, word by word (GNU coreutils, env(1)).
func TestK4R1_WordsAsEnvTakesThemApart(t *testing.T) {
	for in, want := range map[string][]string{
		`a\_b "c\_d"`: {"a", "b", "c d"}, `\_a`: {"a"}, `a\tb\n\v\f\r`: {"a\tb\n\v\f\r"}, `"it's"`: {"it's"}, `'say "x"'`: {`say "x"`}, `a#b c#`: {"a#b", "c#"}, `"#a" b #c`: {"#a", "b"}, `a '' ""`: {"a", "", ""},
		`a"b"'c'd`: {"abcd"}, `'a\_b\q'`: {`a\_b\q`}, `'\\\''`: {`\'`}, `"\"\$\#\'"`: {`"$#'`}, `a\cb c`: {"a"}, "a\x00b": {"a\x00b"}, " \t\v\f\r\n": nil, "": nil, `\#a`: {"#a"},
	} {
		if got, plain, err := splitEnv(in); err != nil || !plain || !slices.Equal(got, want) {
			t.Errorf("%q: %q, plain %t, %v; want %q", in, got, plain, err, want)
		}
	}
	for in, plain := range map[string]bool{"$X": false, `"$X"`: false, `'$X'`: true, `\$X`: true, "a$": false} {
		if _, got, err := splitEnv(in); err != nil || got != plain {
			t.Errorf("%q: plain %t, %v", in, got, err)
		}
	}
	for argument, want := range map[string]string{"-S -- bash": "bash", "-S -- -i": "-i", "-S -- - x": "- x", "-S -i -- A=1 bash": "bash", "-": "", "-S -": ""} {
		e, err := Shebang{Program: "/usr/bin/env", Argument: argument}.Env()
		if got := strings.TrimSpace(e.Program + " " + strings.Join(e.Arguments, " ")); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", argument, got, err, want)
		}
		if plain := !strings.Contains(argument, "A=1"); err == nil && e.Plain != plain {
			t.Errorf("%q: plain %t", argument, e.Plain)
		}
	}
	for times, taken := range map[int]bool{8: true, 9: false} {
		_, err := Shebang{Program: "/usr/bin/env", Argument: strings.Repeat("-S ", times) + "bash"}.Env()
		if (err == nil) != taken || err != nil && !strings.Contains(err.Error(), "take apart too much") {
			t.Errorf("-S %d times: %v", times, err)
		}
	}
	_, err := Shebang{Program: "/usr/bin/env", Argument: "-" + strings.Repeat("0", 100) + "u"}.Env()
	if err == nil || strings.Count(err.Error(), "0") != 38 { // of 40 characters the first is "-", the last "…"
		t.Errorf("a long option is not cut: %v", err)
	}
}

// R2: what each system's interpreters take of UTF-16, marks and line ends, and which
// files are looked at at all.
func TestK4R2_EncodingsOfEachSystem(t *testing.T) {
	const bom = "\xef\xbb\xbf"
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	check := func(what string, err error, why string) {
		t.Helper()
		if (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %q", what, err, why)
		}
	}
	for _, c := range []struct{ name, data, why string }{
		{"a.vbs", wide("x = 1\r\n"), "without a byte order mark"}, {"a.vbs", "x = 1\r\n", ""}, {"a.VBS", "\xff\xfe" + wide("x"), ""}, {"a.vbs", bom + "x", "ANSI or UTF-16"},
		{"a.ps1", wide("Get-Date"), "without a byte order mark"}, {"a.ps1", bom + "x", ""}, {"a.bat", wide("echo"), "UTF-16"}, {"a.cmd", "\xff\xfe" + wide("x"), "UTF-16"}, {"a.bat", bom + "x", "byte order mark"}, {"a.bat", "x\r\n", ""},
	} {
		check(c.name, CheckWindowsScript(c.name, []byte(c.data)), c.why)
	}
	for _, c := range []struct{ name, data, why string }{
		{"a.py", bom + "#!/usr/bin/env python3\n", ""}, {"a", bom + "#!/bin/sh\n", "byte order mark"}, {"a", bom + "hello", ""}, {"a.sh", bom + "echo", "byte order mark"}, {"a.sh", "#!/bin/sh", ""},
		{"a.sh", "cat <<EOF\nx\r\n\tEOF\necho\n", "first in line 2"}, {"a.sh", "cat <<-EOF\nx\r\n\tEOF\necho\n", ""},
	} {
		check(c.name, CheckUnixScript(c.name, []byte(c.data)), c.why)
	}
	for _, c := range []struct{ name, data, why string }{
		{"tool", bom + "#!/bin/sh\n", "byte order mark"}, {"tool", "#!/bin/sh\r\n", "Windows line ends"}, {"lib.sh", "x\r\n", "Windows line ends"}, {"data", bom + "x\r\n", ""}, {"data.txt", "x\r\n", ""},
	} {
		check(c.name, CheckCompanion(c.name, []byte(c.data)), c.why)
	}
	err := Package{Executable: "a.sh", Files: []File{{"a.sh", []byte("x\r\n")}}}.CheckScripts()
	if !errors.Is(err, ErrSaved) || !strings.HasPrefix(err.Error(), "a.sh: ") {
		t.Errorf("%v", err)
	}
}

// R2: the format of a file is seen by its first 512 bytes, to the byte.
func TestK4R2_FormatsAreSeenByHowFilesBegin(t *testing.T) {
	for at, want := range map[int]string{0: "a page of HTML", 512 - len("<html"): "a page of HTML", 512 - len("<html") + 1: ""} {
		page := []byte(strings.Repeat("\n", at) + "<html>" + strings.Repeat("x", 1000))
		if got, _ := formatOf(page); got != want {
			t.Errorf("a page at byte %d is %q, want %q", at, got, want)
		}
		if _, err := ReadTar(strings.NewReader(string(page)), ""); err == nil || strings.Contains(err.Error(), "a page of HTML") != (want != "") {
			t.Errorf("in the place of an archive, at byte %d: %v", at, err)
		}
	}
	for n, want := range map[int]string{256: "", 257: "", 261: "", 262: "a tar archive"} {
		data := strings.Repeat("a", 257) + "ustar"
		if got, _ := formatOf([]byte(data[:n])); got != want {
			t.Errorf("%d bytes of a tar archive: %q, want %q", n, got, want)
		}
	}
}
