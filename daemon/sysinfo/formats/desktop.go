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
	for v := range strings.SplitSeq(strings.ReplaceAll(e[key], `\;`, "\x00"), ";") {
		if v = strings.TrimSpace(unescapeValue(v)); v != "" {
			all = append(all, strings.ReplaceAll(v, "\x00", ";"))
		}
	}
	return all
}

// Command takes Exec apart: words in double quotes with backslashes, and field
// codes, which stand for files that an autostart does not have.
func (e DesktopEntry) Command() (args []string) {
	s := e.Text("Exec")
	var word strings.Builder
	started, quoted := false, false
	flush := func() {
		if started {
			args = append(args, word.String())
		}
		word.Reset()
		started = false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			quoted, started = !quoted, true
		case quoted && c == '\\' && i+1 < len(s) && strings.IndexByte("\"`$\\", s[i+1]) >= 0:
			i++
			word.WriteByte(s[i])
		case !quoted && (c == ' ' || c == '\t' || c == '\n'):
			flush()
		case !quoted && c == '%' && i+1 < len(s):
			i++
			switch s[i] {
			case '%':
				word.WriteByte('%')
				started = true
			case 'c':
				word.WriteString(e.Name())
				started = true
			default: // %f %u %i %k and those that are not used any more
			}
		default:
			word.WriteByte(c)
			started = true
		}
	}
	flush()
	return args
}
