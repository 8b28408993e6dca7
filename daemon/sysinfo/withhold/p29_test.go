package withhold

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
)

// Whatever form a name takes, and whatever stands before it: folding by bytes
// lost its place behind a letter that has more of them when it is small.
func TestK1P29_NamesAreFoldedByRune(t *testing.T) {
	r := New([]document.Class{document.UserNames}, Known{Names: []string{"Minji Kim", "kim", "İbrahim", "straße", "김민지", "CORP\\jlee", "ahn@corp.example", "ｗｉｄｅ"}})
	const gone = "[user name withheld]"
	for text, want := range map[string]string{
		"İstanbul: logged in Minji Kim":                            "İstanbul: logged in " + gone,
		"İİİ MINJI KIM İİİ minji kim":                              "İİİ " + gone + " İİİ " + gone,
		"Kim Minji; minji.kim; MinjiKim":                           gone + "; " + gone + "; " + gone,
		"ẞtraße? STRASSE straße":                                   "ẞtraße? " + gone + " " + gone,
		"ibrahim IBRAHIM İBRAHİM ıbrahım":                          gone + " " + gone + " " + gone + " " + gone,
		"/home/\u1100\u1175\u11b7\u1106\u1175\u11ab\u110c\u1175/x": "/home/" + gone + "/x", // as macOS writes 김민지
		"ＫＩＭ and ki\u0307m":                                        gone + " and " + gone,
		"K\u0130M":                                                 gone,
		"jlee@pc, AHN, wide":                                       gone + "@pc, " + gone + ", " + gone,
		"kimchi, Kimberly":                                         "kimchi, Kimberly",
		"İstanbul":                                                 "İstanbul",
		"ﬁle of kim":                                               "ﬁle of " + gone,
		"":                                                         "",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A person called like a word of what stands in the place of names.
func TestK1P29_WhatIsPutInPlaceIsNotSearched(t *testing.T) {
	r := New(document.Classes(), Known{Names: []string{"withheld", "name", "address"}})
	if got := r.Text("name at 192.0.2.1"); got != "[user name withheld] at [address withheld]" {
		t.Errorf("%q", got)
	}
}

func TestK1P29_EveryFormOfAnAddress(t *testing.T) {
	r := New([]document.Class{document.Addresses}, Known{Addresses: []string{"00:11:22:33:44:55", "192.0.2.66/24, 2001:db8::66/64"}})
	for _, text := range []string{
		"enx00e04c680123", "wlx00e04c680123", "wwx00e04c680123", "ibx00e04c680123", "dev enx00E04C680123: up", "BRN3C2AF4112233", "SEP001122334455", "NPI112233",
		"0011.2233.4455", "00e0.4c68.0123", "0011.2233.4455.6677", "0011-2233-4455", "0011:2233:4455", "00e04c-680123", "00e04c680123", "3C2AF4112233",
		"00:e0:4c:68:01:23", "00-E0-4C-68-01-23", "00_e0_4c_68_01_23", "00.e0.4c.68.01.23", "0:e0:4c:68:1:23", "dev_00_E0_4C_68_01_23",
		"001122334455", "bt-001122334455.log", // of digits only, but known
		"mac-00-e0-4c-68-01-23", "pxelinux.cfg/01-00-e0-4c-68-01-23", "ifcfg-00-e0-4c-68-01-23-x", "10.20.30.*", "10.20.30.x", "10-20-30-40a", "guest@10-20-30-40.x", "0x00E04C680123",
		"80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:0d:1c:8b", "02:fc:00:ff:fe:00:00:01",
		"10.20.30.40", "ip-10-20-30-40.ec2.internal", "ip-10-20-30-40", "ec2-203-0-113-7.compute-1.amazonaws.com", "host-10-20-30-40.isp.example",
		"dhcp_10_20_30_40", "ip-0a141e28.ec2.internal", "40.30.20.10.in-addr.arpa", "::ffff:10.20.30.40", "192.000.002.066", "c0000242", "420200C0", "3221226050",
		"2001:db8::77", "fe80::1%eth0", "2001-db8--77.ipv6-literal.net", "2001-0db8-0000-0000-0000-0000-0000-0077",
		"7.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "http://%5B2001%3Adb8%3A%3A77%5D/", "[2001:db8::77]:22",
		"20010db8000000000000000000000066",
	} {
		got := r.Text(text)
		if !strings.Contains(got, "[address withheld]") {
			t.Errorf("%q stays", text)
		}
		for _, rest := range []string{"680123", "4c68", "30-40", "30.40", "2233", "112233", "db8", "0a141e28", "e0:4c", "113-7", "30_40", "0:0d"} {
			if strings.Contains(strings.ToLower(got), rest) {
				t.Errorf("%q: %q has %q", text, got, rest)
			}
		}
	}
	for _, text := range []string{
		"2026-11-23 10:20:30", "report-2026-11-23-10-20-30.log", "10:20:30", "std::move", "version 1.2.3", "202611231504", "python3.11", "libfoo-1.2-3",
		"0e984725-c51c-4bf4-9960-e1c80e27aba0", "a-b-c-d", "deadbeef", "kernel 6.18.44", "1-2-3",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestK1P29_SerialsThatNoCategoryTold(t *testing.T) {
	r := New([]document.Class{document.Serials}, Known{Serials: []string{"PF12345", "3D1219C7-C4C5-404A-AA1F-6D2A48ADFDA4"}})
	for _, text := range []string{
		"disk pf12345 failed", "/var/log/journal/3d1219c7c4c5404aaa1f6d2a48adfda4/system.journal", "wwn-0x5000c500a1b2c3d4", "nvme-eui.0025385b71b0a1c2",
		"/dev/disk/by-uuid/0e984725-c51c-4bf4-9960-e1c80e27aba0",
	} {
		if got := r.Text(text); !strings.Contains(got, "[serial withheld]") {
			t.Errorf("%q stays: %q", text, got)
		}
	}
}

// What is folded knows where it came from.
func FuzzFold(f *testing.F) {
	f.Add("İstanbul Minji Kim", "kim")
	f.Add("ẞ김\u1100\u1175\u11b7ﬁ", "ss")
	f.Add("\xff\xfeİ", "i")
	f.Fuzz(func(t *testing.T, s, word string) {
		r := New(document.Classes(), Known{Names: []string{word}, Serials: []string{word}, Addresses: []string{word}})
		r.Text(s)
		g := foldText(s)
		if g.from == nil {
			return
		}
		if len(g.from) != len(g.text)+1 || len(g.to) != len(g.text) {
			t.Fatalf("%d bytes, %d and %d places", len(g.text), len(g.from), len(g.to))
		}
		for i := range g.to {
			if g.from[i] >= g.to[i] || g.to[i] > len(s) || g.from[i] > g.from[i+1] {
				t.Fatalf("%q: byte %d comes from %d to %d", s, i, g.from[i], g.to[i])
			}
		}
	})
}
