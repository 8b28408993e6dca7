package software

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// S7: what is turned off in the ways of other desktops and of systemd, and what cannot
// start because its file is not there.
func TestK3S7_MoreWaysToTurnSomethingOff(t *testing.T) {
	files := map[string]string{
		"etc/passwd": "kim:x:1000:1000::/home/kim:/bin/bash\n", "run/systemd/system/x": "",
		"etc/xdg/autostart/a-mate.desktop":   "[Desktop Entry]\nType=Application\nName=Mate\nExec=m\nX-MATE-Autostart-enabled=false\n",
		"etc/xdg/autostart/b-units.desktop":  "[Desktop Entry]\nType=Application\nName=Units\nExec=u\nX-GNOME-HiddenUnderSystemd=true\n",
		"etc/xdg/autostart/d-there.desktop":  "[Desktop Entry]\nType=Application\nName=There\nExec=/opt/there/app\n",
		"etc/xdg/autostart/e-secret.desktop": "[Desktop Entry]\nType=Application\nName=Secret\nExec=sh -c 'mysql -pgeheim'\n",
	}
	const units = "home/kim/.config/systemd/user/"
	files[units+"default.target.wants/on.service@"], files[units+"on.service"] = "../on.service", "[Service]\n"
	files[units+"default.target.wants/masked.service@"], files[units+"masked.service@"] = "/usr/lib/systemd/user/masked.service", "/dev/null"
	files[units+"default.target.wants/empty.service@"], files[units+"empty.service"] = "../empty.service", ""
	files[units+"default.target.wants/gone.service@"] = "/usr/lib/systemd/user/gone.service"
	files[units+"default.target.wants/admin.service@"], files["etc/systemd/user/admin.service@"], files["usr/lib/systemd/user/admin.service"] = "/usr/lib/systemd/user/admin.service", "/dev/null", "x"
	files["usr/lib/systemd/user/masked.service"] = "[Service]\n"
	m := machinetest.New(machinetest.Tree(files))
	m.Environment = []string{"HOME=/home/kim", "XDG_CURRENT_DESKTOP=GNOME:MATE"}
	d := probes().Ask(t, m, document.Startup)
	machinetest.Same(t, "autostart", machinetest.Cells(t, machinetest.TableOf(t, d, document.Startup, "autostart"), "name", "enabled", "command", "note"),
		"Mate | false | m | turned off", "Units | false | u | left to systemd", "There | true | /opt/there/app | -",
		"Secret | true | sh -c mysql -p[masked] | -",
		"admin.service | false | /usr/lib/systemd/user/admin.service | turned off (masked)", "empty.service | false | ../empty.service | turned off (empty)",
		"gone.service | false | /usr/lib/systemd/user/gone.service | its file is not there", "masked.service | false | /usr/lib/systemd/user/masked.service | turned off (masked)", "on.service | true | ../on.service | -")
}

// forbidden are files of which some may not be read.
type forbidden struct {
	fstest.MapFS
	part string
}

func (f forbidden) Open(name string) (fs.File, error) {
	if strings.Contains(name, f.part) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Open(name)
}

// S2: a user who may not read the system's journal is shown their own messages alone, and
// the CSR is told so.
func TestK3S2_OnlyTheUsersOwnMessages(t *testing.T) {
	const journal = "var/log/journal/0123/"
	for part, own := range map[string]bool{journal + "system.journal": true, "nothing": false} {
		files := machinetest.Tree(map[string]string{"run/systemd/system/x": "", journal + "system.journal": "x", journal + "user-1000.journal": "x"})
		m := machinetest.New(files)
		m.Files = forbidden{files, part}
		m.Tool = func(context.Context, string, ...string) ([]byte, error) { return nil, nil }
		d := probes().Ask(t, m, document.Log)
		reason := fmt.Sprint(machinetest.TableOf(t, d, document.Log, "errors").Reason)
		if strings.Contains(reason, "only the user's own messages can be read") != own {
			t.Errorf("%s: %q", part, reason)
		}
	}
}

// S13: an update that needs a new package is one; the new package is none.
func TestK3S13_UpdatesThatNeedNewPackages(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{"var/lib/dpkg/status": "", "var/cache/apt/pkgcache.bin": "", "etc/os-release": "ID=debian\n"}))
	var asked string
	m.Tool = func(_ context.Context, name string, args ...string) ([]byte, error) {
		asked = name + " " + strings.Join(args, " ")
		return []byte("NOTE: This is only a simulation!\nInst linux-image-6.1.0-30-amd64 (6.1.124-1 Debian:12/stable [amd64])\nInst linux-image-amd64 [6.1.123-1] (6.1.124-1 Debian:12/stable [amd64])\n" +
			"Inst libc6 [2.36-9] (2.36-10 Debian:12/stable [amd64]) []\nRemv old [1]\nConf libc6 (2.36-10 Debian:12/stable [amd64])\n"), nil
	}
	d := probes().Ask(t, m, document.Updates)
	machinetest.Same(t, "packages", machinetest.Cells(t, machinetest.TableOf(t, d, document.Updates, "packages"), "name", "version"), "linux-image-amd64 | 6.1.124-1", "libc6 | 2.36-10")
	if !strings.HasSuffix(asked, " dist-upgrade") || !strings.Contains(asked, "--simulate") {
		t.Error(asked)
	}
}
