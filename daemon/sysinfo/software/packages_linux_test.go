package software

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S13_PackagesAndUpdates(t *testing.T) {
	got := parseApk([]byte("busybox-extras-1.36.1-r5 x86_64 {busybox} (GPL-2.0-only) [upgradable from: busybox-extras-1.36.1-r2]\nWARNING: x y\n"))
	if len(got) != 1 || got[0].name != "busybox-extras" || got[0].version != "1.36.1-r5" {
		t.Errorf("%+v", got)
	}
	all := parseDpkg(strings.NewReader("Package: half\nStatus: install ok half-configured\nVersion: 1\n\nPackage: trig\nStatus: install ok triggers-pending\nVersion: 2\n\nPackage: gone\nStatus: deinstall ok config-files\n\nPackage: bad\nStatus: install reinstreq installed\nVersion: 3\n"))
	var lines []string
	for _, p := range all {
		lines = append(lines, p.name+" "+p.source)
	}
	machinetest.Same(t, "dpkg", lines, "half dpkg (half-configured)", "trig dpkg", "bad dpkg (reinstreq)")
	d := probes().Ask(t, machinetest.New(machinetest.Tree(map[string]string{"etc/os-release": "ID=fedora\n", "usr/bin/dnf!": "x", "var/lib/dpkg/status": ""})), document.Updates)
	if got := machinetest.Item(t, d, document.Updates, "source"); got != "dnf" {
		t.Errorf("%s", got)
	}
	if v, ok := parseSpan("1month 2d 3h 4min 5.5s"); !ok || v != 2629800*time.Second+51*time.Hour+4*time.Minute+5500*time.Millisecond {
		t.Errorf("%v", v)
	}
	if _, ok := parseSpan("infinity"); ok {
		t.Error("infinity is no time")
	}
}

func FuzzSoftware(f *testing.F) {
	f.Add([]byte("Inst a [1] (2 x)\nb 1 -> 2\n%NAME%\nx\n"))
	f.Add([]byte("[Desktop Entry]\nExec=a \"b\" %U\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parseDpkg(bytes.NewReader(b))
		parsePacman(b)
		parseApt(b)
		parseArrows(b)
		parseApk(b)
		parseSpan(string(b))
		ownerOf(b)
		if at := parseInstant(string(b)); at != nil && !strings.Contains(string(b), ":") {
			t.Errorf("%q is no time", b)
		}
		if e, ok := formats.Desktop(b); ok {
			whyOff(e, machinetest.New(nil))
		}
	})
}
