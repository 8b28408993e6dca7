package sysinfo

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// desktopEntry is what counts of a file of the Desktop Entry Specification 1.5
// for starting with the session.
type desktopEntry map[string]string

// parseDesktop reads the group [Desktop Entry]; what other groups say belongs to
// something else. ok is false where there is no such group.
func parseDesktop(text []byte) (e desktopEntry, ok bool) {
	group, e := "", desktopEntry{}
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

// text is a value of type string, whose backslashes stand for characters.
func (e desktopEntry) text(key string) string { return unescapeValue(e[key]) }

func unescapeValue(s string) string {
	return strings.NewReplacer(`\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`).Replace(s)
}

// name is the one without a language, which is the same for everybody; the
// specification wants it there, but some have only a translated one.
func (e desktopEntry) name() string {
	if n := e.text("Name"); n != "" {
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
	return e.text(keys[0])
}

// list is a value of several texts, each ended by a semicolon.
func (e desktopEntry) list(key string) (all []string) {
	for v := range strings.SplitSeq(strings.ReplaceAll(e[key], `\;`, "\x00"), ";") {
		if v = strings.TrimSpace(unescapeValue(v)); v != "" {
			all = append(all, strings.ReplaceAll(v, "\x00", ";"))
		}
	}
	return all
}

// command takes Exec apart: words in double quotes with backslashes, and field
// codes, which stand for files that an autostart does not have.
func (e desktopEntry) command() (args []string) {
	s := e.text("Exec")
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
				word.WriteString(e.name())
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

// whyOff says why the entry does not start with the customer's session, "" when it
// does. m answers whether its program is there, and which desktop runs.
func whyOff(e desktopEntry, m *machine) string {
	is := func(key string, values ...string) bool { return slices.Contains(values, strings.ToLower(e[key])) }
	desktops := strings.Split(m.variable("XDG_CURRENT_DESKTOP"), ":")
	shared := func(list []string) bool {
		return slices.ContainsFunc(list, func(d string) bool { return slices.Contains(desktops, d) })
	}
	args := e.command()
	switch {
	case is("Hidden", "true", "1"):
		return "hidden"
	case is("X-GNOME-Autostart-enabled", "false", "0"):
		return "turned off"
	case is("X-systemd-skip", "true", "1"):
		return "left to systemd"
	case e["Type"] != "" && e["Type"] != "Application":
		return "no program, but " + e["Type"]
	case desktops[0] != "" && e["OnlyShowIn"] != "" && !shared(e.list("OnlyShowIn")):
		return "only in " + strings.Join(e.list("OnlyShowIn"), ", ")
	case desktops[0] != "" && shared(e.list("NotShowIn")):
		return "not in " + strings.Join(desktops, ", ")
	case e.text("TryExec") != "" && !installedProgram(m, e.text("TryExec")):
		return e.text("TryExec") + " is not installed"
	case len(args) == 0 && !is("DBusActivatable", "true", "1"):
		return "it has no command"
	}
	return ""
}

// startCondition is what else has to hold, as far as this system cannot tell.
func startCondition(e desktopEntry, m *machine) string {
	if only := e.list("OnlyShowIn"); len(only) > 0 && m.variable("XDG_CURRENT_DESKTOP") == "" {
		return "only in " + strings.Join(only, ", ")
	}
	return cmp.Or(e.text("AutostartCondition"), e.text("X-KDE-autostart-condition"))
}

// installedProgram reports whether a program is there, by its path or on the
// customer's search path.
func installedProgram(m *machine, name string) bool {
	if strings.Contains(name, "/") {
		return m.executable(name)
	}
	for dir := range strings.SplitSeq(cmp.Or(m.variable("PATH"), "/usr/local/bin:/usr/bin:/bin:/usr/games"), ":") {
		if path.IsAbs(dir) && m.executable(path.Join(dir, name)) {
			return true
		}
	}
	return false
}

// autostartDirs are the directories of one person, the most important first: the
// first file of a name counts, and hides all others of that name.
func autostartDirs(m *machine, home string) []string {
	own := home + "/.config"
	system := []string{"/etc/xdg"}
	if home == m.variable("HOME") {
		own = cmp.Or(m.variable("XDG_CONFIG_HOME"), own)
		if dirs := m.variable("XDG_CONFIG_DIRS"); dirs != "" {
			system = strings.Split(dirs, ":")
		}
	}
	dirs := []string{own + "/autostart"}
	for _, dir := range system {
		if path.IsAbs(dir) {
			dirs = append(dirs, path.Clean(dir)+"/autostart")
		}
	}
	return dirs
}

// sessionHomes are the homes of those whose sessions matter: of persons, and of
// the administrator where there is nobody else.
func sessionHomes(m *machine) map[string]bool {
	persons, root := map[string]bool{}, map[string]bool{"/nonexistent": true}
	for _, a := range accounts(m) {
		switch {
		case a.uid == 0:
			root[a.home] = true
		case a.person():
			persons[a.home] = true
		}
	}
	if home := m.variable("HOME"); home != "" && !root[home] {
		persons[home] = true
	}
	if len(persons) == 0 {
		return root
	}
	return persons
}

// addAutostart lists what starts with a session. An entry of the system is shown
// when at least one person has not put their own in its place.
func addAutostart(m *machine, s *sheet) {
	t := s.table("autostart", col("name"), col("enabled"), col("source"), col("command"), col("note"))
	shown := map[string]bool{}
	persons := sessionHomes(m)
	homes := homes(m)
	if len(homes) == 0 {
		homes = []string{"/nonexistent"}
	}
	for _, home := range homes {
		seen := map[string]bool{}
		for j, dir := range autostartDirs(m, home) {
			if j > 0 && !persons[home] { // what all get is shown as those get it who have a session
				break
			}
			for _, name := range m.list(dir) {
				file := dir + "/" + name
				if !strings.HasSuffix(name, ".desktop") || seen[name] {
					continue
				}
				seen[name] = true
				if shown[file] {
					continue
				}
				shown[file] = true
				text, err := m.read(file)
				e, ok := parseDesktop(text)
				switch {
				case err != nil:
					t.add(name, false, file, nil, why(err))
				case !ok:
					t.add(name, false, file, nil, "this is no desktop entry")
				default:
					off := whyOff(e, m)
					t.add(cmp.Or(e.name(), name), off == "", file, maskArgs(e.command()), cmp.Or(off, startCondition(e, m)))
				}
			}
		}
	}
	for _, dir := range append(homes, "") {
		base := dir + "/.config/systemd/user"
		if dir == "" {
			base = "/etc/systemd/user"
		}
		for _, link := range m.glob(base + "/*.wants/*") {
			t.add(path.Base(link), true, path.Dir(link), m.link(link), nil)
		}
	}
}

// executable reports whether a file may be run by somebody.
func (m *machine) executable(name string) bool {
	info, err := fs.Stat(m.files, strings.TrimPrefix(name, "/"))
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
