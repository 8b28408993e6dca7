package sysinfo

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
	"supportd/daemon/sysinfo/withhold"
)

// desktop is a computer made of files: an encrypted laptop with systemd.
func desktop() *machine.Machine {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	m := machinetest.New(fstest.MapFS{
		"sys/class/dmi/id/sys_vendor":                    text("LENOVO\n"),
		"sys/class/dmi/id/product_name":                  text("21CB\n"),
		"sys/class/dmi/id/product_serial":                text("PF12345\n"),
		"etc/os-release":                                 text("NAME=\"Fedora Linux\"\nVERSION_ID=44\nID=fedora\nPRETTY_NAME=\"Fedora Linux 44\"\n"),
		"proc/stat":                                      text("cpu 1 2\nbtime 1700000000\n"),
		"etc/locale.conf":                                text("LANG=ko_KR.UTF-8\n"),
		"etc/timezone":                                   text("Asia/Seoul\n"),
		"etc/passwd":                                     text("kim:x:1000:1000:Kim:/home/kim:/bin/sh\n"),
		"sys/class/power_supply/BAT0/type":               text("Battery\n"),
		"sys/class/power_supply/BAT0/status":             text("Discharging\n"),
		"sys/class/power_supply/BAT0/capacity":           text("77\n"),
		"sys/class/power_supply/BAT0/energy_full":        text("40000000\n"),
		"sys/class/power_supply/BAT0/energy_full_design": text("50000000\n"),
		"sys/class/power_supply/AC/online":               text("0\n"),
		"sys/class/hwmon/hwmon0/name":                    text("coretemp\n"),
		"sys/class/hwmon/hwmon0/temp1_input":             text("47500\n"),
		"sys/class/hwmon/hwmon0/temp1_label":             text("Package id 0\n"),
		"sys/class/hwmon/hwmon0/temp2_input":             text("broken\n"),
		"run/systemd/system/x":                           text(""),
		"sys/block/dm-0/dm/uuid":                         text("CRYPT-LUKS2-0123-root\n"),
		"sys/block/dm-0/dm/name":                         text("luks-root\n"),
		"sys/bus/pci/devices/0000:00:02.0/vendor":        text("0x8086\n"),
		"sys/bus/pci/devices/0000:00:02.0/device":        text("0x46a6\n"),
		"sys/bus/pci/devices/0000:00:02.0/class":         text("0x030000\n"),
		"usr/share/hwdata/pci.ids":                       text("# c\n8086  Intel Corporation\n\t46a6  Iris Xe\n\t\t17aa 1  Sub\n\t9999  Other\nC 03  Display\n"),
		"home/kim/.config/autostart/a.desktop":           text("[Desktop Entry]\nName=Sync\nExec=sync --password=geheim\n"),
		"var/spool/cron/crontabs/kim":                    text("0 1 * * * backup --token abc\n"),
		"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c": text("\x06\x00\x00\x00\x01"),
		"sys/class/tpm/tpm0/tpm_version_major":                                     text("2\n"),
		"sys/firmware/dmi/tables/DMI":                                              {Data: machinetest.SMBIOS()},
		"run/reboot-required":                                                      text(""),
		"var/lib/dpkg/status":                                                      text("Package: a\nStatus: install ok installed\nVersion: 1\nInstalled-Size: 2\n\nPackage: gone\nStatus: deinstall ok config-files\n"),
		"var/cache/apt/pkgcache.bin":                                               text(""),
		"var/lib/pacman/local/b-2-1/desc":                                          text("%NAME%\nb\n\n%VERSION%\n2-1\n\n%SIZE%\n7\n"),
		"lib/apk/db/installed":                                                     text("P:c\nV:3\nA:x86_64\nI:9\n"),
		"var/lib/flatpak/app/org.example.D/x86_64/stable/x":                        text(""),
	})
	m.Tool = func(_ context.Context, name string, args ...string) ([]byte, error) {
		answers := map[string]string{
			"systemctl": "Id=ssh.service\nDescription=OpenSSH\nLoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=enabled\n\n" +
				"Id=gone.service\nLoadState=not-found\n",
			"journalctl": `{"__REALTIME_TIMESTAMP":"1700000000000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"password=geheim"}`,
			"apt-get":    "NOTE: simulation\nInst a [1] (2 Debian:13/stable [amd64])\nConf a (2)\n",
			"lpstat":     "Office\n",
			"lpoptions":  "copies=1 device-uri=ipp://kim:geheim@p/ printer-info='The office' printer-is-accepting-jobs=true printer-make-and-model='Laser 5' printer-state=3 printer-state-reasons=none",
			"nft":        `{"nftables":[{"metainfo":{}},{"rule":{}},{"rule":{}}]}`,
		}
		if a, ok := answers[name]; ok {
			return []byte(a), nil
		}
		return nil, &machine.ToolError{Name: name, Err: context.DeadlineExceeded}
	}
	return m
}

func TestDesktop(t *testing.T) {
	var c Collector
	text, js := machinetest.Both(t, c.collect(t.Context(), Options{}, probes(), desktop()))
	flat := strings.Join(strings.Fields(text), " ")
	for _, want := range []string{
		"Maker LENOVO", "Model 21CB", "Serial PF12345", "OS Fedora Linux 44", "Time zone Asia/Seoul", "Locale ko_KR.UTF-8",
		"BAT0 discharging 77 % 80 %", "On mains power no", "coretemp Package id 0 47.5 °C", "coretemp temp2 -",
		"ssh failed failed enabled OpenSSH", "Failed 1", "luks-root luks2", "Iris Xe Intel Corporation 0000:00:02.0",
		"Sync yes /home/kim/.config/autostart/a.desktop sync --password=[masked]", "backup --token [masked]",
		"Secure boot yes", "TPM version 2", "DIMM A1 32 GiB DDR5 4800 Maker PART-7 SN1", "Reboot required yes", "Pending 1", "a 2",
		"Count 4", "a 1 dpkg - 2 KiB", "b 2-1 pacman - 7 B", "c 3 apk x86_64 9 B", "org.example.D stable flatpak x86_64",
		"error sshd password=[masked]", "Office idle none Laser 5 yes ipp://[masked]@p/", "Firewall rules 2",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(text+js, "geheim") {
		t.Error("a secret came through")
	}
	if t.Failed() {
		t.Log(text)
	}
}

// A computer without anything answers with reasons.
func TestEmptyComputer(t *testing.T) {
	var c Collector
	d := c.collect(t.Context(), Options{}, probes(), machinetest.New(fstest.MapFS{}))
	for _, s := range d.Sections {
		if strings.Contains(s.Reason, "broke") {
			t.Errorf("%s: %s", s.Category, s.Reason)
		}
	}
	if s := machinetest.SectionOf(t, d, document.Services); s.Reason != "systemd is not running here" {
		t.Errorf("%q", s.Reason)
	}
}

// The names of persons are known from the account file even when no category
// that lists them is asked for.
func TestNamesFromTheAccountFile(t *testing.T) {
	m := machinetest.New(fstest.MapFS{
		"etc/passwd":         {Data: []byte("root:x:0:0:root:/root:/bin/sh\ncanary:x:1000:1000:Birdy Canary,,,:/home/canary:/bin/sh\n")},
		"home/lost+found/x":  {Data: []byte("x")},
		"home/othercanary/x": {Data: []byte("x")},
	})
	hide := withhold.New([]document.Class{document.UserNames}, known(t.Context(), m))
	got := hide.Text("/home/canary/x of root")
	if strings.Contains(got, "canary") || !strings.Contains(got, "root") {
		t.Errorf("%q", got)
	}
}
