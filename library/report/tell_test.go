package report

import (
	"encoding/json"
	"testing"

	"supportd/consent"
	"supportd/library/wire"
)

func TestFilesThatChangeTheirName(t *testing.T) {
	for _, c := range []struct {
		l          consent.Language
		kind, data string
		want       string
	}{
		{consent.English, wire.EventFileMove, `{"name":"a\u001b","to":"b"}`, `alice renamed the file a\x1b to b`},
		{consent.English, wire.EventFileRemove, `{"name":"a"}`, "alice removed a"},
		{consent.Korean, wire.EventFileMove, `{"name":"a","to":"b"}`, "alice 상담원이 파일 a의 이름을 b(으)로 바꾸었습니다"},
		{consent.Korean, wire.EventFileRemove, `{"name":"a"}`, "alice 상담원이 a을(를) 지웠습니다"},
	} {
		if got := newTeller(c.l).tell(wire.Event{Kind: c.kind, Actor: "alice", Data: json.RawMessage(c.data)}); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
