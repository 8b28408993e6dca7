package secrets

import (
	"fmt"
	"slices"
	"strings"
)

// Command lines: which of their words are secrets. A program is found by its name at any
// place, whatever stands before it: sudo, env, ssh, docker exec, or the text after sh -c.

// maxNesting bounds how deep texts within texts are looked at.
const maxNesting = 5

// maxLine bounds how much of a command line is looked at, in bytes. Twice as much as a
// sheet shows: one program with arguments of two megabytes takes no time from the others.
const maxLine = 8 << 10

// Args joins a command line and masks the secrets in it. What is longer than 8 KiB is cut,
// and says so.
func Args(args []string) string {
	args, rest := short(args)
	words := make([]word, len(args))
	for i, arg := range args {
		words[i] = word{text: arg}
	}
	l := liner{random: true}
	return strings.Join(l.mask(words), " ") + rest
}

// short cuts a command line to maxLine, and says what is left out.
func short(args []string) (kept []string, rest string) {
	left := maxLine
	for i, arg := range args {
		if left -= len(arg) + 1; left >= 0 {
			continue
		}
		all := len(strings.Join(args, " "))
		kept = slices.Clone(args[:i+1])
		kept[i] = strings.ToValidUTF8(arg[:max(0, len(arg)+left)], "")
		return kept, fmt.Sprintf("… (%d bytes, cut)", all)
	}
	return args, ""
}

// Command masks the secrets in the text of a command, as a shell or cron
// takes it, and leaves everything else as it stands. What is longer than 8 KiB is cut, and
// says so.
func Command(s string) string {
	kept, rest := short([]string{s})
	return liner{random: true}.line(kept[0]) + rest
}

// Prose is Command for a text that may have a command line in it, such as
// a message of sudo: only options of known programs, and options whose name says
// secret, are looked at.
func Prose(s string) string { return liner{prose: true}.line(s) }

// liner masks command lines.
type liner struct {
	random bool // words that look like random bytes, too
	prose  bool // what it reads may not be a command
	depth  int
}

func (l liner) line(s string) string {
	if l.depth > maxNesting {
		return masked
	}
	s = Text(s) // what has a form of its own, before it is taken apart
	words := splitShell(s)
	out := l.mask(words)
	l.echoes(words, out)
	var b strings.Builder
	at := 0
	for i, w := range words {
		raw := s[w.start:w.end]
		b.WriteString(s[at:w.start])
		switch at = w.end; {
		case out[i] == w.text:
			b.WriteString(raw)
		case w.quote != 0 && raw[len(raw)-1] == w.quote:
			b.WriteString(string(w.quote) + out[i] + string(w.quote))
		default:
			b.WriteString(out[i])
		}
	}
	b.WriteString(s[at:])
	if b.String() == s { // to look a second time would change nothing, and takes as long
		return s
	}
	return Text(b.String())
}

// mask returns the words as they may be shown.
func (l liner) mask(words []word) []string {
	out := make([]string, len(words))
	c := command{first: true}
	for i, w := range words {
		if w.operator {
			if !redirects(w.text) {
				c = command{first: true}
			}
			out[i] = w.text
			continue
		}
		next := ""
		if i+1 < len(words) && !words[i+1].operator {
			next = words[i+1].text
		}
		out[i] = l.word(&c, w.text, next)
	}
	return out
}

// command is what is known of the command that is being read.
type command struct {
	program string // the last known one, or the first word
	known   bool
	first   bool     // the next word is where a program stands
	wrapped bool     // behind sudo and the like
	named   bool     // an option has named a user: /u kim
	words   []string // that are no options, behind the program: see read
	gives   bool     // one of them says that a secret follows
	expect  expectation
	by      string // of a pair: what stands between name and secret
}

// expectation is what an option says about the word behind it.
type expectation int

const (
	anything expectation = iota
	aSecret
	aPair   // name, separator, secret
	aHeader // of HTTP
	aValue  // nothing to hide
)

func (l liner) word(c *command, arg, next string) string {
	expected := c.expect
	c.expect = anything
	option := len(arg) > 1 && (arg[0] == '-' || arg[0] == '/' && windowsOption(arg))
	switch {
	case arg == masked:
		return arg
	case expected == aSecret && !strings.HasPrefix(arg, "-"):
		return masked
	case expected == aPair:
		return l.pair(arg, c.by)
	case expected == aHeader:
		return maskHeader(arg)
	case expected == aValue && !strings.ContainsAny(arg, " \t\n"):
		return l.value(arg)
	case c.first && !strings.HasPrefix(arg, "-"):
		return l.program(c, arg)
	case option:
		c.first = false
		return l.option(c, arg, next)
	}
	return l.positional(c, arg, next)
}

// windowsOption tells /p:secret and /add from a path.
func windowsOption(arg string) bool {
	name, _, _ := strings.Cut(arg[1:], ":")
	return name != "" && len(name) < 20 && !strings.ContainsAny(name, "/. ")
}

// program is the word where a program stands. A program that has replaced its own command
// line has all of it in this word.
func (l liner) program(c *command, arg string) string {
	name, value, assigned := strings.Cut(arg, "=")
	if assigned && !strings.ContainsAny(name, "/ \t:") { // VARIABLE=value command
		c.enter(programName(value)) // COMMAND=/usr/bin/mysql
		c.first = !c.known
		if scheme(value) && secretName(name) {
			c.expect = aSecret
		}
		return name + "=" + l.assigned(name, value)
	}
	c.first = false
	if l.depth == 0 && isConsole(programName(arg)) { // a word like others
		return l.plain(arg)
	}
	if strings.ContainsAny(arg, " \t\n") {
		first, _, _ := strings.Cut(strings.TrimSpace(arg), " ")
		c.enter(programName(first))
		c.program = programName(first)
		return l.deeper(arg)
	}
	c.enter(programName(arg))
	c.program = programName(arg)
	return l.plain(arg)
}

// maxWords bounds how many words of a command are kept: a secret stands behind the
// first of them, or behind the last.
const maxWords = 64

// read keeps one more word.
func (c *command) read(word string) {
	if len(c.words) == maxWords {
		c.words = slices.Delete(c.words, maxWords/2, maxWords/2+1)
	}
	c.words = append(c.words, word)
}

// enter begins the words of another program, if that is one that takes secrets.
func (c *command) enter(name string) {
	switch {
	case wrappers[name]:
		c.wrapped = true
	case habits[name] != nil:
		*c = command{program: name, known: true, wrapped: c.wrapped}
	}
}

func (l liner) option(c *command, arg, next string) string {
	h := habits[c.program]
	if c.known {
		if shown, done := l.known(c, h, arg); done {
			return shown
		}
	}
	dash := arg[:len(arg)-len(strings.TrimLeft(arg, "-/"))]
	name, value, assigned := strings.Cut(arg[len(dash):], "=")
	if colon := strings.IndexByte(arg, ':'); colon > len(dash) && colon < len(dash)+len(name) {
		name, value, assigned = arg[len(dash):colon], arg[colon+1:], true
	}
	if assigned { // -Dpass=x of Java
		name = strings.TrimPrefix(name, "D")
	}
	lower := strings.ToLower(name)
	windowsP := dash == "/" && lower == "p" && c.named // systeminfo /u kim /p secret
	c.named = c.named || lower == "u" || lower == "user" || lower == "username"
	switch {
	case pairNames[lower] && strings.Contains(value, ":"):
		return arg[:len(arg)-len(value)] + l.pair(value, ":")
	case userNames[lower] && userPercent(value):
		return arg[:len(arg)-len(value)] + l.pair(value, "%")
	case assigned && lower == "p" && c.named && arg[len(dash)+1] == ':':
		return arg[:len(arg)-len(value)] + masked
	case secretOption(name) && value == "":
		c.expect = aSecret // "password= x", "password x"
	case secretOption(name) && scheme(value):
		c.expect = aSecret
		return arg
	case secretOption(name):
		return arg[:len(arg)-len(value)] + masked
	case assigned:
		return arg[:len(arg)-len(value)] + l.assigned(name, value)
	case headerNames[lower]:
		c.expect = aHeader
	case windowsP:
		c.expect = aSecret
	case userNames[lower] && userPercent(next):
		c.expect, c.by = aPair, "%"
	case pairNames[lower] && !(h != nil && h.numbers):
		c.expect, c.by = aPair, ":"
	case !l.prose && (arg == "-p" || arg == "-P") && !c.known && !usesP[c.program] && !port(next) && !strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "."):
		c.expect = aSecret
	case !l.prose && arg == "-u" && !c.known && strings.Contains(next, ":"):
		c.expect, c.by = aPair, ":"
	}
	return l.plain(arg)
}

// known looks at an option of a program whose habits are known.
func (l liner) known(c *command, h *habit, arg string) (shown string, done bool) {
	if len(h.only) > 0 && !slices.ContainsFunc(c.words, func(w string) bool { return slices.Contains(h.only, w) }) {
		return "", false
	}
	if slices.Contains(h.commands, strings.ToLower(arg)) {
		c.read(strings.ToLower(arg))
		return arg, true
	}
	if arg[0] == '-' && arg[1] != '-' { // several letters behind one dash
		if i := strings.IndexAny(arg[1:], h.cluster); i > 0 {
			arg0, rest := arg[:1+i], "-"+arg[1+i:]
			shown, done = l.known(c, h, rest)
			if done {
				shown = arg0 + shown[1:]
			}
			return shown, done
		}
	}
	for _, o := range h.values {
		if arg == o {
			c.expect = aValue
			return l.plain(arg), true
		}
	}
	for _, o := range h.headers {
		if arg == o {
			c.expect = aHeader
			return arg, true
		}
		if len(o) == 2 && strings.HasPrefix(arg, o) {
			return o + maskHeader(arg[2:]), true
		}
	}
	for _, o := range h.pairs {
		if arg == o {
			c.expect, c.by = aPair, h.by
			return arg, true
		}
		if v, ok := strings.CutPrefix(arg, o+"="); ok {
			return o + "=" + l.pair(v, h.by), true
		}
		if len(o) == 2 && strings.HasPrefix(arg, o) {
			return o + l.pair(arg[2:], h.by), true
		}
	}
	for _, o := range h.separate {
		if arg == o || o[0] == '/' && strings.EqualFold(arg, o) {
			c.expect = aSecret
			return arg, true
		}
	}
	for _, o := range h.attached {
		if len(arg) > len(o) && (arg[:len(o)] == o || o[0] == '/' && strings.EqualFold(arg[:len(o)], o)) {
			return arg[:len(o)] + masked, true
		}
	}
	if arg[0] == '-' && strings.IndexByte(h.cluster, arg[1]) >= 0 {
		if len(arg) == 2 {
			c.expect = aValue
		}
		return arg[:2] + l.value(arg[2:]), true
	}
	return "", false
}

func (l liner) positional(c *command, arg, next string) string {
	if name := programName(arg); habits[name] != nil && (!ambiguous[name] || c.wrapped && !c.known) || wrappers[name] && !c.known {
		c.enter(name)
		return l.plain(arg)
	}
	before := ""
	if len(c.words) > 0 {
		before = c.words[len(c.words)-1]
	}
	c.read(arg)
	name, value, assigned := strings.Cut(arg, "=")
	named := !l.prose && (secretWords[strings.ToLower(before)] || sets(c.words[:len(c.words)-1], before) && !noSecret(arg))
	defer func() { c.gives = c.gives || givesSecret(arg) }()
	switch h := habits[c.program]; {
	case named, c.known && h.positional != nil && h.positional(c.words):
		return masked
	case !l.prose && !c.known && (c.gives || givesSecret(c.program)) && !noSecret(arg):
		return masked
	case strings.HasPrefix(c.program, "pt-") && strings.Contains(arg, "p="): // DSN of the Percona Toolkit
		return shortPassword.ReplaceAllString(l.plain(arg), "${1}"+masked)
	case c.known && h.slash && strings.Contains(arg, "/") && !strings.HasPrefix(arg, "/") && !strings.HasPrefix(arg, "@"):
		return maskSlash(arg)
	case assigned && !strings.ContainsAny(name, " /\t:"):
		if (value == "" && !l.prose || scheme(value)) && secretName(name) {
			c.expect = aSecret
		}
		c.enter(programName(value)) // COMMAND=/usr/bin/mysql
		return name + "=" + l.assigned(name, value)
	case strings.ContainsAny(arg, " \t\n"):
		return l.deeper(arg)
	}
	return l.plain(arg)
}

// sets reports whether the words put a value into a setting whose name says secret:
// "git config x.token", "aws configure set".
func sets(words []string, name string) bool {
	return secretName(name) && !strings.ContainsAny(name, "/ =") && slices.ContainsFunc(words, func(w string) bool {
		switch strings.ToLower(w) {
		case "config", "configure", "set", "--set", "setconf", "config-set", "user-secrets":
			return w != name
		}
		return false
	})
}

// noSecret reports whether a value is plainly no secret: where something is, or a
// switch.
func noSecret(value string) bool {
	for _, place := range []string{"/", "./", "../", "~", "http://", "https://"} {
		if strings.HasPrefix(value, place) {
			return true
		}
	}
	switch strings.ToLower(value) {
	case "true", "false", "yes", "no", "on", "off", "none", "null", "":
		return true
	}
	return false
}
