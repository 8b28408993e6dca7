package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/library/text"
)

// P19: where the home cannot be used, the support session is kept in a place that
// outlives a restart, before one that a restart empties.
func TestK1P19_StateOutlivesARestart(t *testing.T) {
	lasting := filepath.Join(t.TempDir(), "lasting")
	p, _ := noScreenProgram(t, text.English)
	p.lasting = lasting
	dirs := p.stateDirs("")
	if len(dirs) != 2 || filepath.Dir(dirs[0]) != lasting {
		t.Errorf("%q", dirs)
	}
	if dirs := p.stateDirs("/tmp/named"); len(dirs) != 1 || dirs[0] != "/tmp/named" {
		t.Errorf("the customer's own choice: %q", dirs)
	}
}

// P19: the customer is told, in both languages, why their computer was not restarted and
// what they can do.
func TestK1P19_TheCustomerIsToldWhy(t *testing.T) {
	who := consent.Person{Name: "Alice Kim", Account: "alice"}
	for l, words := range map[text.Language][]string{
		text.English: {"Alice Kim", "You were not asked", "would not come back", "without --state", "new number"},
		text.Korean:  {"Alice Kim", "묻지 않았습니다", "이어지지 않기", "--state 없이", "새 번호"},
	} {
		for _, place := range []string{"", "/tmp/st\x1b[2J"} {
			var out bytes.Buffer
			talk := talk{newScreen(nil, &out, l)}
			talk.Notify(notice.NoWayBack{Who: who, Emptied: place})
			talk.close()
			said := strings.Join(strings.Fields(out.String()), " ")
			for _, word := range words {
				if !strings.Contains(said, word) {
					t.Errorf("%s: %q is missing in %s", l, word, said)
				}
			}
			if strings.Contains(said, "/tmp/st") != (place != "") || strings.Contains(out.String(), "\x1b[2J") || strings.Contains(said, "%!") {
				t.Errorf("%s: %q", l, out.String())
			}
		}
	}
}
