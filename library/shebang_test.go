package library

import (
	"strings"
	"testing"
)

// R1: a first line is read as execve(2) reads it.
func TestK4R1_FirstLineAsTheKernelReadsIt(t *testing.T) {
	for line, want := range map[string]Shebang{
		"#!/bin/sh":                            {Program: "/bin/sh"},
		"#!/bin/sh -e":                         {Program: "/bin/sh", Argument: "-e"},
		"#!/bin/sh\t-e":                        {Program: "/bin/sh", Argument: "-e"},
		"#! \t /bin/sh \t -e  -u \t ":          {Program: "/bin/sh", Argument: "-e  -u"},
		"#!/usr/bin/env\tbash":                 {Program: "/usr/bin/env", Argument: "bash"},
		"#!/usr/bin/env -S bash -e\r":          {Program: "/usr/bin/env", Argument: "-S bash -e\r"}, // env takes the CR for white space
		"#!/bin/sh" + strings.Repeat(" ", 600): {Program: "/bin/sh"},
	} {
		got, ok, err := ReadShebang([]byte(line + "\necho\n"))
		if got.Length = 0; err != nil || !ok || got != want {
			t.Errorf("%q: %+v, %t, %v", line, got, ok, err)
		}
	}
	for line, why := range map[string]string{
		"#!": "names no program", "#! \t ": "names no program", "#!/bin/sh\r": "Windows line ends", "#!/bin/sh -e\r": "Windows line ends",
		"#!/bin/sh\recho": "Macintosh", "#!/bin/s\x00h": "NUL", "#!/bin/sh -c " + strings.Repeat("x", 600): "613 bytes",
		"#!/usr/bin/env bash\r": "Windows line ends",
	} {
		if _, ok, err := ReadShebang([]byte(line + "\n")); !ok || err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %t, %v", line, ok, err)
		}
	}
	if _, ok, err := ReadShebang([]byte(" #!/bin/sh\n")); ok || err != nil {
		t.Errorf("not at the beginning: %t, %v", ok, err)
	}
}

// R1: env(1) is told its options, variables and words as it understands them.
func TestK4R1_EnvAsEnvReadsIt(t *testing.T) {
	for argument, want := range map[string]string{ // program and arguments, "=" before where env is asked for nothing else
		"bash":                                "= bash",
		"-S bash -e":                          "= bash -e",
		"-Sbash":                              "= bash",
		"-S  bash\t-e  -u ":                   "= bash -e -u",
		"--split-string=bash -e":              "= bash -e",
		"-S FOO=bar bash":                     "bash",
		"-S -i -u HOME FOO=bar BAZ= bash -e":  "bash -e",
		"-S -uHOME --unset=USER -C /tmp bash": "bash",
		"-iS PATH=/bin bash":                  "bash",
		"-S - bash":                           "bash",
		"-S --ignore-environment -- bash":     "bash",
		"-S --default-signal=PIPE bash":       "bash",
		`-S bash -c "a b" 'c d' e\_f "g\_h"`:  "= bash -c a b c d e f g h",
		`-S bash\c -e`:                        "= bash",
		"-S bash # a comment":                 "= bash",
		`-S "FOO=a b" bash`:                   "bash",
		"-S ${SHELL} x":                       "${SHELL} x",
		"-S -S bash":                          "= bash",
		"-vS bash":                            "bash",
		"-S '--x y' bash":                     "bash",
		"-S -i -S bash":                       "bash",
		`-S x 'a\\b' 'c\'d' 'e\f'`:            `= x a\b c'd e\f`,
	} {
		e, err := Shebang{Program: "/usr/bin/env", Argument: argument}.Env()
		got := strings.Join(append([]string{e.Program}, e.Arguments...), " ")
		if e.Plain {
			got = "= " + got
		}
		if err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", argument, got, err, want)
		}
	}
	for argument, why := range map[string]string{
		"": "for ever", "FOO=bar": "for ever", "FOO=bar bash": "for ever", "-S": "ends behind the option", "-i": "for ever", "-S FOO=bar": "for ever",
		`-S "bash`: "quote", `-S bash\`: "backslash", `-S bash\q`: `\q`, "-i bash": "-S", "--ignore-environment bash": "-S", "--block-signal": "for ever", "--x bash": "-S", "-S -u": "ends behind",
	} {
		if e, err := (Shebang{Program: "/usr/bin/env", Argument: argument}).Env(); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %+v, %v", argument, e, err)
		}
	}
}

// R2: what no interpreter takes is said with its cause; what works passes.
func TestK4R2_EncodingAndLineEnds(t *testing.T) {
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	for name, c := range map[string]struct{ file, data, why string }{
		"CRLF from line 2 on":         {"a.sh", "#!/bin/sh\necho one\r\nif true; then\r\n", "first in line 2"},
		"CRLF in the last line":       {"a.sh", "#!/bin/sh\necho one\necho two\r\n", "first in line 3"},
		"CR at the very end":          {"a.sh", "echo\r", "Windows line ends"},
		"CRLF, bash through env":      {"run", "#!/usr/bin/env -S FOO=bar bash -e\necho\r\n", "Windows line ends"},
		"CRLF, env without -S":        {"run", "#!/usr/bin/env bash -e\necho\r\n", "Windows line ends"},
		"CRLF, by the ending":         {"a.sh", "echo\r\n", "first in line 1"},
		"CRLF, zsh":                   {"a", "#!/bin/zsh\necho\r\n", "Windows line ends"},
		"CRLF in Python":              {"a.py", "#!/usr/bin/env python3\nprint(1)\r\n", ""},
		"CRLF in Python, the ending":  {"a.py", "print(1)\r\n", ""},
		"CRLF in Perl":                {"a", "#!/usr/bin/perl\nprint 1;\r\n", ""},
		"CRLF in a batch file":        {"a.bat", "@echo off\r\n", ""},
		"CRLF in PowerShell":          {"a.ps1", "Get-Date\r\n", ""},
		"a CR inside a line":          {"a.sh", "printf '\r'; echo\n", ""},
		"CRLF in a Perl first line":   {"a", "#!/usr/bin/perl\r\nprint 1;\r\n", "a part of the program's name"},
		"CRLF behind an option":       {"a", "#!/usr/bin/perl -w\r\nprint 1;\r\n", "a part of its argument"},
		"CRLF behind env":             {"a", "#!/usr/bin/env python3\r\nprint(1)\r\n", "a part of its argument"},
		"CRLF in sed":                 {"a", "#!/bin/sed -f\ns/a/b/\r\n", "first in line 2, which its interpreter"},
		"CRLF in a here document":     {"a.sh", "#!/bin/sh\nnc h 80 <<EOF\nGET / HTTP/1.0\r\n\r\nEOF\necho\n", ""},
		"CRLF in a quoted one":        {"a.sh", "cat <<-'THE END'\n\tx\r\n\tTHE END\necho\n", ""},
		"CRLF in two of one line":     {"a.sh", "cat <<A; cat <<B\nx\r\nA\ny\r\nB\necho\n", ""},
		"CRLF at the end of one":      {"a.sh", "cat <<EOF\r\nx\r\nEOF\r\n", "first in line 1"},
		"CRLF in its last line":       {"a.sh", "cat <<EOF\nx\nEOF\r\n", "first in line 3"},
		"CRLF behind one":             {"a.sh", "cat <<EOF\nx\r\nEOF\necho\r\n", "first in line 4"},
		"a shift is none":             {"a.sh", "x=$((1<<y))\necho\r\n", "first in line 2"},
		"a here string is none":       {"a.sh", "cat <<<EOF\necho\r\nEOF\n", "first in line 2"},
		"one in a comment is none":    {"a.sh", "# <<EOF\necho\r\nEOF\n", "first in line 2"},
		"a payload behind the text":   {"a.sh", "#!/bin/sh\nexit 0\n\x1f\x8b\x08\x00\r\nx\r\n", ""},
		"BOM before a first line":     {"a.sh", "\xef\xbb\xbf#!/bin/sh\n", "byte order mark"},
		"BOM, no ending":              {"a", "\xef\xbb\xbf#!/usr/bin/env python3\n", "byte order mark"},
		"BOM, shell by the ending":    {"a.sh", "\xef\xbb\xbfecho\n", "byte order mark"},
		"BOM in Python":               {"a.py", "\xef\xbb\xbfprint(1)\n", ""},
		"BOM in a batch file":         {"a.CMD", "\xef\xbb\xbf@echo off\r\n", "byte order mark"},
		"BOM in VBScript":             {"a.vbs", "\xef\xbb\xbfx = 1\r\n", "UTF-16"},
		"BOM in PowerShell":           {"a.ps1", "\xef\xbb\xbfGet-Date\r\n", ""},
		"UTF-16 with a mark":          {"a.sh", "\xff\xfe" + wide("echo\n"), "UTF-16"},
		"UTF-16, the other way":       {"a.py", "\xfe\xff\x00p", "UTF-16"},
		"UTF-16 without a mark":       {"a.sh", wide("#!/bin/sh\n"), "UTF-16"},
		"UTF-16 in a batch file":      {"a.bat", "\xff\xfe" + wide("@echo off\r\n"), "UTF-16"},
		"UTF-16 in PowerShell":        {"a.ps1", "\xff\xfe" + wide("Get-Date\r\n"), ""},
		"UTF-16 in VBScript":          {"a.vbs", "\xff\xfe" + wide("x = 1\r\n"), ""},
		"UTF-16 unmarked, PowerShell": {"a.ps1", wide("Get-Date\r\n"), "without a byte order mark"},
		"CP949 in a comment":          {"a.sh", "#!/bin/sh\n# \xc7\xd1\xb1\xdb\necho\n", ""},
		"empty":                       {"a.sh", "", ""},
		"gzip":                        {"a.sh", "\x1f\x8b\x08\x00\x00", "a gzip archive and no script: unpack it"},
		"zip":                         {"a.ps1", "PK\x03\x04xx", "a ZIP archive"},
		"xz":                          {"a", "\xfd7zXZ\x00xx", "an xz archive"},
		"zstd":                        {"a", "\x28\xb5\x2f\xfdxx", "a Zstandard archive"},
		"a page":                      {"a.sh", "\n<!DOCTYPE html>\n<p>404", "a page of HTML"},
		"tar":                         {"a", strings.Repeat("a", 257) + "ustar", "a tar archive"},
		"a page without a type":       {"a.sh", "\xef\xbb\xbf<HTML><p>404", "a page of HTML"},
		"too short for tar":           {"a", strings.Repeat("a", 257) + "usta", ""},
		"a document":                  {"a.bat", "{\\rtf1", "an RTF document and no script: save it"},
		"a program":                   {"a", "\x7fELF\x02\x01\x01\x00\x00\r\n", ""},
		"a program for Windows":       {"a.exe", "MZ\x90\x00\x03\x00\x00\x00\r\n", ""},
	} {
		p := Package{Executable: c.file, Files: []File{{c.file, []byte(c.data)}}}
		err := p.CheckScripts()
		if (err == nil) != (c.why == "") || err != nil && (!strings.Contains(err.Error(), c.why) || !strings.Contains(err.Error(), "save it") && !strings.Contains(err.Error(), "unpack it")) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
	// What comes along is a script as well, or is left alone.
	with := func(name, data string) error {
		return Package{Executable: "run.sh", Files: []File{{"run.sh", []byte("echo\n")}, {name, []byte(data)}}}.CheckScripts()
	}
	if err := with("lib/common.sh", "f() {\r\n}\r\n"); err == nil || !strings.Contains(err.Error(), "lib/common.sh") {
		t.Errorf("a shell script that is read by the other: %v", err)
	}
	if err := with("lib/tool", "#!/bin/sh\necho\r\n"); err == nil {
		t.Error("a script without an ending passes")
	}
	for name, data := range map[string]string{"data.txt": "a\r\n", "wide.txt": "\xff\xfea\x00", "x.csv": "\xef\xbb\xbfa;b\r\n"} {
		if err := with(name, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// R2: UTF-16 and UTF-32 without a mark are known by where the first four bytes are zero.
func TestK4R2_WhatIsWide(t *testing.T) {
	wide := map[string]int{"x.x.": 4, ".x.x": 4, "x...": 8, "...x": 8} // how many bytes it takes to know
	for pattern := range 16 {
		shape, data := "", ""
		for i := range 4 {
			if pattern>>i&1 == 0 {
				shape, data = shape+".", data+"\x00"
			} else {
				shape, data = shape+"x", data+"x"
			}
		}
		data += data
		for n := range len(data) + 1 {
			least, known := wide[shape]
			if got, marked := isWide([]byte(data[:n])); got != (known && n >= least) || marked {
				t.Errorf("%q: %t, %t", data[:n], got, marked)
			}
		}
	}
	for data, want := range map[string]bool{"\x80\x00\x00\x00\x80\x00\x00\x00": false, "\xff\xfe": true, "\xfe\xff": true, "\x00\x00\xfe\xff": true, "\xff": false} {
		if got, marked := isWide([]byte(data)); got != want || marked != want {
			t.Errorf("%q: %t, %t", data, got, marked)
		}
	}
}

// R1: a program that a variable names is refused with that reason, also before it is
// sent into the library.
func TestK4R1_AVariableNamesNoProgram(t *testing.T) {
	for line, refused := range map[string]bool{
		"#!/usr/bin/env -S ${SHELL}": true, "#!/usr/bin/env -S FOO=1 ${SHELL} -e": true, "#!/usr/bin/env -S $HOME/x": true, "#!/usr/bin/env -S bash -c ${X}": false, `#!/usr/bin/env -S bash -c \$X`: false, `#!/usr/bin/env -S \$X`: false, "#!/usr/bin/env bash": false,
	} {
		err := CheckScript("a", []byte(line+"\necho\n"))
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "from a variable") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// R1: a system that passes several words on as one needs env to take them apart.
func TestK4R1_SeveralWordsForEnv(t *testing.T) {
	for s, alone := range map[Shebang]bool{
		{Program: "/usr/bin/env", Argument: "bash"}: true, {Program: "/usr/bin/env", Argument: "bash -e"}: false, {Program: "/usr/bin/env", Argument: "bash\t-e"}: false,
		{Program: "/usr/bin/env", Argument: "-S bash -e"}: true, {Program: "/bin/sh", Argument: "-e -u"}: true,
	} {
		if err := s.Lone(); (err == nil) != alone {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func FuzzShebang(f *testing.F) {
	f.Add([]byte("#!/usr/bin/env -S -i -u HOME FOO=\"a b\" bash -e\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok, err := ReadShebang(data)
		_ = CheckScript("x", data)
		if !ok || err != nil {
			return
		}
		if strings.ContainsAny(s.Program, " \t\n\r") || s.Program == "" {
			t.Errorf("%q: %+v", data, s)
		}
		if e, err := s.Env(); err == nil && e.Program == "" && e.Plain && !strings.ContainsAny(s.Argument, `"'\`) {
			t.Errorf("%q: no program: %+v", data, e)
		}
	})
}
