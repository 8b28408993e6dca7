package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

func renderings(t *testing.T, s Source, style Style) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, render := range map[string]func(io.Writer) error{
		"text": func(w io.Writer) error { return s.Text(w, style) },
		"html": func(w io.Writer) error { return s.HTML(w, style) },
		"csv":  func(w io.Writer) error { return s.CSV(w, style) },
		"json": s.JSON,
	} {
		var b strings.Builder
		if err := render(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	return out
}

func TestC9_C10_C12_HostileTextInEveryFieldIsHarmless(t *testing.T) {
	for _, l := range text.Languages() {
		s := source(t, chained(t, hostile), hostile)
		s.Header.EndedBy, s.Header.Owner, s.Header.Host = hostile, hostile, hostile
		for name, s := range renderings(t, s, Style{Language: l}) {
			for line := range strings.Lines(s) {
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r != '\t' && text.Hostile(r) }); i >= 0 {
					t.Errorf("%s, %s: %q", name, l, line[max(i-20, 0):min(i+20, len(line))])
				}
			}
			if name == "html" {
				harmlessPage(t, s)
			}
			if name == "csv" {
				harmlessCells(t, s)
			}
		}
	}
}

// harmlessPage holds that all markup is ours.
func harmlessPage(t *testing.T, page string) {
	t.Helper()
	_, body, _ := strings.Cut(page, "</style>")
	ours := regexp.MustCompile(`^<(/?(title|head|body|main|h1|h2|h3|h4|dl|dt|dd|p|time|span|pre|i|html|figure|figcaption|svg|div|rect)|p class="(at|at bad|remark|verdict|verdict good)"|span class="(clock|ends)"|figure class="lanes"|div class="lane"|svg viewBox="0 0 600 10" preserveAspectRatio="none" role="img" aria-label="[^"<>]*"|rect x="\d+" width="\d+" y="[03]" height="(4|10)"( class="wrong")?|time class="clock" datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")>$`)
	for _, tag := range regexp.MustCompile(`<[^>]*>?`).FindAllString(body, -1) {
		if !ours.MatchString(tag) {
			t.Errorf("foreign markup %q", tag)
		}
	}
	if strings.Contains(page, "://") && !strings.Contains(page, "http://127.0.0.1") {
		t.Error("the page names another place")
	}
}

func harmlessCells(t *testing.T, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
}

func TestReportSaysWhatHappened(t *testing.T) {
	s := source(t, chained(t, "kim"), "T-17")
	for l, wants := range map[text.Language][]string{
		text.English: {
			"Support session 482 913 077", "Ticket: T-17", "Note: T-17", "Created: 2026-03-01 18:00:00 +09:00", "Ended by: the customer", "Duration: 0:11:30", "Connected: 0:10:10 (10 minutes)",
			"Entered the computer: kim (alice), 2026-03-01 18:01:00 +09:00", "kim (alice) wants to run 1 program on this computer (kim kim, kim) → the customer allowed it, this once; withheld: kim",
			"1. kim, 3 bytes, SHA-256 kim", "\n    | kim\n    ! kim\n", "[4321 more bytes of output were cut off here]", "killed by kim, 1.5 s: kim",
			"kim (alice) looked at: kim", "the customer: kim", "the run ended: 1 of 1 failed", "Proved: all 24 events", "Restarts: 1",
		},
		text.Korean: {"원격 지원 482 913 077", "접수 번호: T-17", "연결 시간: 0:10:10 (10분)", "증명됨: 기록 24개", "1개 중 1개 실패", "고객이 이번 한 번 허용함"},
	} {
		text := renderings(t, s, Style{Language: l, Zone: time.FixedZone("", 9*3600)})["text"]
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing in\n%s", want, text)
			}
		}
		if strings.Contains(text, "%!") {
			t.Errorf("a text is not filled in:\n%s", text)
		}
	}
}

// A report of what was changed says so, instead of looking right.
func TestChangedReportSaysSo(t *testing.T) {
	s := source(t, chained(t, "kim"), "")
	events := chained(t, "kim")
	events[8].Data = json.RawMessage(`{"text":"other"}`)
	s.Events = s.over(events)
	out := renderings(t, s, Style{Language: text.English})
	for _, name := range []string{"text", "html"} {
		if !strings.Contains(out[name], "NOT WHAT THE COMPUTER WROTE: event 9: ") {
			t.Errorf("%s does not say it", name)
		}
	}
}

func TestJSONIsWhole(t *testing.T) {
	for _, some := range [][]journal.Event{nil, chained(t, hostile)} {
		s := source(t, chained(t, hostile), hostile)
		s.Events = s.over(some)
		var got struct {
			Report Header          `json:"report"`
			Events []journal.Event `json:"events"`
			Seal   *journal.Seal   `json:"seal"`
		}
		if err := json.Unmarshal([]byte(renderings(t, s, Style{})["json"]), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Events) != len(some) || *got.Seal != *s.Seal || got.Report.Note != hostile {
			t.Errorf("%d events, %+v", len(got.Events), got.Report)
		}
	}
}

// Both languages have every text, with the same things to fill in.
func TestTextsAreComplete(t *testing.T) {
	verbs := regexp.MustCompile(`%(\[\d\])?[a-z]`)
	for w, en := range english() {
		ko := korean()[w]
		if en == "" || ko == "" || len(verbs.FindAllString(en, -1)) != len(verbs.FindAllString(ko, -1)) {
			t.Errorf("%s: %q and %q", w, en, ko)
		}
	}
	if len(english()) != len(korean()) {
		t.Error("one language has more texts")
	}
}

// What the header says of presence needs only the kinds that tell it.
func TestPresenceNeedsFewKinds(t *testing.T) {
	events := chained(t, "kim")
	var few, every journal.Presence
	for _, e := range events {
		every.Observe(e)
		if slices.Contains(journal.PresenceKinds(), e.Kind) {
			few.Observe(e)
		}
	}
	few.Finish(events[len(events)-1])
	every.Finish(events[len(events)-1])
	if !few.Equal(every) {
		t.Errorf("%+v and %+v", few, every)
	}
}

// A long journal begins to appear at once, and is never all in memory.
func TestD10_LongReportBeginsAtOnceAndStaysFlat(t *testing.T) {
	const many = 100_000
	s := source(t, chained(t, "kim"), "")
	read := 0
	s.Events = func() iter.Seq2[journal.Event, error] {
		return func(yield func(journal.Event, error) bool) {
			var last journal.Event
			for i := range many {
				e := journal.Event{Time: time.UnixMicro(int64(i)), Kind: journal.KindScriptOutput, Actor: "alice", Data: fmt.Appendf(nil, `{"stream":"stdout","text":"line %d\n"}`, i)}
				e.Seal(last)
				read, last = i, e
				if !yield(e, nil) {
					return
				}
			}
		}
	}
	watch := &gauge{read: &read, first: -1}
	if err := s.Text(watch, Style{Language: text.English}); err != nil {
		t.Fatal(err)
	}
	if watch.first != 0 || read != many-1 {
		t.Errorf("the first line came after event %d, the last event was %d", watch.first, read)
	}
	const flat = 24 << 20
	if watch.heap > flat {
		t.Errorf("%d MiB of memory", watch.heap>>20)
	}
}

// gauge notes how far the journal was read when the first byte came, and how
// much memory was in use.
type gauge struct {
	read   *int
	first  int
	writes int
	heap   uint64
}

func (g *gauge) Write(p []byte) (int, error) {
	if g.first < 0 {
		g.first = *g.read
	}
	if g.writes++; g.writes%50 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		g.heap = max(g.heap, m.HeapAlloc)
	}
	return len(p), nil
}

func TestWriteErrorsEndARendering(t *testing.T) {
	s := source(t, chained(t, "kim"), "")
	for name, render := range map[string]func(io.Writer) error{
		"text": func(w io.Writer) error { return s.Text(w, Style{}) }, "html": func(w io.Writer) error { return s.HTML(w, Style{}) },
		"csv": func(w io.Writer) error { return s.CSV(w, Style{}) }, "json": s.JSON, "jsonl": s.Write,
	} {
		full := &fullDisk{}
		if err := render(full); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type fullDisk struct{ room bytes.Buffer }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.room.Len()+len(p) > 300 {
		return 0, io.ErrShortWrite
	}
	return f.room.Write(p)
}
