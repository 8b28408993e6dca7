package report

import (
	"encoding/json"
	"testing"

	"supportd/library/journal"
	"supportd/library/text"
)

func TestFilesThatChangeTheirName(t *testing.T) {
	for _, c := range []struct {
		l          text.Language
		kind, data string
		want       string
	}{
		{text.English, journal.KindFileMove, `{"name":"a\u001b","to":"b"}`, `alice renamed the file a\x1b to b`},
		{text.English, journal.KindFileRemove, `{"name":"a"}`, "alice removed a"},
		{text.Korean, journal.KindFileMove, `{"name":"a","to":"b"}`, "alice 상담원이 파일 a의 이름을 b(으)로 바꾸었습니다"},
		{text.Korean, journal.KindFileRemove, `{"name":"a"}`, "alice 상담원이 a을(를) 지웠습니다"},
	} {
		if got := newTeller(c.l).tell(journal.Event{Kind: c.kind, Actor: "alice", Data: json.RawMessage(c.data)}); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
