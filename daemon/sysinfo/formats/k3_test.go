package formats

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// S6: quotes, signs of per cent and lists as desktops read them.
func TestK3S6_CommandsAndListsOfDesktopEntries(t *testing.T) {
	for exec, want := range map[string][]string{
		`sh -c 'sleep 5; chat --tray'`:        {"sh", "-c", "sleep 5; chat --tray"},
		`sh -c 'echo "a  b"' x`:               {"sh", "-c", `echo "a  b"`, "x"},
		`date "+%%Y %%m" %U`:                  {"date", "+%Y %m"},
		`sh -c "date '+%%F'"`:                 {"sh", "-c", "date '+%F'"},
		`it's here`:                           {"it's", "here"},
		`a"b c"d`:                             {"ab cd"},
		`env A='x y' "B=\\"q\\"" prog`:        {"env", "A=x y", `B="q"`, "prog"},
		`prog --icon %i --title %c --file=%f`: {"prog", "--icon", "--title", "My Chat", "--file="},
		``:                                    nil,
	} {
		e, ok := Desktop([]byte("[Desktop Entry]\nName=My Chat\nExec=" + exec + "\n"))
		if got := e.Command(); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", exec, got, want)
		}
	}
	for list, want := range map[string][]string{
		`GNOME;KDE;`: {"GNOME", "KDE"}, `GNOME`: {"GNOME"}, `a\;b;c`: {"a;b", "c"}, `a\\;b`: {`a\`, "b"}, `;;`: nil, ` A ; B `: {"A", "B"},
	} {
		if got := (DesktopEntry{"OnlyShowIn": list}).List("OnlyShowIn"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}

// S6: the first of the desktop's names that stands in one of the lists decides.
func TestK3S6_TheFirstNameOfADesktopDecides(t *testing.T) {
	for _, c := range []struct {
		only, not, desktops string
		shown               bool
	}{
		{"ubuntu;", "GNOME;", "ubuntu:GNOME", true}, {"GNOME;", "ubuntu;", "ubuntu:GNOME", false}, {"", "GNOME;", "ubuntu:GNOME", false},
		{"KDE;", "", "ubuntu:GNOME", false}, {"KDE;", "", "", true}, {"", "KDE", "GNOME", true}, {"gnome;", "", "GNOME", false}, {"X-Cinnamon;GNOME;", "", "X-Cinnamon", true},
	} {
		e := DesktopEntry{"OnlyShowIn": c.only, "NotShowIn": c.not}
		if got := e.ShownIn(strings.Split(c.desktops, ":")); got != c.shown {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// S8: what cron does not take is no job.
func TestK3S8_OnlyTimesThatCronTakes(t *testing.T) {
	for line, job := range map[string]bool{
		"*/5 0-23/2 1,15,31 jan-mar mon-fri": true, "59 23 31 12 7": true, "0 0 1 DEC SUN": true, "-0 3 * * *": true, "0~30 * * * *": true, "~ ~ * * *": true, "0 0 L * *": true,
		"0 0 15W * *": true, "0 0 * * 5L": true, "0 0 * * 5#2": true, "0 0 ? * *": true, "00 08 * * *": true,
		"60 * * * *": false, "* 24 * * *": false, "* * 0 * *": false, "* * 32 * *": false, "* * * 13 *": false, "* * * * 8": false, "* * * foo *": false, "*/0 * * * *": false,
		"this is not a job": false, "a b c d e": false, "1- * * * *": false, "1,,2 * * * *": false, "* * * * anf": false, "1/x * * * *": false,
	} {
		if got := len(Crontab([]byte(line+" run me\n"), false)) == 1; got != job {
			t.Errorf("%q: %v, want %v", line, got, job)
		}
	}
}

// S13: more texts that makers left in the place of a name, and real names beside them.
func TestK3S13_MorePlaceholders(t *testing.T) {
	for _, text := range []string{
		"Type2 - Board Product Name1", "Type2 - Board Vendor Name1", "Type1ProductConfigId", "Type1ProductConfigId0", "A1_Manufacturer0", "A1_SerNum0", "Array1_PartNumber0", "DIMM0_SerNum", "AssetTagNum01",
		"Manufacturer00", "Chassis Manufacture", "All Series", "<OUT OF SPEC>", "Please change product name", "OEM_Define1", "$(DEFAULT_STRING)", "ManufacturerName", "00020003-0004-0005-0006-000700080009",
		"12345678-1234-5678-90ab-cddeefaabbcc", "Not Settable", "System Family", "Product Name 1",
	} {
		if got := Meant(text); got != "" {
			t.Errorf("%q is taken as it is", text)
		}
	}
	for _, text := range []string{
		"Inspiron 15", "Vostro 3500", "Board X1", "ThinkCentre M70", "Model 3", "Series 7", "A320M-S2H", "NUC 11", "Precision Tower 3620", "Aspire A515-51", "System x3650 M5", "PowerEdge R740", "Type-C Dock", "Raspberry Pi 4 Model B Rev 1.1", "OEM Solutions Ltd", "EliteBook 840 G8", "Serie 5",
	} {
		if got := Meant(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// S13: kinds of memory of old and new computers, and the panel of a laptop.
func TestK3S13_MemoryAndPanels(t *testing.T) {
	for code, want := range map[byte]string{0x0f: "SDRAM", 0x14: "DDR2 FB-DIMM", 0x1a: "DDR4", 0x1f: "non-volatile", 0x21: "HBM2", 0x22: "DDR5", 0x24: "HBM3", 2: ""} {
		if got := MemoryKind(code); got != want {
			t.Errorf("%#x: %q, want %q", code, got, want)
		}
	}
	edid := make([]byte, 128)
	binary.BigEndian.PutUint16(edid[8:], 'A'&31<<10|'U'&31<<5|'O'&31)
	binary.LittleEndian.PutUint16(edid[10:], 0x61ed)
	if name, serial := EDID(edid); name != "AUO 0x61ed" || serial != "" {
		t.Errorf("%q, %q", name, serial)
	}
	copy(edid[54:], "\x00\x00\x00\xfc\x00DELL U2720Q\n ")
	if name, _ := EDID(edid); name != "DELL U2720Q" {
		t.Errorf("%q", name)
	}
	if name, _ := EDID(make([]byte, 128)); name != "" {
		t.Errorf("%q", name)
	}
}

// S13: the C library asks three name servers, and no more.
func TestK3S13_NameServersThatNobodyAsks(t *testing.T) {
	servers, search := Resolver([]byte("nameserver 192.0.2.1\nnameserver 192.0.2.2 # two\n;nameserver 192.0.2.9\nnameserver 192.0.2.3\nnameserver 192.0.2.4\nsearch a.example\nsearch b.example c.example\n"))
	if strings.Join(servers, " ") != "192.0.2.1 192.0.2.2 192.0.2.3" || strings.Join(search, " ") != "b.example c.example" {
		t.Errorf("%q, %q", servers, search)
	}
}
