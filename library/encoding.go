package library

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"supportd/library/text"
)

const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
)

var (
	errMark       = errors.New("it begins with a byte order mark, which its interpreter does not understand: save it as UTF-8 without BOM")
	errWide       = errors.New("it is saved as UTF-16 (\"Unicode\"), which its interpreter does not understand: save it as UTF-8 without BOM")
	errWideNoMark = errors.New("it is saved as UTF-16 without a byte order mark, which its interpreter does not understand: save it as UTF-8")
)

// CheckScripts says which script of a package no customer's computer could run as
// it is saved, and how to save it instead. Scripts that come along count too: half
// of a run would be over before one of those is reached.
func (p Package) CheckScripts() error {
	for _, f := range p.Files {
		check := CheckCompanion
		if f.Path == p.Executable {
			check = CheckScript
		}
		if err := check(f.Path, f.Data); err != nil {
			return &savedError{fmt.Sprintf("%s: %v", text.Plain(f.Path, 80), err)}
		}
	}
	return nil
}

// ErrSaved is what [Package.CheckScripts] returns: a script has to be saved
// otherwise.
var ErrSaved = errors.New("a script is saved so that no interpreter takes it")

type savedError struct{ text string }

func (e *savedError) Error() string { return e.text }
func (e *savedError) Unwrap() error { return ErrSaved }

// CheckCompanion is [CheckScript] for a file that comes along: anything passes
// that is no script.
func CheckCompanion(name string, data []byte) error {
	if !looksRun(name, data) {
		return nil
	}
	return CheckScript(name, data)
}

// looksRun reports whether a file that comes along is a script too.
func looksRun(name string, data []byte) bool {
	_, ok := CanRun(name, 0)
	return ok || bytes.HasPrefix(data, []byte("#!")) || bytes.HasPrefix(data, []byte(markUTF8+"#!"))
}

// CheckScript says why what is run cannot be understood by its interpreter: the
// encoding or the line ends, which editors choose and do not show. What works
// somewhere passes: which computer a script is for is not known here, but
// its ending says which systems run it at all. It is for what is sent into
// the library or to a computer; that computer asks [CheckUnixScript] or
// [CheckWindowsScript] before anything runs.
func CheckScript(name string, data []byte) error {
	if err := CheckFormat(data); err != nil {
		return err
	}
	if windowsScript(name) {
		return CheckWindowsScript(name, data)
	}
	return CheckUnixScript(name, data)
}

func windowsScript(name string) bool {
	return slices.Contains([]string{".bat", ".cmd", ".ps1", ".vbs", ".exe"}, strings.ToLower(path.Ext(name)))
}

// CheckWindowsScript is [CheckScript] for a computer with Windows, which
// chooses by the ending, and whose interpreters take both kinds of line ends.
func CheckWindowsScript(name string, data []byte) error {
	switch wide, marked := isWide(data); strings.ToLower(path.Ext(name)) {
	case ".bat", ".cmd":
		switch {
		case wide:
			return errWide
		case bytes.HasPrefix(data, []byte(markUTF8)):
			return errMark
		}
	case ".vbs":
		switch {
		case wide && !marked:
			return errWideNoMark
		case bytes.HasPrefix(data, []byte(markUTF8)):
			return errors.New("it is saved as UTF-8 with a byte order mark, which its interpreter does not understand: save it as ANSI or UTF-16")
		}
	case ".ps1":
		if wide && !marked {
			return errWideNoMark
		}
	}
	return nil
}

// CheckUnixScript is [CheckScript] for every other computer, which chooses by the
// first line, and by the ending where there is none.
func CheckUnixScript(name string, data []byte) error {
	if wide, _ := isWide(data); wide {
		return errWide
	}
	shebang, ok, err := ReadShebang(data)
	if err != nil {
		return err
	}
	if ok {
		if err := shebang.Fixed(); err != nil {
			return err
		}
		return checkFor(shebang.Interpreter(), data)
	}
	interpreter := map[string]string{".sh": "sh", ".py": "python3"}[path.Ext(name)]
	if rest, marked := bytes.CutPrefix(data, []byte(markUTF8)); marked && (isShell(interpreter) || bytes.HasPrefix(rest, []byte("#!")) && interpreter == "") {
		return errMark
	}
	return checkFor(interpreter, data)
}

// Interpreter is the name of what runs a script in the end, without its path; ""
// where the line does not say.
func (s Shebang) Interpreter() string {
	program := s.Program
	if path.Base(program) == "env" {
		e, err := s.Env()
		if err != nil {
			return "" // found out, and said, where it is run
		}
		// Without -S macOS takes the words apart, and so do we to know the program.
		program, _, _ = strings.Cut(strings.ReplaceAll(e.Program, "\t", " "), " ")
	}
	return path.Base(program)
}

// checkFor holds the line ends against what an interpreter takes. Only shells and sed
// take a CR for a part of a word; Python, Perl, Tcl, JavaScript and awk skip it.
func checkFor(interpreter string, data []byte) error {
	if !isShell(interpreter) && interpreter != "sed" {
		return nil
	}
	// What a script that unpacks itself carries behind its text is no text.
	data, _, _ = bytes.Cut(data, []byte{0})
	start := 0
	if bytes.HasPrefix(data, []byte("#!")) {
		first, _, _ := bytes.Cut(data, []byte("\n")) // a comment to the shell; the kernel has had its look
		start = min(len(first)+1, len(data))
	}
	if line := firstCR(data, start); line > 0 {
		return text.Errorf("it has Windows line ends (CR LF), first in line %d, which its interpreter does not understand: save it with Unix line ends (LF)", line)
	}
	return nil
}

// hereDocument is what begins one in a shell: <<WORD, <<-WORD, <<'WORD'.
var hereDocument = regexp.MustCompile(`(?:^|[^<])<<(-?)[ \t]*(?:'([^'\r\n]+)'|"([^"\r\n]+)"|\\?([A-Za-z_][\w.-]*))`)

// firstCR is the number of the first line from start on that ends in a CR, 0 where there
// is none. The lines of a here document are data, which may end as they like; its last
// line is not.
func firstCR(data []byte, start int) int {
	if !bytes.Contains(data[start:], []byte("\r\n")) && !bytes.HasSuffix(data, []byte("\r")) {
		return 0
	}
	lines := bytes.Split(data[start:], []byte("\n"))
	before := bytes.Count(data[:start], []byte("\n"))
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if bytes.HasSuffix(line, []byte("\r")) {
			return before + i + 1
		}
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) {
			continue
		}
		for _, m := range hereDocument.FindAllSubmatch(line, -1) {
			word := slices.Concat(m[2], m[3], m[4])
			i += hereEnd(lines[i+1:], word, len(m[1]) > 0)
		}
	}
	return 0
}

// hereEnd is how many of the lines belong to a here document that ends with a word; 0
// where none of them is that word, so that it is none.
func hereEnd(lines [][]byte, word []byte, tabs bool) int {
	for i, line := range lines {
		if tabs {
			line = bytes.TrimLeft(line, "\t")
		}
		if bytes.Equal(line, word) {
			return i + 1
		}
	}
	return 0
}

func isShell(interpreter string) bool {
	return slices.Contains([]string{
		"sh", "bash", "rbash", "dash", "ash", "busybox", "zsh", "ksh", "ksh93", "rksh", "mksh", "lksh", "oksh", "pdksh", "loksh", "posh", "yash",
		"csh", "tcsh", "fish",
	}, interpreter)
}

// isWide reports whether a text is UTF-16, or UTF-32: by its mark, or by the zero
// bytes that ASCII characters have there. No program begins like that.
func isWide(data []byte) (wide, marked bool) {
	if bytes.HasPrefix(data, []byte(markUTF16LE)) || bytes.HasPrefix(data, []byte(markUTF16BE)) || bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")) {
		return true, true
	}
	if len(data) < 4 {
		return false, false
	}
	zero := func(i int) bool { return data[i] == 0 }
	little := !zero(0) && zero(1) && !zero(2) && zero(3)
	big := zero(0) && !zero(1) && zero(2) && !zero(3)
	long := !zero(0) && zero(1) && zero(3) || zero(0) && zero(2) && !zero(3) // where the other byte is not zero, it is UTF-16
	return little || big || long && len(data) >= 8 && data[0] < 0x80, false
}
