//go:build unix

package system

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"time"

	"supportd/daemon/sysinfo/machine"
)

// timeZone is a name such as Asia/Seoul with the offset of now. TZ has a name of
// the zone database, a file, or a rule of POSIX such as KST-9. An empty or unknown
// TZ is UTC: tzset(3).
func timeZone(m *machine.Machine) string {
	name, set := m.Lookup("TZ")
	if !set {
		_, name, _ = strings.Cut(zoneLink(m), "zoneinfo/")
		for _, tree := range []string{"posix/", "right/", "uclibc/"} {
			name = strings.TrimPrefix(name, tree)
		}
		if name == "" {
			name = m.FirstLine("/etc/timezone")
		}
		text, err := m.Read("/etc/localtime")
		zone, err2 := time.LoadLocationFromTZData(name, text)
		switch {
		case err == nil && err2 == nil:
			if !sameZone(m, name, zone) { // a copy that somebody changed without the name
				name = ""
			}
			return inZone(m, name, zone)
		case name == "":
			return inZone(m, "UTC", time.UTC)
		}
	}
	rule := strings.TrimPrefix(name, ":")
	if zone := zoneFile(m, rule); zone != nil {
		return inZone(m, zoneName(rule), zone)
	}
	if zone := posixZone(rule); zone != nil {
		return inZone(m, rule, zone)
	}
	if rule == "" || rule == "UTC" || rule == "GMT" {
		return inZone(m, "UTC", time.UTC)
	}
	if !m.Exists("/usr/share/zoneinfo") { // nothing to look it up in
		return rule
	}
	return inZone(m, rule+", not known here", time.UTC)
}

// zoneLink follows /etc/localtime to the name of a file in the zone database.
func zoneLink(m *machine.Machine) string {
	at := "/etc/localtime"
	for range 8 {
		target := m.Link(at)
		if target == "" || strings.Contains(target, "zoneinfo/") {
			return target
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(at), target)
		}
		at = path.Clean(target)
	}
	return ""
}

// sameZone reports whether the zone of that name has this offset now, half a year
// ago and in half a year. It may, where the name cannot be looked up.
func sameZone(m *machine.Machine, name string, zone *time.Location) bool {
	other := zoneFile(m, name)
	if other == nil {
		return true
	}
	for _, months := range []int{-6, 0, 6} {
		at := m.Now().AddDate(0, months, 0)
		_, a := at.In(zone).Zone()
		if _, b := at.In(other).Zone(); a != b {
			return false
		}
	}
	return true
}

func inZone(m *machine.Machine, name string, zone *time.Location) string {
	now := m.Now().In(zone)
	if name == "" {
		name, _ = now.Zone()
	}
	return fmt.Sprintf("%s (%s)", name, now.Format("-07:00"))
}

// zoneName is a zone's name in the database, also for the path of its file.
func zoneName(rule string) string {
	if _, name, ok := strings.Cut(rule, "zoneinfo/"); ok {
		return name
	}
	return rule
}

func zoneFile(m *machine.Machine, name string) *time.Location {
	if name == "" || path.Clean("/"+name) != "/"+strings.TrimPrefix(name, "/") {
		return nil
	}
	dirs := []string{"/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/var/db/timezone/zoneinfo/"}
	if path.IsAbs(name) {
		dirs = []string{""}
	}
	for _, dir := range dirs {
		text, err := m.Read(dir + name)
		if err != nil {
			continue
		}
		if zone, err := time.LoadLocationFromTZData(name, text); err == nil {
			return zone
		}
	}
	return nil
}

// posixZone reads a rule of POSIX, section 8.3 of the base definitions:
// "EST5EDT,M3.2.0,M11.1.0", "<+0330>-3:30". nil when it is none. Go reads
// such a rule only at the end of a file of the zone database, so it gets a file with
// nothing else in it. A rule without a beginning and an end of summer time
// has those of the United States.
func posixZone(rule string) *time.Location {
	if strings.ContainsAny(rule, "\n\x00") || len(rule) > 100 {
		return nil
	}
	const unread = "?"
	load := func(rule string) *time.Location {
		zone, err := time.LoadLocationFromTZData(rule, zoneData(unread, rule))
		if err != nil {
			return nil
		}
		if name, _ := time.Unix(0, 0).In(zone).Zone(); name == unread {
			return nil
		}
		return zone
	}
	if zone := load(rule); zone != nil {
		return zone
	}
	if !strings.Contains(rule, ",") {
		return load(rule + ",M3.2.0,M11.1.0")
	}
	return nil
}

// zoneData builds a file of RFC 9636 with one zone, no transitions, and a rule
// for all times.
func zoneData(name, rule string) []byte {
	head := func(version byte) []byte {
		return append(append([]byte("TZif"), version), append(make([]byte, 15),
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // no marks, no leap seconds, no transitions
			0, 0, 0, 1, 0, 0, 0, byte(len(name)+1))...)
	}
	body := append(make([]byte, 6), name+"\x00"...)
	return bytes.Join([][]byte{head('2'), body, head('2'), body, []byte("\n" + rule + "\n")}, nil)
}
