package console

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/text"
)

// reader types the next line each time it is asked for one.
type reader struct {
	bytes.Buffer
	asks  []string
	lines []string
	in    chan string
}

func (r *reader) Write(p []byte) (int, error) {
	for _, ask := range r.asks {
		if !strings.HasSuffix(string(p), ask+"\n") {
			continue
		}
		if len(r.lines) == 0 {
			close(r.in)
			break
		}
		next := r.lines[0]
		r.lines = r.lines[1:]
		go func() { r.in <- next }()
	}
	return r.Buffer.Write(p)
}

// inLines plays a menu; each call of the clock is so much later.
func inLines(t *testing.T, l text.Language, each time.Duration, lines ...string) (*harness, string) {
	t.Helper()
	d := newHarness(t, l)
	d.open()
	d.opts.Now = func() time.Time { d.now = d.now.Add(each); return d.now }
	var all []api.Session
	for _, n := range d.sessions.sorted() {
		all = append(all, d.sessions.known[n])
	}
	d.fake.changes = []Change{{All: true, Sessions: all}}
	d.fake.events = runEvents()
	r := &reader{lines: lines, in: make(chan string)}
	yes := fmt.Sprintf(d.words[wTypeYes], d.words[wYes])
	// In the chat nothing is asked: the next line is typed once its last one stands there.
	r.asks = []string{d.words[wMenuAsk], d.words[wAskTicket], d.words[wMenuScripts], d.fake.lines[len(d.fake.lines)-1], yes}
	if err := d.RunMenu(t.Context(), r.in, r); err != nil {
		t.Error(err)
	}
	return d, r.String()
}

// ACCESSIBLE=1: everything is a number.
func TestV6_Menu(t *testing.T) {
	const later = 50 * time.Millisecond
	for _, test := range []struct {
		lines []string
		did   string
		shows []string
	}{
		{nil, "", []string{"1. ! wrote, 110 000 002 Bob Lee T-18", "2. ? asked, 482 913 077 김철수 T-17 kim"}},
		{[]string{"99", "x", "0"}, "", []string{"There is no 99 here.", "There is no x here."}},
		{[]string{"6", "T-20", "0"}, `start "T-20"`, []string{"440 000 008\nhttps://relay.example/j/440000008"}},
		{[]string{"2", "1", "5", "1", "2", "0", "0", "0"}, "look 482913077\nsave sysinfo-482913077.txt 29", []string{"free     1 GiB", "+ free 1 GiB", "Saved: sysinfo-482913077.txt"}},
		{[]string{"2", "2", "", "0", "0"}, "chat 482913077", []string{"프린터가 안 돼요"}},
		{[]string{"7", "2 1", "0"}, "scripts\nrun [restart-printer fix-dns] on [110000002 482913077]", []string{"482 913 077: fix-dns: x failed (3)", "482 913 077: ! bad", "110 000 002: x permission denied"}},
		{[]string{"7", "9", "0"}, "scripts", []string{"There is no 9 here."}},
		{[]string{"8", "1", "0"}, "reports\nread 550000000 en\nverify 550000000", []string{"14:05 it began", "proved: All 12 events"}},
		{[]string{"2", "6", "no", "0", "0"}, "", []string{"It cannot be opened again.", "Nothing was done."}},
		{[]string{"2", "5", "0", "0"}, "log off 482913077", nil},
	} {
		d, shown := inLines(t, text.English, later, test.lines...)
		if d.fake.done() != test.did {
			t.Errorf("%q: did %q, want %q", test.lines, d.fake.done(), test.did)
		}
		for _, s := range test.shows {
			if !strings.Contains(shown, s) {
				t.Errorf("%q: %q was not said:\n%s", test.lines, s, shown)
			}
		}
		if strings.ContainsFunc(strings.ReplaceAll(shown, "\n", ""), text.Hostile) {
			t.Errorf("%q: %q", test.lines, shown)
		}
	}
}

// A yes counts only where there was time to read the question.
func TestV7_MenuConfirms(t *testing.T) {
	for each, did := range map[time.Duration]string{time.Millisecond: "", time.Second: "end 482913077"} {
		d, _ := inLines(t, text.Korean, each, "2", "6", "네", "0", "0")
		if d.fake.done() != did {
			t.Errorf("after %v: did %q, want %q", each, d.fake.done(), did)
		}
	}
}
