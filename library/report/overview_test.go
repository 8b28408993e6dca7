package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

// chain makes events of kinds and payloads, ten seconds apart.
func chain(t *testing.T, lines ...[2]string) (all []journal.Event) {
	t.Helper()
	var last journal.Event
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, l := range lines {
		e := journal.Event{Time: at, Kind: l[0], Actor: "alice", Data: json.RawMessage(l[1])}
		e.Seal(last)
		at, last, all = at.Add(10*time.Second), e, append(all, e)
	}
	return all
}

func consentEvent(kind, decision, why string) [2]string {
	return [2]string{journal.KindConsentAnswer, fmt.Sprintf(`{"question":{"id":1,"kind":%q,"who":{"account":"alice"}},"answer":{"question":1,"decision":%q,"why":%q}}`, kind, decision, why)}
}

// A report begins with what was allowed and refused, what worked and failed, and
// whether it is proved.
func TestTheOverviewSaysWhatMatters(t *testing.T) {
	events := chain(t,
		[2]string{journal.KindSessionJoin, `{"number":"482913077","name":"Kim","host":"pc","os":"Debian","owner":"alice"}`},
		consentEvent("sysinfo", "allowed-once", "answered"), consentEvent("sysinfo", "allowed-once", "answered"),
		consentEvent("reboot", "denied", "answered"), consentEvent("script", "allowed-once", "answered"),
		[2]string{journal.KindRunStart, `{"id":"r","run":"r","scripts":[{"name":"a.sh"},{"name":"b.sh"}]}`},
		[2]string{journal.KindScriptStart, `{"id":"r/1","run":"r","step":1,"name":"a.sh"}`},
		[2]string{journal.KindScriptExit, `{"id":"r/1","outcome":{"name":"a.sh","reason":"exit","code":0}}`},
		[2]string{journal.KindScriptStart, `{"id":"r/2","run":"r","step":2,"name":"b.sh"}`},
		[2]string{journal.KindScriptExit, `{"id":"r/2","outcome":{"name":"b.sh","reason":"exit","code":7}}`},
		[2]string{journal.KindRunEnd, `{"id":"r","outcomes":[{"name":"a.sh","reason":"exit","code":0},{"name":"b.sh","reason":"exit","code":7}]}`},
		[2]string{journal.KindLogonStart, `{"id":"l","user":"helper"}`},
		[2]string{journal.KindSessionEnd, `{"by":"customer"}`},
	)
	s := source(t, events, "")
	for l, want := range map[text.Language][]string{
		text.English: {"Allowed: seeing information about this computer (2×)\n      running programs\n", "Refused or unanswered: restarting this computer: the customer refused\n",
			"Programs that worked: 1\n", "Programs that failed: b.sh: exit code 7\n", "Acted as the user: helper\n", "Proof: Yes: nothing was changed"},
		text.Korean: {"허용한 것: 이 컴퓨터의 정보 보기 (2×)", "거절·대답 없음: 이 컴퓨터 다시 시작: 고객이 거절함", "실패한 프로그램: b.sh: 종료 코드 7", "증명: 됨:"},
	} {
		said := renderings(t, s, Style{Language: l})["text"]
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("%s: no %q in\n%.1500s", l, w, said)
			}
		}
	}
	changed := s
	changed.Seal = nil
	if said := renderings(t, changed, Style{Language: text.English})["text"]; !strings.Contains(said, "Proof: No. The end of this report says why.") {
		t.Errorf("%.1500s", said)
	}
}

// The chart has a lane for what happened, at its time, and a refusal stands out.
func TestTheChartShowsWhen(t *testing.T) {
	events := chain(t,
		[2]string{journal.KindSessionJoin, `{}`},           // 0 s
		consentEvent("reboot", "denied", "answered"),       // 10 s
		consentEvent("reboot", "allowed-once", "answered"), // 20 s
		[2]string{journal.KindSessionLost, `{}`},           // 30 s
		[2]string{journal.KindSessionResume, `{}`},         // 40 s
		[2]string{journal.KindSessionEnd, `{}`},            // 50 s
	)
	page := renderings(t, source(t, events, ""), Style{Language: text.English})["html"]
	for _, want := range []string{
		`aria-label="Computer connected: 2"><rect x="0" width="360" y="3" height="4"></rect><rect x="480" width="119" y="3" height="4"></rect></svg>`,
		`aria-label="Questions: 2; refused, not answered or failed: 1"><rect x="120" width="4" y="0" height="10" class="wrong"></rect><rect x="240" width="4" y="3" height="4"></rect></svg>`,
		`<p class="at bad"><time class="clock" datetime="2026-03-01T09:00:10.000Z">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "Restarts</span>") || strings.Count(page, `class="at bad"`) != 2 { // in what happened, and what was asked
		t.Error("more is shown than happened")
	}
}

// What a computer sends does not make the page long, or break it.
func TestAnOverviewStaysShort(t *testing.T) {
	lines := [][2]string{{journal.KindSessionJoin, `{}`}}
	for i := range 5000 {
		lines = append(lines, [2]string{journal.KindScriptExit, fmt.Sprintf(`{"id":"r/%d","outcome":{"name":"s%d.sh","reason":"exit","code":1}}`, i, i)},
			[2]string{journal.KindLogonStart, fmt.Sprintf(`{"id":"%d","user":"u%d"}`, i, i)}, [2]string{journal.KindConnClose, `{}`}, [2]string{journal.KindRunEnd, `{}`})
	}
	events := chain(t, lines...)
	events[7].Time, events[9].Time = time.Time{}, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) // a clock that jumps
	said := renderings(t, source(t, events, ""), Style{Language: text.English})
	overview, _, _ := strings.Cut(said["text"], "What happened")
	if len(overview) > 4000 || !strings.Contains(overview, "and 4988 more") {
		t.Errorf("%d bytes: %.300s", len(overview), overview)
	}
	if chart, _, _ := strings.Cut(said["html"], "</figure>"); len(chart) > 100_000 {
		t.Errorf("%d bytes before the end of the chart", len(chart))
	}
}

// Twelve things are named, each with how often; of the others it is said how many they are.
func TestTheOverviewNamesTwelve(t *testing.T) {
	var c tally
	for i := range 12 {
		c.add(fmt.Sprint(i))
	}
	c.add("0")
	teller := newTeller(text.English)
	if said := c.said(teller); len(said) != 12 || said[0] != "0 (2×)" || said[11] != "11" {
		t.Errorf("%q", said)
	}
	for more := 1; more < 3; more++ {
		c.add("more")
		if said := c.said(teller); len(said) != 13 || !strings.Contains(said[12], fmt.Sprint(more)) {
			t.Errorf("%d more: %q", more, said)
		}
	}
}
