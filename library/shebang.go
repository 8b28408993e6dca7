package library

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"supportd/library/text"
)

// How much of a script's first line the systems read, "#!" included and blanks at
// the end not counted, in bytes. They pass a longer argument on cut off, and do not
// run the script at all where the interpreter's path is longer.
const (
	MaxShebangLinux = 255
	MaxShebang      = 511 // macOS's; no system reads more
)

// Shebang is what a script's first line "#! PROGRAM ARGUMENT" says, as execve(2)
// reads it: spaces and tabs part the two and are dropped at both ends, and
// everything behind the program is one argument.
type Shebang struct {
	Program  string
	Argument string // "" is none
	Length   int    // of the line, in bytes, as the limits above count it
}

// ReadShebang reads a script's first line. ok is false where it does not begin
// with "#!"; the error says why no system could do what the line says.
func ReadShebang(data []byte) (s Shebang, ok bool, err error) {
	rest, ok := bytes.CutPrefix(data, []byte("#!"))
	if !ok {
		return s, false, nil
	}
	first, _, _ := bytes.Cut(rest, []byte("\n"))
	line := strings.Trim(string(first), " \t")
	program := line[:strings.IndexAny(line+" ", " \t")]
	argument := strings.TrimLeft(line[len(program):], " \t")
	s = Shebang{program, argument, len("#!") + len(strings.TrimRight(string(first), " \t"))}
	switch {
	case line == "":
		return s, true, errors.New("its first line names no program behind \"#!\": write one, e.g. #!/bin/sh")
	case path.Base(program) == "env" && argument == "":
		return s, true, errEnvAlone
	case strings.Contains(line, "\x00"):
		return s, true, errors.New("its first line holds a NUL byte: save it as UTF-8 text")
	case strings.Contains(line, "\r") && !s.splits():
		switch {
		case strings.HasSuffix(line, "\r") && argument != "":
			return s, true, errWindowsArgument
		case strings.HasSuffix(line, "\r"):
			return s, true, errWindowsProgram
		}
		return s, true, errors.New("it has old Macintosh line ends (CR), which no interpreter understands: save it with Unix line ends (LF)")
	}
	return s, true, s.Fits(MaxShebang)
}

// Whatever the interpreter takes, it is the system that reads the first line.
var (
	errWindowsProgram  = errors.New("it has Windows line ends (CR LF), and the system takes the CR of its first line for a part of the program's name: save it with Unix line ends (LF)")
	errWindowsArgument = errors.New("it has Windows line ends (CR LF), and the system gives the program the CR of its first line as a part of its argument: save it with Unix line ends (LF)")
)

// Fixed reports why the line does not say which program runs the script: env(1) would
// take it from a variable, which says something else on every computer.
func (s Shebang) Fixed() error {
	if path.Base(s.Program) != "env" {
		return nil
	}
	if e, _ := s.Env(); !e.Plain && strings.Contains(e.Program, "$") { // an error is said where it is run
		return text.Errorf("its first line takes the program from a variable, %s, which says something else on every computer: name the program there", text.Plain(e.Program, 40))
	}
	return nil
}

// Fits holds the line's length against what a system reads of it.
func (s Shebang) Fits(most int) error {
	if s.Length > most {
		return text.Errorf("its first line has %d bytes, of which the system reads %d: shorten it", s.Length, most)
	}
	return nil
}

// splits reports whether env(1) takes the argument apart itself. It takes a CR for
// white space then, which the kernel does not.
func (s Shebang) splits() bool {
	if path.Base(s.Program) != "env" {
		return false
	}
	e, _ := s.Env() // an error is said where it is run
	return e.Split
}

// Env is what env(1) is told by a script's first line.
type Env struct {
	// Program is what env starts, and Arguments are what comes behind it, before the
	// script's own path.
	Program   string
	Arguments []string
	// Plain says that nothing else is asked of env: no option but -S, no variable.
	Plain bool
	// Split says that env takes the line apart itself (-S).
	Split bool
}

// Env reads the one argument that the kernel gives env(1), as GNU's and BSD's do.
// Only what is needed to find the program is understood; env itself does the rest.
func (s Shebang) Env() (Env, error) {
	e := Env{Plain: true}
	words := []string{s.Argument}
	if s.Argument == "" {
		words = nil
	}
	for rounds := 0; len(words) > 0; {
		word := words[0]
		if word == "--" {
			words = words[1:]
			break
		}
		option, value, has, others := envOption(word)
		if option == 0 {
			break
		}
		words = words[1:]
		e.Plain = e.Plain && !others
		if takesValue(option) && !has {
			if len(words) == 0 {
				return e, text.Errorf("its first line ends behind the option %s of env", text.Plain(word, 40))
			}
			value, words = words[0], words[1:]
		}
		switch option {
		case 'S':
			if rounds++; rounds > 8 {
				return e, errors.New("its first line has env take apart too much")
			}
			more, plain, err := splitEnv(value)
			if err != nil {
				return e, err
			}
			e.Split, e.Plain = true, e.Plain && plain
			words = append(more, words...)
		case '?':
			if !e.Split && strings.ContainsAny(word, " \t") {
				return e, errEnvWords
			}
			e.Plain = false // env knows it, or says that it does not
		default:
			e.Plain = false
		}
	}
	for len(words) > 0 && strings.Contains(words[0], "=") {
		e.Plain, words = false, words[1:]
	}
	if len(words) == 0 {
		return e, errEnvAlone
	}
	e.Program, e.Arguments = words[0], words[1:]
	return e, nil
}

var errEnvAlone = errors.New("its first line names no program behind env, so that it would start itself for ever: write e.g. #!/usr/bin/env bash")

// errEnvWords is what GNU's env says about several words without -S.
var errEnvWords = errors.New("the system passes everything behind env on as one word: write #!/usr/bin/env -S and then the program and its arguments")

// Lone reports whether the program is one word. Linux gives env all words as one,
// for which it looks in vain; macOS parts them.
func (s Shebang) Lone() error {
	if strings.ContainsAny(s.Argument, " \t") && path.Base(s.Program) == "env" && !s.splits() {
		return errEnvWords
	}
	return nil
}

// envOption reads one word as an option of env(1): its letter, and the value that
// stands in the same word; others says that there are letters before that. 0 is no
// option, '?' one that is passed over.
func envOption(word string) (option byte, value string, has, others bool) {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, value, has = strings.Cut(name, "=")
		letter := map[string]byte{"split-string": 'S', "unset": 'u', "chdir": 'C', "argv0": 'a', "ignore-environment": 'i', "null": '0', "debug": 'v'}[name]
		if letter == 0 {
			letter = '?'
		}
		return letter, value, has, false
	}
	if word == "-" {
		return 'i', "", false, false
	}
	if !strings.HasPrefix(word, "-") {
		return 0, "", false, false
	}
	for i := 1; i < len(word); i++ {
		switch {
		case takesValue(word[i]):
			return word[i], word[i+1:], i+1 < len(word), i > 1
		case !strings.ContainsRune("i0v", rune(word[i])):
			return '?', "", false, false
		}
	}
	return 'i', "", false, false
}

func takesValue(option byte) bool { return strings.IndexByte("SuCaP", option) >= 0 }

// splitEnv takes a string apart as env -S does. plain is false where a variable's
// value stands in it, which only env knows.
func splitEnv(s string) (words []string, plain bool, err error) {
	var word strings.Builder
	begun, quote := false, byte(0)
	plain = true
	end := func() {
		if begun {
			words = append(words, word.String())
			word.Reset()
			begun = false
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 == len(s):
			return nil, false, errors.New("its first line ends in a backslash, which env -S does not take")
		case c == '\\' && quote == '\'' && s[i+1] != '\\' && s[i+1] != '\'':
			word.WriteByte(c)
		case c == '\\':
			i++
			switch s[i] {
			case 'c':
				end()
				return words, plain, nil
			case '_':
				if quote == 0 {
					end()
					continue
				}
				word.WriteByte(' ')
			case 'f', 'n', 'r', 't', 'v':
				word.WriteByte(map[byte]byte{'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}[s[i]])
			case '#', '$', '"', '\'', '\\':
				word.WriteByte(s[i])
			default:
				return nil, false, text.Errorf("its first line has \\%s, which env -S does not know", text.Plain(s[i:i+1], 1))
			}
			begun = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, begun = c, true
		case c == '$' && quote != '\'':
			plain, begun = false, true
			word.WriteByte(c)
		case quote == 0 && strings.IndexByte(" \t\n\v\f\r", c) >= 0:
			end()
		case c == '#' && !begun:
			return words, plain, nil
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if quote != 0 {
		return nil, false, errors.New("its first line has a quote without its partner")
	}
	end()
	return words, plain, nil
}
