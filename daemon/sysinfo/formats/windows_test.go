package formats

import (
	"strings"
	"testing"
)

// What Windows and macOS say, of the same kinds as the findings on Linux.

func TestK3S7_EntriesThatWindowsTurnedOff(t *testing.T) {
	for _, c := range []struct {
		entry []byte
		want  bool
	}{{nil, true}, {[]byte{2, 0, 0, 0}, true}, {[]byte{6, 0, 0, 0}, true}, {[]byte{3, 0, 0, 0, 1}, false}, {[]byte{7}, false}, {[]byte{}, true}} {
		if got := StartsApproved(c.entry); got != c.want {
			t.Errorf("% x: %v", c.entry, got)
		}
	}
}

func TestK3S1_NamesOfProfiles(t *testing.T) {
	for dir, want := range map[string]string{
		`C:\Users\kim`: "kim", `C:\Users\kim.CORP`: "kim.CORP kim", `D:\Data\김민지`: "김민지", `C:\Users\kim.000`: "kim.000 kim", `C:\Users\minji.kim`: "minji.kim", `C:\Users\minji.kim.CORP`: "minji.kim.CORP minji.kim",
	} {
		if got := strings.Join(ProfileNames(dir), " "); got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
}

func FuzzForeign(f *testing.F) {
	f.Add([]byte("<Event><System/></Event>"))
	f.Add([]byte(`{"eventMessage":"x"}` + "\nnameserver[0] : 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		WindowsEvents(UTF16(b))
		WindowsEvents(b)
		UnifiedLog(b)
		ScutilDNS(b)
		ProfileNames(string(b))
		Meant(string(b))
	})
}
