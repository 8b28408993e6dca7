package consent

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// P11: a question about a key that came later says when it came, and which it is.
func TestP11_ANewKeyIsNamed(t *testing.T) {
	who := Person{Name: "Alice Kim", Account: "alice", Fingerprint: "SHA256:Pd4quIrUAgn798yF2uxY6AEVevJubQGxkNtnpUT8+/Q"}
	q := Question{Kind: CSRJoin, Who: who, Since: time.Date(2026, 11, 27, 14, 3, 0, 0, time.Local)}
	for l, want := range map[text.Language][]string{
		text.English: {"New since: 14:03, after you joined", "Careful: unless your support rep has told you that this comes, say no"},
		text.Korean:  {"추가된 시각: 14:03 (고객님이 참여하신 뒤)", "주의: 상담원에게서 미리 들은 것이 아니면 거부하세요"},
	} {
		for _, lines := range [][]string{q.Details(l), q.Outline(l)} {
			for _, line := range want {
				if !slices.Contains(lines, line) {
					t.Errorf("%q has no %q", lines, line)
				}
			}
			if all := strings.Join(lines, "\n"); !strings.Contains(all, "SHA256: Pd4q uIrU Agn7 98yF 2uxY 6AEV evJu bQGx kNtn pUT8 +/Q") {
				t.Errorf("the key is not in groups: %s", all)
			}
		}
	}
	q.Since = time.Time{}
	if lines := q.Details(text.English); len(lines) > 0 {
		t.Errorf("a key that was there has %q", lines)
	}
}
