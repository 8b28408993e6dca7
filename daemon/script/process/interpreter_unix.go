//go:build unix

package process

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"supportd/library"
	"supportd/library/text"
)

// Interpreter is what starts a script, with absolute paths: what the script's
// first line says, or else what its ending stands for. It is computed here, not
// left to the kernel, so that it also works where the temp directory is mounted
// noexec. None is needed for a native executable.
func Interpreter(name string, data []byte) ([]string, error) {
	if err := cmp.Or(library.CheckFormat(data), library.CheckUnixScript(name, data)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if line, ok, err := library.ReadShebang(data); ok {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return shebang(name, line)
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

// shebang turns a script's first line into the words that execve(2) makes of it. An
// interpreter that is not where the line says is looked for in the usual directories. So
// is a program that env would look for; everything else that the line tells env, env
// does.
func shebang(name string, line library.Shebang) ([]string, error) {
	linux := runtime.GOOS == "linux"
	if linux {
		if err := line.Fits(library.MaxShebangLinux); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if !path.IsAbs(line.Program) {
		return nil, fmt.Errorf("%s: its first line has to name the interpreter with its whole path", name)
	}
	command, err := []string{line.Program}, error(nil)
	if !executable(line.Program) {
		if command, err = elsewhere(name, line.Program); err != nil {
			return nil, err
		}
	}
	switch {
	case path.Base(line.Program) == "env":
		return throughEnv(name, command[0], line)
	case line.Argument == "":
		return command, nil
	case linux:
		return append(command, line.Argument), nil
	}
	return append(command, strings.FieldsFunc(line.Argument, blank)...), nil // as macOS and BSD split them
}

// programDirs are where systems keep interpreters: one that is missing in one of them
// may be in another.
var programDirs = []string{"/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/opt/local/bin", "/usr/pkg/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"}

// elsewhere looks for an interpreter that is not where the first line says. What is
// there and is no program is not looked for: /etc/passwd is not /usr/bin/passwd.
func elsewhere(name, program string) ([]string, error) {
	switch _, err := os.Lstat(program); {
	case err == nil:
		return nil, fmt.Errorf("%s: its first line names %s, which is no program that can be started: name the interpreter there", name, text.Plain(program, 80))
	case !slices.Contains(programDirs, path.Dir(path.Clean(program))):
		return nil, missing(name, program)
	}
	return found(name, path.Base(program))
}

// throughEnv is the command of a script whose interpreter env(1) looks for.
func throughEnv(name, env string, line library.Shebang) ([]string, error) {
	words := []string{line.Argument}
	if runtime.GOOS == "linux" {
		if err := line.Lone(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	} else if err := line.Lone(); err != nil { // the system splits the words
		words = strings.FieldsFunc(line.Argument, blank)
		if !strings.HasPrefix(words[0], "-") && !strings.Contains(words[0], "=") {
			command, err := found(name, words[0])
			return append(command, words[1:]...), err
		}
		return append([]string{env}, words...), nil
	}
	call, err := line.Env()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	program := []string{call.Program}
	if !strings.Contains(call.Program, "/") {
		if program, err = found(name, call.Program); err != nil {
			return nil, err
		}
	} else if path.IsAbs(call.Program) && !executable(call.Program) {
		return nil, missing(name, call.Program)
	}
	if call.Plain {
		return append(program, call.Arguments...), nil
	}
	return append([]string{env}, words...), nil
}

func blank(r rune) bool { return r == ' ' || r == '\t' }

// found looks for an interpreter where systems keep theirs.
func found(name, program string) ([]string, error) {
	for _, dir := range programDirs {
		if p := path.Join(dir, program); executable(p) {
			return []string{p}, nil
		}
	}
	return nil, missing(name, program)
}

func missing(name, program string) error {
	return fmt.Errorf("%s needs %s, which is not installed on the customer's computer", name, text.Escape(program))
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
