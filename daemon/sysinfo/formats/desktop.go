package formats

import (
	"slices"
	"strings"
)

// DesktopEntry is the group [Desktop Entry] of a file of the Desktop Entry
// Specification 1.5: keys and values as they stand.
type DesktopEntry map[string]string

// Desktop reads the group [Desktop Entry]; what other groups say belongs to
// something else. ok is false where there is no such group.
func Desktop(text []byte) (e DesktopEntry, ok bool) {
	group, e := "", DesktopEntry{}
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			group = strings.TrimSuffix(line[1:], "]")
			ok = ok || group == "Desktop Entry"
			continue
		}
		if key, value, is := strings.Cut(line, "="); is && group == "Desktop Entry" {
			e[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return e, ok
}

// Text is a value of type string, whose backslashes stand for characters.
func (e DesktopEntry) Text(key string) string { return unescapeValue(e[key]) }

func unescapeValue(s string) string {
	return strings.NewReplacer(`\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`).Replace(s)
}

// Name is the name without a language, which is the same for everybody. The
// specification demands it; where it is missing, a translated name is taken.
func (e DesktopEntry) Name() string {
	if n := e.Text("Name"); n != "" {
		return n
	}
	var keys []string
	for key := range e {
		if strings.HasPrefix(key, "Name[") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if len(keys) == 0 {
		return ""
	}
	return e.Text(keys[0])
}

// List is a value of several texts, each ended by a semicolon.
func (e DesktopEntry) List(key string) (all []string) {
	var b strings.Builder
	raw := e[key]
	for i := 0; i <= len(raw); i++ {
		switch {
		case i == len(raw), raw[i] == ';':
			if v := strings.TrimSpace(unescapeValue(b.String())); v != "" {
				all = append(all, v)
			}
			b.Reset()
		case raw[i] == '\\' && i+1 < len(raw) && raw[i+1] == ';':
			i++
			b.WriteByte(';')
		case raw[i] == '\\' && i+1 < len(raw): // of another character: two backslashes are one
			b.WriteString(raw[i : i+2])
			i++
		default:
			b.WriteByte(raw[i])
		}
	}
	return all
}

// Command takes Exec apart: words in double quotes with backslashes, and field
// codes, which stand for files that an autostart does not have. Single quotes are not
// of the specification, but desktops take them as a shell does, and they are in use.
func (e DesktopEntry) Command() (args []string) {
	s := e.Text("Exec")
	var word strings.Builder
	started, quote := false, byte(0)
	flush := func() {
		if started {
			args = append(args, word.String())
		}
		word.Reset()
		started = false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		more := i+1 < len(s)
		switch {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'' && strings.IndexByte(s[i+1:], '\'') >= 0):
			quote, started = c, true
		case quote == '"' && c == '\\' && more && strings.IndexByte("\"`$\\", s[i+1]) >= 0:
			i++
			word.WriteByte(s[i])
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			flush()
		case c == '%' && more && s[i+1] == '%':
			i++
			word.WriteByte('%')
			started = true
		case quote == 0 && c == '%' && more:
			i++
			if s[i] == 'c' { // all others stand for files, or are not used any more: %f %u %i %k
				word.WriteString(e.Name())
				started = true
			}
		default:
			word.WriteByte(c)
			started = true
		}
	}
	flush()
	return args
}

// ShownIn reports whether the entry is meant for a desktop that calls itself by these
// names, the most telling one first: the first name that stands in one of the lists
// decides. Without a name nothing is left out.
func (e DesktopEntry) ShownIn(desktops []string) bool {
	only, not := e.List("OnlyShowIn"), e.List("NotShowIn")
	for _, d := range desktops {
		switch {
		case d == "":
		case slices.Contains(only, d):
			return true
		case slices.Contains(not, d):
			return false
		}
	}
	return len(only) == 0 || len(desktops) == 0 || desktops[0] == ""
}
