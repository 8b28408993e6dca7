package sysinfo

import (
	"bytes"
	"context"
	"encoding/binary"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// peopleOf tells persons from accounts of the system.
func peopleOf(_ context.Context, m *machine) (p people) {
	own := currentUser(m)
	for _, a := range accounts(m) {
		if a.person() || a.name == own && a.uid != 0 {
			p.names = append(p.names, a.name, a.full)
			if base := path.Base(a.home); base != "." && base != "/" {
				p.names = append(p.names, base)
			}
		} else {
			p.service = append(p.service, a.name)
		}
	}
	for _, dir := range []string{"/home", "/var/lib/AccountsService/users", "/var/spool/mail", "/var/mail"} {
		for _, name := range m.list(dir) {
			if name != "lost+found" && !strings.HasPrefix(name, ".") {
				p.names = append(p.names, strings.TrimSuffix(name, ".homedir"))
			}
		}
	}
	for _, on := range loggedOn(m) {
		p.names = append(p.names, on.user)
	}
	for _, file := range m.glob("/run/systemd/users/*") { // of a domain: in no file of accounts
		text, _ := m.read(file)
		p.names = append(p.names, parseAssignments(text)["NAME"])
	}
	p.names = append(p.names, own, m.variable("USER"), m.variable("LOGNAME"), m.variable("SUDO_USER"))
	p.serials = serials(m)
	if m.kernel.links != nil {
		links, addresses, _ := m.kernel.links()
		for _, l := range parseLinks(links, addresses) {
			p.addresses = append(p.addresses, l.mac, strings.Join(l.addresses, ", "))
		}
	}
	return p
}

// serials are the numbers that tell this computer from all others. They are
// looked for everywhere, also when the categories that list them are not asked.
func serials(m *machine) (all []string) {
	files := []string{"/etc/machine-id", "/var/lib/dbus/machine-id"}
	for _, name := range []string{"product_serial", "board_serial", "chassis_serial", "product_uuid"} {
		files = append(files, dmi+name)
	}
	for _, pattern := range []string{
		"/sys/block/*/device/serial", "/sys/block/*/serial", "/sys/block/*/device/wwid", "/sys/block/*/wwid", "/sys/class/power_supply/*/serial_number",
		"/sys/bus/usb/devices/*/serial", "/sys/class/net/*/phys_switch_id",
	} {
		files = append(files, m.glob(pattern)...)
	}
	for _, file := range files {
		all = append(all, meant(m.line(file)))
	}
	return append(all, identify(m).serial)
}

// currentUser is who runs this program, by the local account file; a program
// that nobody logged in for has no USER.
func currentUser(m *machine) string {
	if uid := m.uid(); uid >= 0 {
		for _, a := range accounts(m) {
			if a.uid == uint64(uid) {
				return a.name
			}
		}
	}
	return m.variable("USER", "LOGNAME")
}

// homes are the home directories of persons that may be read: root sees all.
func homes(m *machine) (homes []string) {
	if home := m.variable("HOME"); home != "" {
		homes = append(homes, home)
	}
	for _, a := range accounts(m) {
		if (a.person() || a.uid == 0) && !slices.Contains(homes, a.home) {
			homes = append(homes, a.home)
		}
	}
	return slices.DeleteFunc(homes, func(h string) bool { return !path.IsAbs(h) || path.Clean(h) != h || h == "/" })
}

func probeUsers(_ context.Context, m *machine, s *sheet) error {
	s.set("current_user", currentUser(m), UserNames)
	s.set("current_uid", m.uid())
	groups, err := m.read("/etc/group")
	admins := parseMembers(groups, "sudo", "wheel", "admin")
	t := s.table("accounts", col("name", UserNames), col("full_name", UserNames), col("uid"), col("kind"), col("admin"), col("logs_on"), col("home"), col("shell"))
	t.fail(err)
	for _, a := range accounts(m) {
		kind := "system"
		if a.person() {
			kind = "person"
		}
		t.add(a.name, a.full, a.uid, kind, a.uid == 0 || admins.has(a), a.logsOn(), a.home, a.shell)
	}
	on := s.table("logged_on", col("user", UserNames), col("terminal"), col("from", Addresses), col("since"))
	for _, u := range loggedOn(m) {
		on.add(u.user, u.terminal, u.from, u.since)
	}
	return nil
}

// logon is somebody who is logged on.
type logon struct {
	user, terminal, from string
	since                time.Time
}

// loggedOn asks logind's own files where there are any, else utmp, which new
// distributions do not have.
func loggedOn(m *machine) (all []logon) {
	for _, file := range m.glob("/run/systemd/sessions/*") {
		text, err := m.read(file)
		v := parseAssignments(text)
		if err != nil || v["USER"] == "" || v["CLASS"] != "" && !strings.HasPrefix(v["CLASS"], "user") || v["STATE"] == "closing" {
			continue
		}
		on := logon{user: v["USER"], terminal: v["TTY"], from: v["REMOTE_HOST"]}
		if on.terminal == "" {
			on.terminal = v["DISPLAY"]
		}
		if us, err := strconv.ParseInt(v["REALTIME"], 10, 64); err == nil {
			on.since = time.UnixMicro(us).Truncate(time.Second)
		}
		all = append(all, on)
	}
	if len(all) > 0 {
		return all
	}
	for _, file := range []string{"/run/utmp", "/var/run/utmp"} {
		text, err := m.read(file)
		if err != nil {
			continue
		}
		for _, u := range parseUtmp(text, utmpSize(runtime.GOARCH)) {
			if m.exists("/proc/" + strconv.Itoa(int(u.pid))) { // else it was never taken out
				all = append(all, u.logon)
			}
		}
		return all
	}
	return nil
}

type utmpEntry struct {
	pid int32
	logon
}

// utmpSize is the size of an entry: glibc keeps times of 32 bits where programs
// of 32 bits share the file.
func utmpSize(architecture string) int {
	switch architecture {
	case "arm64", "riscv64", "loong64", "mips64", "mips64le":
		return 400
	}
	return 384
}

// parseUtmp reads utmp(5).
func parseUtmp(b []byte, size int) (all []utmpEntry) {
	const userProcess = 7
	for ; len(b) >= size; b = b[size:] {
		if binary.NativeEndian.Uint16(b) != userProcess {
			continue
		}
		text := func(from, to int) string {
			field, _, _ := bytes.Cut(b[from:to], []byte{0})
			return string(field)
		}
		e := utmpEntry{pid: int32(binary.NativeEndian.Uint32(b[4:])), logon: logon{user: text(44, 76), terminal: text(8, 40), from: text(76, 332)}}
		if size == 384 {
			e.since = time.Unix(int64(int32(binary.NativeEndian.Uint32(b[340:]))), 0)
		} else {
			e.since = time.Unix(int64(binary.NativeEndian.Uint64(b[344:])), 0)
		}
		all = append(all, e)
	}
	return all
}

// membership is who is in some groups, by name and by primary group.
type membership struct {
	names   map[string]bool
	numbers map[uint64]bool
}

func (g membership) has(a account) bool { return g.names[a.name] || g.numbers[a.gid] }

// parseMembers reads /etc/group. A group's own line does not have those whose
// primary group it is: their line of /etc/passwd has its number.
func parseMembers(text []byte, groups ...string) membership {
	in := membership{map[string]bool{}, map[uint64]bool{}}
	lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 4 {
			return true
		}
		for _, g := range groups {
			if f[0] != g {
				continue
			}
			if gid, err := strconv.ParseUint(f[2], 10, 32); err == nil {
				in.numbers[gid] = true
			}
			for name := range strings.SplitSeq(f[3], ",") {
				if name = strings.TrimSpace(name); name != "" {
					in.names[name] = true
				}
			}
		}
		return true
	})
	return in
}
