package dialog

import (
	"testing"

	"supportd/consent"
	"supportd/library/text"
)

func kim() consent.Person {
	return consent.Person{Name: "Kim Minji", Account: "kim", Fingerprint: "SHA256:x"}
}

func TestLook(t *testing.T) {
	for _, tool := range []string{"zenity", "kdialog"} {
		s := newScreen(t, tool)
		for _, l := range text.Languages() {
			for name, q := range map[string]consent.Question{
				"sysinfo": {ID: 1, Kind: consent.SysInfo, Who: kim(), Reason: "printer does not print"},
				"logon":   {ID: 2, Kind: consent.LogonAs, Who: kim(), Account: `CORP\nancy`},
				"script":  {ID: 3, Kind: consent.Script, Who: kim(), Own: "mina", Programs: []consent.Program{{File: consent.File{Name: "fix.sh", Size: 120}}, {File: consent.File{Name: "<b>x</b>&amp; --ok-label=No", Size: 1}}}},
			} {
				_, c := s.asked(t.Context(), s.box(l, nil), q)
				s.picture(tool + "-" + name + "-" + string(l))
				t.Log(s.ask("xdotool", "key", "Escape"))
				t.Log(tool, name, l, s.answered(c))
			}
		}
	}
}
