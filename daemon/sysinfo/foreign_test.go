package sysinfo

import (
	"encoding/binary"
	"strings"
	"testing"
)

// What Windows and macOS say, of the same kinds as the findings on Linux.

func TestK3S2_LongEntriesOfOtherSystems(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	records, bad := parseUnified([]byte(`{"timestamp":"2026-11-26 10:00:00.000000+0900","messageType":"Fault","processImagePath":"/usr/libexec/a","eventMessage":"first"}` + "\n" +
		`{"messageType":"Fault","processImagePath":"/b","eventMessage":"` + long + `"}` + "\n{\"half\":\n\n" + `{"messageType":"Fault","processImagePath":"/c","eventMessage":"last"}` + "\n{\"count\":3,\"finished\":1}\n"))
	if len(records) != 3 || bad != 1 || records[0].source != "a" || records[0].at.IsZero() || len(records[1].detail) != len(long) || records[2].detail != "last" {
		t.Errorf("%d records, %d bad", len(records), bad)
	}
	const event = `<Event><System><Provider Name='Disk'/><EventID Qualifiers='1'>7</EventID><Level>2</Level><TimeCreated SystemTime='2026-11-26T01:00:00.5Z'/></System><RenderingInfo><Message>bad block</Message></RenderingInfo></Event>`
	var utf16le []byte
	for _, c := range "\ufeff" + event + event {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, uint16(c))
	}
	events, err := parseEvents(decode16(utf16le))
	if len(events) != 2 || err != nil || events[1].detail != "bad block" || events[0].event != 7 {
		t.Errorf("%+v, %v", events, err)
	}
	if events, err := parseEvents([]byte(event + event[:100])); len(events) != 1 || err == nil {
		t.Errorf("%d events, %v: what could not be read is not said", len(events), err)
	}
}

func TestK3S7_EntriesThatWindowsTurnedOff(t *testing.T) {
	for _, c := range []struct {
		entry []byte
		want  bool
	}{{nil, true}, {[]byte{2, 0, 0, 0}, true}, {[]byte{6, 0, 0, 0}, true}, {[]byte{3, 0, 0, 0, 1}, false}, {[]byte{7}, false}, {[]byte{}, true}} {
		if got := startsApproved(c.entry); got != c.want {
			t.Errorf("% x: %v", c.entry, got)
		}
	}
}

func TestK3S1_NamesOfProfiles(t *testing.T) {
	for dir, want := range map[string]string{
		`C:\Users\kim`: "kim", `C:\Users\kim.CORP`: "kim.CORP kim", `D:\Data\김민지`: "김민지", `C:\Users\kim.000`: "kim.000 kim", `C:\Users\minji.kim`: "minji.kim", `C:\Users\minji.kim.CORP`: "minji.kim.CORP minji.kim",
	} {
		if got := strings.Join(profileNames(dir), " "); got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
}

func TestK3S13_WhoMacOSAsksForNames(t *testing.T) {
	servers, search := parseDNS([]byte("DNS configuration\n\nresolver #1\n  search domain[0] : corp.example\n  nameserver[0] : 192.0.2.1\n  nameserver[1] : 2001:db8::1\n  if_index : 6 (en0)\n\nresolver #2\n  domain   : local\n  nameserver[0] : 192.0.2.1\n\n" +
		"DNS configuration (for scoped queries)\n\nresolver #1\n  nameserver[0] : 192.0.2.99\n"))
	if strings.Join(servers, " ") != "192.0.2.1 2001:db8::1" || strings.Join(search, " ") != "corp.example" {
		t.Errorf("%v %v", servers, search)
	}
}

func FuzzForeign(f *testing.F) {
	f.Add([]byte("<Event><System/></Event>"))
	f.Add([]byte(`{"eventMessage":"x"}` + "\nnameserver[0] : 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parseEvents(decode16(b))
		parseEvents(b)
		parseUnified(b)
		parseDNS(b)
		profileNames(string(b))
		meant(string(b))
	})
}
