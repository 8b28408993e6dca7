package software

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

// koreanDesktop has what a desktop has that is used by one person.
func koreanDesktop() *machine.Machine {
	m := machinetest.New(machinetest.Tree(map[string]string{
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
	m.Environment = []string{"HOME=/home/kim", "XDG_CURRENT_DESKTOP=ubuntu:GNOME", "USER=kim", "LANG=ko_KR.UTF-8", "TZ=Asia/Seoul"}
	return m
}

func TestK3S6_DesktopEntriesByTheirSpecification(t *testing.T) {
	d := probes().Ask(t, koreanDesktop(), document.Startup)
	got := map[string]string{}
	for _, row := range machinetest.Cells(t, machinetest.TableOf(t, d, document.Startup, "autostart"), "source", "name", "enabled", "command", "note") {
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
	d := probes().Ask(t, koreanDesktop(), document.Startup)
	off := 0
	for _, row := range machinetest.Cells(t, machinetest.TableOf(t, d, document.Startup, "autostart"), "name", "enabled", "note") {
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
	m := machinetest.New(machinetest.Tree(files))
	machinetest.Same(t, "without a session", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Startup), document.Startup, "autostart"), "source", "enabled"),
		"/home/kim/.config/autostart/a.desktop | false", "/etc/xdg/autostart/a.desktop | true")
	m.Environment = []string{"HOME=/home/kim", "XDG_CONFIG_HOME=/home/kim/elsewhere", "XDG_CONFIG_DIRS=/opt/xdg:/etc/xdg"}
	machinetest.Same(t, "with its own directories", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Startup), document.Startup, "autostart"), "source", "name"),
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
	m := machinetest.New(machinetest.Tree(cronFiles("debian")))
	machinetest.Same(t, "debian", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Startup), document.Startup, "scheduled_jobs"), "when", "user", "source", "command"),
		`*/5 * * * * | root | /etc/crontab | echo "a  b"`, "@reboot | kim | /etc/crontab | /bin/c", "0 0 1 jan-mar mon-fri | kim | /etc/crontab | date +%F (with input)", "-0 3 * * * | root | /etc/crontab | quiet",
		"0 1 * * * | root | /etc/cron.d/ok | ok", "every 1 days | root | /etc/anacrontab | nice run-parts /etc/cron.daily", "@monthly | root | /etc/anacrontab | x  y",
		"0 2 * * * | kim | /var/spool/cron/crontabs/kim | mysqldump -u root -p[masked] db > /x", "0 4 * * * | lee | /var/spool/cron/tabs/lee | tab",
		"daily | root | /etc/cron.daily | ok", "weekly | root | /etc/cron.weekly | man-db", "yearly | root | /etc/cron.yearly | y")
	m = machinetest.New(machinetest.Tree(cronFiles("rocky\nID_LIKE=\"rhel centos fedora\"")))
	var got []string
	for _, row := range machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Startup), document.Startup, "scheduled_jobs"), "source", "command") {
		if strings.HasPrefix(row, "/etc/cron.d") {
			got = append(got, row)
		}
	}
	machinetest.Same(t, "red hat", got, "/etc/cron.d/ok | ok", "/etc/cron.d/with.dot | dot", "/etc/cron.daily | backup.sh", "/etc/cron.daily | ok")
}
