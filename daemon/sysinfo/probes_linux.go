package sysinfo

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const dmi = "/sys/class/dmi/id/"

// accounts are those of the local account file.
func (m *machine) accounts() []account {
	text, _ := m.read("/etc/passwd")
	return parsePasswd(text)
}

// people tells persons from accounts of the system.
func (m *machine) people(context.Context) (p people) {
	for _, a := range m.accounts() {
		if a.person() {
			p.names = append(p.names, a.name, a.full, path.Base(a.home))
		} else {
			p.service = append(p.service, a.name)
		}
	}
	for _, home := range m.list("/home") {
		if home != "lost+found" {
			p.names = append(p.names, home)
		}
	}
	p.names = append(p.names, m.variable("USER"), m.variable("LOGNAME"))
	return p
}

// release is os-release, whose names are the same in every distribution.
func (m *machine) release() map[string]string {
	text, err := m.read("/etc/os-release")
	if err != nil {
		text, _ = m.read("/usr/lib/os-release")
	}
	return parseAssignments(text)
}

// line returns the trimmed text of a small file, "" when there is none.
func (m *machine) line(name string) string {
	b, err := m.read(name)
	if err != nil {
		return ""
	}
	return strings.Trim(string(b), " \t\r\n\x00")
}

// setFile sets an item from a file of one line, or says why it cannot be read.
func setFile(m *machine, s *sheet, item, file string, marks ...mark) {
	text, err := m.read(file)
	s.try(item, strings.TrimSpace(string(bytes.TrimRight(text, "\x00\n"))), err, marks...)
}

func probeSummary(_ context.Context, m *machine, s *sheet) error {
	host, err := os.Hostname()
	s.try("host", host, err)
	if m.exists("/proc/device-tree/model") && !m.exists(dmi) {
		s.set("maker", "")
		setFile(m, s, "model", "/proc/device-tree/model")
		setFile(m, s, "serial", "/proc/device-tree/serial-number", Serials)
	} else {
		setFile(m, s, "maker", dmi+"sys_vendor")
		setFile(m, s, "model", dmi+"product_name")
		setFile(m, s, "serial", dmi+"product_serial", Serials)
	}
	s.set("os", m.release()["PRETTY_NAME"])
	boot := m.bootTime()
	if boot.IsZero() {
		s.fail("uptime", errUnknown)
	} else {
		s.set("uptime", m.now().Sub(boot).Round(time.Second))
	}
	s.set("time_zone", m.timeZone())
	s.set("locale", m.locale())
	s.set("last_boot", boot)
	s.set("user", m.currentUser(), UserNames)
	return nil
}

// currentUser is who runs this program, by the local account file; a program
// that nobody logged in for has no USER.
func (m *machine) currentUser() string {
	for _, a := range m.accounts() {
		if a.uid == uint64(os.Geteuid()) {
			return a.name
		}
	}
	return m.variable("USER", "LOGNAME")
}

func (m *machine) bootTime() (t time.Time) {
	text, _ := m.read("/proc/stat")
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "btime "); ok {
			if sec, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
				t = time.Unix(sec, 0)
			}
		}
	}
	return t
}

// timeZone is a name such as Asia/Seoul with the offset of now.
func (m *machine) timeZone() string {
	abbreviation, _ := m.now().Zone()
	name := m.variable("TZ")
	if name == "" {
		_, name, _ = strings.Cut(m.link("/etc/localtime"), "zoneinfo/")
	}
	if name == "" {
		name = m.line("/etc/timezone")
	}
	if name == "" {
		name = abbreviation
	}
	return name + " (" + m.now().Format("-07:00") + ")"
}

// locale is that of the customer's session, else of the system.
func (m *machine) locale() string {
	if v := m.variable("LC_ALL", "LC_MESSAGES", "LANG"); v != "" {
		return v
	}
	for _, file := range []string{"/etc/locale.conf", "/etc/default/locale"} {
		text, _ := m.read(file)
		if v := parseAssignments(text)["LANG"]; v != "" {
			return v
		}
	}
	return "C"
}

func probeOS(_ context.Context, m *machine, s *sheet) error {
	r := m.release()
	s.set("name", r["NAME"])
	s.set("version", cmp.Or(r["VERSION"], r["VERSION_ID"], m.line("/etc/debian_version")))
	s.set("id", r["ID"])
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		s.fail("kernel", err)
	} else {
		s.set("kernel", unix.ByteSliceToString(u.Release[:]))
		s.set("kernel_build", unix.ByteSliceToString(u.Version[:]))
		s.set("architecture", unix.ByteSliceToString(u.Machine[:]))
	}
	s.set("init", m.line("/proc/1/comm"))
	s.set("virtual_machine", m.hypervisor())
	s.set("container", m.container())
	if m.environment == nil {
		s.fail("desktop", errUnknown)
		s.fail("session_type", errUnknown)
	} else {
		s.set("desktop", cmp.Or(m.variable("XDG_CURRENT_DESKTOP", "DESKTOP_SESSION"), "none"))
		s.set("session_type", cmp.Or(m.variable("XDG_SESSION_TYPE"), "none"))
	}
	setFile(m, s, "machine_id", "/etc/machine-id", Serials)
	setFile(m, s, "boot_parameters", "/proc/cmdline")
	setFile(m, s, "kernel_tainted", "/proc/sys/kernel/tainted")
	return nil
}

// hypervisor names what this virtual machine runs on; "none" on bare metal.
func (m *machine) hypervisor() string {
	if name := m.line("/sys/hypervisor/type"); name != "" {
		return name
	}
	vendor := strings.ToLower(m.line(dmi+"sys_vendor") + " " + m.line(dmi+"product_name"))
	for _, v := range []string{"qemu", "kvm", "vmware", "virtualbox", "xen", "parallels", "bochs", "amazon ec2", "google compute"} {
		if strings.Contains(vendor, v) {
			return v
		}
	}
	if strings.Contains(vendor, "virtual machine") && strings.Contains(vendor, "microsoft") {
		return "hyper-v"
	}
	if text, _ := m.read("/proc/cpuinfo"); bytes.Contains(text, []byte(" hypervisor")) {
		return "yes, of unknown kind"
	}
	return "none"
}

func (m *machine) container() string {
	switch {
	case m.exists("/.dockerenv"):
		return "docker"
	case m.exists("/run/.containerenv"):
		return "podman"
	case m.line("/run/systemd/container") != "":
		return m.line("/run/systemd/container")
	case strings.Contains(m.line("/proc/1/cgroup"), "/lxc"):
		return "lxc"
	case strings.Contains(strings.ToLower(m.line("/proc/sys/kernel/osrelease")), "microsoft"):
		return "wsl"
	}
	return "none"
}

func probeFirmware(_ context.Context, m *machine, s *sheet) error {
	setFile(m, s, "bios_vendor", dmi+"bios_vendor")
	setFile(m, s, "bios_version", dmi+"bios_version")
	setFile(m, s, "bios_date", dmi+"bios_date")
	setFile(m, s, "board_maker", dmi+"board_vendor")
	setFile(m, s, "board_model", dmi+"board_name")
	setFile(m, s, "board_serial", dmi+"board_serial", Serials)
	setFile(m, s, "system_uuid", dmi+"product_uuid", Serials)
	setFile(m, s, "chassis_serial", dmi+"chassis_serial", Serials)
	s.set("uefi", m.exists("/sys/firmware/efi"))
	const secureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	switch v, err := m.read(secureBoot); {
	case err != nil:
		s.fail("secure_boot", err)
	case len(v) == 5: // four bytes of attributes, then the value
		s.set("secure_boot", v[4] == 1)
	default:
		s.fail("secure_boot", errUnknown)
	}
	chips := m.list("/sys/class/tpm")
	s.set("tpm", len(chips) > 0)
	if len(chips) > 0 {
		s.set("tpm_version", m.line(path.Join("/sys/class/tpm", chips[0], "tpm_version_major")))
	}
	return nil
}

func probeSensors(_ context.Context, m *machine, s *sheet) error {
	t := s.table("temperatures", col("sensor"), col("name"), col("temperature", Celsius), col("critical", Celsius))
	for _, file := range m.glob("/sys/class/hwmon/hwmon*/temp*_input") {
		base := strings.TrimSuffix(file, "_input")
		t.add(m.line(path.Join(path.Dir(file), "name")), cmp.Or(m.line(base+"_label"), path.Base(base)), m.milli(file), m.milli(base+"_crit"))
	}
	for _, zone := range m.glob("/sys/class/thermal/thermal_zone*") {
		t.add(path.Base(zone), m.line(zone+"/type"), m.milli(zone+"/temp"), nil)
	}
	fans := s.table("fans", col("sensor"), col("name"), col("turns_per_minute"))
	for _, file := range m.glob("/sys/class/hwmon/hwmon*/fan*_input") {
		base := strings.TrimSuffix(file, "_input")
		fans.add(m.line(path.Join(path.Dir(file), "name")), cmp.Or(m.line(base+"_label"), path.Base(base)), m.number(file))
	}
	batteries := s.table("batteries", col("name"), col("state"), col("charge", Percent), col("health", Percent), col("cycles"),
		col("model"), col("serial", Serials))
	for _, dir := range m.glob("/sys/class/power_supply/*") {
		if m.line(dir+"/type") != "Battery" {
			continue
		}
		batteries.add(path.Base(dir), strings.ToLower(m.line(dir+"/status")), m.number(dir+"/capacity"), m.batteryHealth(dir),
			m.number(dir+"/cycle_count"), strings.TrimSpace(m.line(dir+"/manufacturer")+" "+m.line(dir+"/model_name")), m.line(dir+"/serial_number"))
	}
	mains := slices.IndexFunc(m.glob("/sys/class/power_supply/*"), func(dir string) bool { return m.line(dir+"/online") == "1" })
	if len(m.list("/sys/class/power_supply")) > 0 {
		s.set("on_mains_power", mains >= 0)
	} else {
		s.fail("on_mains_power", errUnknown)
	}
	return nil
}

// batteryHealth is what a full charge is of what it was when new; nil when the
// battery does not tell.
func (m *machine) batteryHealth(dir string) any {
	for _, kind := range []string{"energy", "charge"} {
		full, ok1 := m.number(dir + "/" + kind + "_full").(int64)
		design, ok2 := m.number(dir + "/" + kind + "_full_design").(int64)
		if ok1 && ok2 && design > 0 {
			return round(100 * float64(full) / float64(design))
		}
	}
	return nil
}

// number reads a file with one whole number; nil when there is none.
func (m *machine) number(file string) any {
	n, err := strconv.ParseInt(m.line(file), 10, 64)
	if err != nil {
		return nil
	}
	return n
}

// milli reads a file with thousandths of a unit.
func (m *machine) milli(file string) any {
	n, ok := m.number(file).(int64)
	if !ok {
		return nil
	}
	return round(float64(n) / 1000)
}
