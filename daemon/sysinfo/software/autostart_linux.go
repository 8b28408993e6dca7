package software

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
	"supportd/daemon/sysinfo/users"
)

// whyOff says why the entry does not start with the customer's session, "" when it
// does. The machine answers whether its program is there, and which desktop runs.
func whyOff(e formats.DesktopEntry, m *machine.Machine) string {
	is := func(key string, values ...string) bool { return slices.Contains(values, strings.ToLower(e[key])) }
	desktops := strings.Split(m.Variable("XDG_CURRENT_DESKTOP"), ":")
	args := e.Command()
	switch {
	case is("Hidden", "true", "1"):
		return "hidden"
	case is("X-GNOME-Autostart-enabled", "false", "0"):
		return "turned off"
	case is("X-MATE-Autostart-enabled", "false", "0") && slices.Contains(desktops, "MATE"):
		return "turned off"
	case is("X-systemd-skip", "true", "1"), is("X-GNOME-HiddenUnderSystemd", "true", "1") && slices.Contains(desktops, "GNOME") && m.Systemd():
		return "left to systemd"
	case e["Type"] != "" && e["Type"] != "Application":
		return "no program, but " + e["Type"]
	case !e.ShownIn(desktops) && len(e.List("OnlyShowIn")) > 0:
		return "only in " + strings.Join(e.List("OnlyShowIn"), ", ")
	case !e.ShownIn(desktops):
		return "not in " + strings.Join(desktops, ", ")
	case e.Text("TryExec") != "" && !installedProgram(m, e.Text("TryExec")):
		return e.Text("TryExec") + " is not installed"
	case len(args) == 0 && !is("DBusActivatable", "true", "1"):
		return "it has no command"
	}
	return ""
}

// startCondition is a condition of the entry that is not checked here: it is shown
// as it stands.
func startCondition(e formats.DesktopEntry, m *machine.Machine) string {
	if only := e.List("OnlyShowIn"); len(only) > 0 && m.Variable("XDG_CURRENT_DESKTOP") == "" {
		return "only in " + strings.Join(only, ", ")
	}
	return cmp.Or(e.Text("AutostartCondition"), e.Text("X-KDE-autostart-condition"))
}

// installedProgram reports whether a program is there, by its path or on the
// customer's search path.
func installedProgram(m *machine.Machine, name string) bool {
	if strings.Contains(name, "/") {
		return m.Executable(name)
	}
	for dir := range strings.SplitSeq(cmp.Or(m.Variable("PATH"), "/usr/local/bin:/usr/bin:/bin:/usr/games"), ":") {
		if path.IsAbs(dir) && m.Executable(path.Join(dir, name)) {
			return true
		}
	}
	return false
}

// autostartDirs are the directories of one person, the most important first: the
// first file of a name counts, and hides all others of that name.
func autostartDirs(m *machine.Machine, home string) []string {
	own := home + "/.config"
	system := []string{"/etc/xdg"}
	if home == m.Variable("HOME") {
		own = cmp.Or(m.Variable("XDG_CONFIG_HOME"), own)
		if dirs := m.Variable("XDG_CONFIG_DIRS"); dirs != "" {
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
func sessionHomes(m *machine.Machine) map[string]bool {
	persons, root := map[string]bool{}, map[string]bool{"/nonexistent": true}
	for _, a := range users.Accounts(m) {
		switch {
		case a.UID == 0:
			root[a.Home] = true
		case a.Person():
			persons[a.Home] = true
		}
	}
	if home := m.Variable("HOME"); home != "" && !root[home] {
		persons[home] = true
	}
	if len(persons) == 0 {
		return root
	}
	return persons
}

// addAutostart lists what starts with a session. An entry of the system is shown
// when at least one person has not put their own in its place.
func addAutostart(m *machine.Machine, s *document.Sheet) {
	t := s.Table("autostart", document.Col("name"), document.Col("enabled"), document.Col("source"), document.Col("command"), document.Col("note"))
	shown := map[string]bool{}
	persons := sessionHomes(m)
	homes := users.Homes(m)
	if len(homes) == 0 {
		homes = []string{"/nonexistent"}
	}
	for _, home := range homes {
		seen := map[string]bool{}
		for j, dir := range autostartDirs(m, home) {
			if j > 0 && !persons[home] { // what starts for everybody is shown for those who have sessions
				break
			}
			for _, name := range m.List(dir) {
				file := dir + "/" + name
				if !strings.HasSuffix(name, ".desktop") || seen[name] {
					continue
				}
				seen[name] = true
				if shown[file] {
					continue
				}
				shown[file] = true
				text, err := m.Read(file)
				e, ok := formats.Desktop(text)
				switch {
				case err != nil:
					t.Add(name, false, file, nil, document.Why(err))
				case !ok:
					t.Add(name, false, file, nil, "this is no desktop entry")
				default:
					off := whyOff(e, m)
					t.Add(cmp.Or(e.Name(), name), off == "", file, secrets.Args(e.Command()), cmp.Or(off, startCondition(e, m)))
				}
			}
		}
	}
	for _, dir := range append(homes, "") {
		base := dir + "/.config/systemd/user"
		if dir == "" {
			base = "/etc/systemd/user"
		}
		for _, link := range m.Glob(base + "/*.wants/*") {
			off := unitOff(m, base, link)
			t.Add(path.Base(link), off == "", path.Dir(link), m.Link(link), off)
		}
	}
}

// unitOff says why a unit that a link in a .wants directory calls does not start, "" when
// it does: its file is gone, or another one of its name stands before it and turns it off
// (systemd.unit(5)).
func unitOff(m *machine.Machine, base, link string) string {
	for _, dir := range []string{base, "/etc/systemd/user", "/run/systemd/user"} {
		file := dir + "/" + path.Base(link)
		if m.Link(file) == "/dev/null" {
			return "turned off (masked)"
		}
		if text, err := m.Read(file); err == nil && len(text) == 0 {
			return "turned off (empty)"
		} else if err == nil {
			return ""
		}
	}
	if target := m.Link(link); target != "" && !strings.Contains(path.Base(link), "@") && m.Missing(path.Join(path.Dir(link), target)) && (!path.IsAbs(target) || m.Missing(target)) {
		return "its file is not there"
	}
	return ""
}
