//go:build unix

package script

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"supportd/library/text"
)

// openNonblock keeps an open from waiting for a FIFO's other end.
const openNonblock = unix.O_NONBLOCK

// interpreter is what starts a script, with absolute paths: what the script's
// first line says, or else what its ending stands for. It is computed here, not
// left to the kernel, so that it also works where the temp directory is mounted
// noexec. None is needed for a native executable.
func interpreter(name string, data []byte) ([]string, error) {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf#!")) {
		return nil, fmt.Errorf("%s begins with a byte order mark, which its interpreter does not understand: save it as UTF-8 without BOM", name)
	}
	if first, ok := bytes.CutPrefix(data, []byte("#!")); ok {
		line, _, _ := bytes.Cut(first, []byte("\n"))
		if bytes.HasSuffix(line, []byte("\r")) {
			return nil, fmt.Errorf("%s has Windows line ends (CR LF), which its interpreter does not understand: save it with Unix line ends", name)
		}
		return shebang(name, string(line))
	}
	switch {
	case native(data):
		return nil, nil
	case path.Ext(name) == ".sh":
		return found(name, "sh")
	case path.Ext(name) == ".py":
		return found(name, "python3")
	}
	return nil, fmt.Errorf("%s is nothing that this computer can run: it needs a first line such as #!/bin/sh, the ending .sh or .py, or to be a program for this system", name)
}

// shebang reads "#! INTERPRETER [ARGUMENT]" as execve(2) does; "env NAME" and
// "env -S NAME ARGUMENT…" are looked up here.
func shebang(name, line string) ([]string, error) {
	program, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
	arg = strings.TrimSpace(arg)
	if path.Base(program) == "env" && arg != "" {
		words := strings.Fields(strings.TrimPrefix(arg, "-S "))
		command, err := found(name, path.Base(words[0]))
		return append(command, words[1:]...), err
	}
	if !path.IsAbs(program) {
		return nil, fmt.Errorf("%s: its first line has to name the interpreter with its whole path", name)
	}
	if !executable(program) {
		return found(name, path.Base(program))
	}
	if arg != "" {
		return []string{program, arg}, nil
	}
	return []string{program}, nil
}

// found looks for an interpreter where systems keep theirs.
func found(name, program string) ([]string, error) {
	for _, dir := range []string{"/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/usr/sbin", "/sbin"} {
		if p := path.Join(dir, program); executable(p) {
			return []string{p}, nil
		}
	}
	return nil, fmt.Errorf("%s needs %s, which is not installed on the customer's computer", name, text.Escape(program))
}

func executable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// native knows programs by how they begin: ELF, and Mach-O in its three forms.
func native(data []byte) bool {
	for _, magic := range []string{"\x7fELF", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\xfe\xed\xfa\xcf"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return true
		}
	}
	return false
}
