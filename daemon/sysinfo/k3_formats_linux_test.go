package sysinfo

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// attribute is one of rtnetlink's, with its padding.
func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(len(value)+4))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	return append(b, make([]byte, align(len(b))-len(b))...)
}

func message(kind uint16, body ...[]byte) []byte {
	all := []byte{}
	for _, part := range body {
		all = append(all, part...)
	}
	b := binary.NativeEndian.AppendUint32(nil, uint32(len(all)+16))
	b = binary.NativeEndian.AppendUint16(b, kind)
	return append(append(b, make([]byte, 10)...), all...)
}

// manyLinks are n adapters with one address of IPv4 and one of IPv6 each.
func manyLinks(n int) (links, addresses []byte) {
	for i := range n {
		head := make([]byte, unix.SizeofIfInfomsg)
		binary.NativeEndian.PutUint32(head[4:], uint32(i+1))
		binary.NativeEndian.PutUint32(head[8:], unix.IFF_UP|unix.IFF_RUNNING)
		stats := make([]byte, 24*8)
		binary.NativeEndian.PutUint64(stats[16:], uint64(i)+1<<33)
		links = append(links, message(unix.RTM_NEWLINK, head, attribute(unix.IFLA_IFNAME, fmt.Appendf(nil, "veth%04d\x00", i)), attribute(unix.IFLA_ADDRESS, []byte{2, 0, 0, 0, byte(i >> 8), byte(i)}),
			attribute(unix.IFLA_MTU, binary.NativeEndian.AppendUint32(nil, 1500)), attribute(unix.IFLA_OPERSTATE, []byte{6}), attribute(unix.IFLA_STATS64, stats),
			attribute(unix.IFLA_LINKINFO, attribute(unix.IFLA_INFO_KIND, []byte("veth\x00"))))...)
		for _, ip := range [][]byte{{10, 0, byte(i >> 8), byte(i)}, append([]byte{0xfe, 0x80}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(i>>8), byte(i))} {
			head := []byte{unix.AF_INET, 24, 0, 0, 0, 0, 0, 0}
			binary.NativeEndian.PutUint32(head[4:], uint32(i+1))
			addresses = append(addresses, message(unix.RTM_NEWADDR, head, attribute(unix.IFA_ADDRESS, ip))...)
		}
	}
	return links, addresses
}

func TestK3S5_ThreeThousandAdaptersFromTwoAnswers(t *testing.T) {
	links, addresses := manyLinks(3000)
	asks := 0
	m := fakeMachine(tree(nil))
	m.kernel.links = func() ([]byte, []byte, error) { asks++; return links, addresses, nil }
	start := time.Now()
	d := asked(t, m, Network)
	table := tableOf(t, d, Network, "adapters")
	t.Logf("%d adapters in %v", len(table.Rows), time.Since(start))
	if asks != 1 || len(table.Rows) != 3000 || table.Omitted != 0 || item(t, d, Network, "count") != "3000" || sectionOf(t, d, Network).Reason != "" {
		t.Errorf("%d asks, %d rows and %d left out, %q", asks, len(table.Rows), table.Omitted, sectionOf(t, d, Network).Reason)
	}
	got := cells(t, table, "name", "kind", "state", "mac_address", "ip_addresses", "mtu", "received")
	if want := "veth2999 | virtual (veth) | up | 02:00:00:00:0b:b7 | 10.0.11.183/24, fe80::bb7/24 | 1500 | 8589937591"; got[2999] != want {
		t.Errorf("%s", got[2999])
	}
	text, _ := both(t, d)
	if !strings.Contains(text, "Adapters (3000)") {
		t.Error("the heading has another count")
	}
	links, addresses = manyLinks(3)
	for cut := range len(addresses) { // half answers break nothing
		parseLinks(links[:max(len(links)-cut, 0)], addresses[:len(addresses)-cut])
	}
}

// More than a table may have is counted.
func TestK3S5_TheCountIsTrueBeyondTheLimit(t *testing.T) {
	links, addresses := manyLinks(maxRows + 500)
	m := fakeMachine(tree(nil))
	m.kernel.links = func() ([]byte, []byte, error) { return links, addresses, nil }
	d := asked(t, m, Network)
	table := tableOf(t, d, Network, "adapters")
	if len(table.Rows)+table.Omitted != maxRows+500 || item(t, d, Network, "count") != fmt.Sprint(maxRows+500) {
		t.Errorf("%d and %d", len(table.Rows), table.Omitted)
	}
}

// What this computer's kernel says is the same by netlink and by its files.
func TestK3S5_RealAdapters(t *testing.T) {
	links, addresses, err := askLinks()
	if err != nil {
		t.Skip(err)
	}
	entries, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Skip(err)
	}
	names := map[string]bool{}
	for _, l := range parseLinks(links, addresses) {
		names[l.name] = true
	}
	for _, e := range entries {
		if !names[e.Name()] && e.Name() != "bonding_masters" {
			t.Errorf("no %s", e.Name())
		}
	}
}

// koreanDesktop has what a desktop has that is used by one person.
func koreanDesktop() *machine {
	m := fakeMachine(tree(map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/sh\nkim:x:1000:1000:김민지:/home/kim:/bin/bash\n",
		"etc/xdg/autostart/chat.desktop": "\ufeff# a comment\n[Desktop Entry]\r\nType=Application\r\nName[ko]=채팅\r\nName = Chat\r\nExec=chat --tray %U\r\nX-Other=1\n\n" +
			"[Desktop Action quit]\nName=Quit\nExec=chat --quit\nHidden=true\n",
		"etc/xdg/autostart/off.desktop":            "[Desktop Entry]\nName=Off\nExec=off\nX-GNOME-Autostart-enabled=false\n",
		"etc/xdg/autostart/hidden.desktop":         "[Desktop Entry]\nName=Hidden\nExec=x\nHidden=true\n",
		"etc/xdg/autostart/kde.desktop":            "[Desktop Entry]\nName=KDE only\nExec=x\nOnlyShowIn=KDE;LXQt;\n",
		"etc/xdg/autostart/notgnome.desktop":       "[Desktop Entry]\nName=Not here\nExec=x\nNotShowIn=GNOME;\n",
		"etc/xdg/autostart/gone.desktop":           "[Desktop Entry]\nName=Gone\nTryExec=gone-program\nExec=x\n",
		"etc/xdg/autostart/there.desktop":          "[Desktop Entry]\nName=There\nTryExec=there\nExec=there\n",
		"etc/xdg/autostart/mine.desktop":           "[Desktop Entry]\nName=System's\nExec=system\n",
		"etc/xdg/autostart/quiet.desktop":          "[Desktop Entry]\nName=Quiet\nExec=quiet\n",
		"etc/xdg/autostart/link.desktop":           "[Desktop Entry]\nType=Link\nName=A page\nURL=https://x\n",
		"etc/xdg/autostart/ko.desktop":             "[Desktop Entry]\nName[ko]=한글 입력기\nExec=\"/opt/한글/입력 기\" \"a \\\\\"b\\\\\"\" --x=\\\\\\\\ 100%% %k\n",
		"etc/xdg/autostart/escape.desktop":         "[Desktop Entry]\nName=Two\\sparts\\nand\nExec=sh -c \"mysql -pgeheim\"\n",
		"etc/xdg/autostart/broken.desktop":         "[Desktop Action x]\nName=No\nExec=no\n",
		"etc/xdg/autostart/README":                 "[Desktop Entry]\nName=No\nExec=no\n",
		"home/kim/.config/autostart/mine.desktop":  "[Desktop Entry]\nName=Kim's\nExec=kims\n",
		"home/kim/.config/autostart/quiet.desktop": "[Desktop Entry]\nHidden=true\n",
		"usr/bin/there!":                           "x",
		"usr/bin/gone-program":                     "not executable",
	}))
	m.environment = []string{"HOME=/home/kim", "XDG_CURRENT_DESKTOP=ubuntu:GNOME", "USER=kim", "LANG=ko_KR.UTF-8", "TZ=Asia/Seoul"}
	return m
}

func TestK3S6_DesktopEntriesByTheirSpecification(t *testing.T) {
	d := asked(t, koreanDesktop(), Startup)
	got := map[string]string{}
	for _, row := range cells(t, tableOf(t, d, Startup, "autostart"), "source", "name", "enabled", "command", "note") {
		file, rest, _ := strings.Cut(row, " | ")
		got[strings.TrimPrefix(file, "/etc/xdg/autostart/")] = rest
	}
	for file, want := range map[string]string{
		"chat.desktop":     "Chat | true | chat --tray | -",
		"there.desktop":    "There | true | there | -",
		"ko.desktop":       `한글 입력기 | true | /opt/한글/입력 기 a "b" --x=\\ 100% | -`,
		"escape.desktop":   "Two parts\nand | true | sh -c mysql -p[masked] | -",
		"kde.desktop":      "KDE only | false | x | only in KDE, LXQt",
		"notgnome.desktop": "Not here | false | x | not in ubuntu, GNOME",
		"gone.desktop":     "Gone | false | x | gone-program is not installed",
		"link.desktop":     "A page | false | - | no program, but Link",
		"broken.desktop":   "broken.desktop | false | - | this is no desktop entry",
		"/home/kim/.config/autostart/mine.desktop":  "Kim's | true | kims | -",
		"/home/kim/.config/autostart/quiet.desktop": "quiet.desktop | false | - | hidden",
	} {
		if got[file] != want {
			t.Errorf("%s: %q, want %q", file, got[file], want)
		}
	}
	for _, file := range []string{"mine.desktop", "quiet.desktop", "README"} { // the person's own is in their place
		if _, ok := got[file]; ok {
			t.Errorf("%s is shown: %s", file, got[file])
		}
	}
}

func TestK3S7_EntriesThatAreTurnedOff(t *testing.T) {
	d := asked(t, koreanDesktop(), Startup)
	off := 0
	for _, row := range cells(t, tableOf(t, d, Startup, "autostart"), "name", "enabled", "note") {
		if row == "Off | false | turned off" || row == "Hidden | false | hidden" {
			off++
		}
	}
	if off != 2 {
		t.Errorf("%d of 2 are said to be off", off)
	}
}

// Another person of the same computer still gets what one has turned off.
func TestK3S6_WhatOneTurnsOffOthersKeep(t *testing.T) {
	files := map[string]string{
		"etc/passwd":                             "root:x:0:0::/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/sh\nlee:x:1001:1001::/home/lee:/bin/sh\n",
		"etc/xdg/autostart/a.desktop":            "[Desktop Entry]\nName=A\nExec=a\n",
		"home/kim/.config/autostart/a.desktop":   "[Desktop Entry]\nHidden=true\n",
		"opt/xdg/autostart/a.desktop":            "[Desktop Entry]\nName=First\nExec=first\n",
		"home/kim/elsewhere/autostart/b.desktop": "[Desktop Entry]\nName=B\nExec=b\n",
	}
	m := fakeMachine(tree(files))
	same(t, "without a session", cells(t, tableOf(t, asked(t, m, Startup), Startup, "autostart"), "source", "enabled"),
		"/home/kim/.config/autostart/a.desktop | false", "/etc/xdg/autostart/a.desktop | true")
	m.environment = []string{"HOME=/home/kim", "XDG_CONFIG_HOME=/home/kim/elsewhere", "XDG_CONFIG_DIRS=/opt/xdg:/etc/xdg"}
	same(t, "with its own directories", cells(t, tableOf(t, asked(t, m, Startup), Startup, "autostart"), "source", "name"),
		"/home/kim/elsewhere/autostart/b.desktop | B", "/opt/xdg/autostart/a.desktop | First", "/etc/xdg/autostart/a.desktop | A")
}

func cronFiles(id string) map[string]string {
	return map[string]string{
		"etc/os-release": "ID=" + id + "\n",
		"etc/crontab": "SHELL=/bin/sh\nPATH = /bin:/usr/bin\n\"MAIL TO\"=x\n  # comment\n*/5 * * * *\troot\techo \"a  b\"\n@reboot kim /bin/c\n@sometimes kim x\n1 2 3 4\n17 * * * * root\n" +
			"0 0 1 jan-mar mon-fri kim date +\\%F % input % more\n-0 3 * * * root quiet\nnot a job at all here\n",
		"etc/cron.d/ok":               "0 1 * * * root ok\n",
		"etc/cron.d/with.dot":         "0 1 * * * root dot\n",
		"etc/cron.d/.placeholder":     "0 1 * * * root placeholder\n",
		"etc/cron.d/old.rpmsave":      "0 1 * * * root rpmsave\n",
		"etc/cron.d/backup~":          "0 1 * * * root tilde\n",
		"etc/cron.daily/.placeholder": "x", "etc/cron.daily/backup.sh!": "x", "etc/cron.daily/ok.dpkg-old!": "x", "etc/cron.daily/notexec": "x", "etc/cron.daily/ok!": "x",
		"etc/cron.daily/dir/x!": "x", "etc/cron.weekly/man-db!": "x", "etc/cron.yearly/y!": "x",
		"etc/anacrontab":                  "START_HOURS_RANGE=3-22\n1\t5\tcron.daily\tnice run-parts /etc/cron.daily\n@monthly 45 cron.monthly x  y\nbroken 1\n",
		"var/spool/cron/crontabs/kim":     "0 2 * * * mysqldump -u root -pgeheim db > /x\n",
		"var/spool/cron/crontabs/tmp.abc": "0 2 * * * no\n",
		"var/spool/cron/tabs/lee":         "0 4 * * * tab\n",
	}
}

func TestK3S8_WhatCronAndRunPartsRun(t *testing.T) {
	m := fakeMachine(tree(cronFiles("debian")))
	same(t, "debian", cells(t, tableOf(t, asked(t, m, Startup), Startup, "scheduled_jobs"), "when", "user", "source", "command"),
		`*/5 * * * * | root | /etc/crontab | echo "a  b"`, "@reboot | kim | /etc/crontab | /bin/c", "0 0 1 jan-mar mon-fri | kim | /etc/crontab | date +%F (with input)", "-0 3 * * * | root | /etc/crontab | quiet",
		"0 1 * * * | root | /etc/cron.d/ok | ok", "every 1 days | root | /etc/anacrontab | nice run-parts /etc/cron.daily", "@monthly | root | /etc/anacrontab | x  y",
		"0 2 * * * | kim | /var/spool/cron/crontabs/kim | mysqldump -u root -p[masked] db > /x", "0 4 * * * | lee | /var/spool/cron/tabs/lee | tab",
		"daily | root | /etc/cron.daily | ok", "weekly | root | /etc/cron.weekly | man-db", "yearly | root | /etc/cron.yearly | y")
	m = fakeMachine(tree(cronFiles("rocky\nID_LIKE=\"rhel centos fedora\"")))
	var got []string
	for _, row := range cells(t, tableOf(t, asked(t, m, Startup), Startup, "scheduled_jobs"), "source", "command") {
		if strings.HasPrefix(row, "/etc/cron.d") {
			got = append(got, row)
		}
	}
	same(t, "red hat", got, "/etc/cron.d/ok | ok", "/etc/cron.d/with.dot | dot", "/etc/cron.daily | backup.sh", "/etc/cron.daily | ok")
}

func TestK3S10_SuppliesByScope(t *testing.T) {
	mouse := map[string]string{"hidpp_battery_0/type": "Battery\n", "hidpp_battery_0/scope": "Device\n", "hidpp_battery_0/online": "1\n", "hidpp_battery_0/status": "Discharging\n",
		"hidpp_battery_0/capacity": "80\n", "hidpp_battery_0/model_name": "Wireless Mouse M510\n"}
	laptop := map[string]string{"AC/type": "Mains\n", "AC/online": "0\n", "BAT0/type": "Battery\n", "BAT0/status": "Discharging\n", "BAT0/capacity": "41\n", "BAT0/cycle_count": "0\n", "BAT0/energy_full": "40000000\n",
		"BAT0/energy_full_design": "50000000\n", "BAT0/manufacturer": "SMP  \n", "BAT0/model_name": "LNV-5B10\n", "BAT0/serial_number": " 1234\n"}
	supplies := func(sets ...map[string]string) *machine {
		files := map[string]string{}
		for _, set := range sets {
			for name, text := range set {
				files["sys/class/power_supply/"+name] = text
			}
		}
		return fakeMachine(tree(files))
	}
	d := asked(t, supplies(mouse, laptop), Sensors)
	if got := item(t, d, Sensors, "on_mains_power"); got != "false" {
		t.Errorf("on mains power: %s", got)
	}
	same(t, "batteries", cells(t, tableOf(t, d, Sensors, "batteries"), "name", "scope", "state", "charge", "health", "cycles", "model", "serial"),
		"BAT0 | system | discharging | 41 | 80 | - | SMP LNV-5B10 | 1234", "hidpp_battery_0 | device | discharging | 80 | - | - | Wireless Mouse M510 | -")
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a desktop with a mouse":      {mouse, "(not available on this system)"},
		"USB-C":                       {map[string]string{"AC/type": "Mains", "AC/online": "0", "ucsi/type": "USB", "ucsi/online": "1", "BAT0/type": "Battery", "BAT0/status": "Charging"}, "true"},
		"a programmable charger":      {map[string]string{"ucsi/type": "USB", "ucsi/online": "2"}, "true"},
		"only a battery, discharging": {map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging"}, "false"},
		"only a battery, full":        {map[string]string{"BAT0/type": "Battery", "BAT0/status": "Full"}, "true"},
		"an empty bay":                {map[string]string{"AC/type": "Mains", "AC/online": "1", "BAT1/type": "Battery", "BAT1/present": "0", "BAT1/status": "Discharging"}, "true"},
		"a headset that charges":      {map[string]string{"h/type": "USB", "h/scope": "Device", "h/online": "1", "AC/type": "Mains", "AC/online": "0"}, "false"},
		"nothing":                     {map[string]string{}, "(not available on this system)"},
	} {
		if got := item(t, asked(t, supplies(c.files), Sensors), Sensors, "on_mains_power"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	charge := supplies(map[string]string{"BAT0/type": "Battery", "BAT0/charge_now": "500", "BAT0/charge_full": "1000", "BAT0/charge_full_design": "0", "BAT0/serial_number": "00000", "BAT0/model_name": "To Be Filled By O.E.M."})
	same(t, "computed", cells(t, tableOf(t, asked(t, charge, Sensors), Sensors, "batteries"), "charge", "health", "model", "serial"), "50 | - | - | -")
}

func TestK3S10_EachSensorOnce(t *testing.T) {
	m := fakeMachine(tree(map[string]string{
		"sys/class/hwmon/hwmon0/name": "coretemp\n", "sys/class/hwmon/hwmon0/temp1_input": "47500\n", "sys/class/hwmon/hwmon0/temp1_label": "Package id 0\n", "sys/class/hwmon/hwmon0/temp1_crit": "100000\n",
		"sys/class/hwmon/hwmon0/temp2_input": "-128000\n", "sys/class/hwmon/hwmon0/temp2_fault": "1\n", "sys/class/hwmon/hwmon0/temp3_input": "-5260\n",
		"sys/class/hwmon/hwmon1/device/name": "old\n", "sys/class/hwmon/hwmon1/device/temp1_input": "30000\n", "sys/class/hwmon/hwmon1/device/fan1_input": "0\n", "sys/class/hwmon/hwmon2/name": "acpitz\n",
		"sys/class/thermal/thermal_zone0/type": "acpitz\n", "sys/class/thermal/thermal_zone0/temp": "27800\n", "sys/class/thermal/thermal_zone0/hwmon2/name": "acpitz\n",
		"sys/class/thermal/thermal_zone1/type": "cpu-thermal\n", "sys/class/thermal/thermal_zone1/temp": "51121\n", "sys/class/thermal/thermal_zone1/trip_point_0_type": "critical\n", "sys/class/thermal/thermal_zone1/trip_point_0_temp": "110000\n",
	}))
	d := asked(t, m, Sensors)
	same(t, "temperatures", cells(t, tableOf(t, d, Sensors, "temperatures"), "sensor", "name", "temperature", "critical"),
		"coretemp | Package id 0 | 47.5 | 100", "coretemp | temp2 | - | -", "coretemp | temp3 | -5.3 | -", "old | temp1 | 30 | -", "thermal_zone1 | cpu-thermal | 51.1 | 110")
	same(t, "fans", cells(t, tableOf(t, d, Sensors, "fans"), "sensor", "turns_per_minute"), "old | 0")
}
