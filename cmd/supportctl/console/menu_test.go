package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/text"
)

// reader types the next line each time it is asked for one.
type reader struct {
	bytes.Buffer
	asks  []string
	lines []string
	in    chan string
	end   sync.Once
	hid   []string // what was typed as a secret
}

// Line implements [Keyboard].
func (r *reader) Line(ctx context.Context, secret bool) ([]byte, error) {
	select {
	case s, ok := <-r.in:
		if !ok {
			return nil, io.EOF
		}
		if secret {
			r.hid = append(r.hid, s)
		}
		return []byte(s), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Forget implements [Keyboard]: nothing is typed before it is asked for.
func (r *reader) Forget() {}

func (r *reader) Write(p []byte) (int, error) {
	for _, ask := range r.asks {
		if !strings.HasSuffix(string(p), ask+"\n") {
			continue
		}
		if len(r.lines) == 0 {
			r.end.Do(func() { close(r.in) })
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
	return d, d.inLines(each, lines...)
}

func (d *harness) inLines(each time.Duration, lines ...string) (shown string) {
	d.t.Helper()
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
	r.asks = []string{d.words[wMenuAsk], d.words[wAskTicket], d.words[wMenuScripts], d.fake.lines[len(d.fake.lines)-1], yes,
		d.words[wAskUser], fmt.Sprintf(d.words[wAskPassword], "admin"), d.words[wAskPut], fmt.Sprintf(d.words[wMenuNewFile], "fix.sh")}
	if err := d.RunMenu(d.t.Context(), r, r); err != nil {
		d.t.Error(err)
	}
	d.fake.hid = r.hid
	return r.String()
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
		{[]string{"2", "8", "admin", "hunter2", "0", "0"}, "log on 482913077 admin 7", []string{"Password of admin. It is shown nowhere.", "- 482 913 077 김철수 T-17 kim: logged on"}},
		{[]string{"2", "8", "", "0", "0"}, "", []string{"Nothing was done."}},
		{[]string{"2", "9", "1", "a.sh", "1", "", "0", "0", "0"}, "files 482913077\nput 482913077 a.sh\nfiles 482913077\nfiles 482913077",
			[]string{"3 files and folders, 1612 bytes", "2. fix.sh, 412", "3. 도구/", "Brought: a.sh", "5. a.sh, 7"}},
		{[]string{"2", "9", "2", "2", "", "2", "2", "here.sh", "0", "0", "0"},
			"files 482913077\nget 482913077 \"fix.sh\" \"fix.sh\"\nfiles 482913077\nget 482913077 \"fix.sh\" \"here.sh\"\nfiles 482913077", []string{"Saved: fix.sh", "Saved: here.sh"}},
		{[]string{"2", "9", "3", "2", "1", "no", "0", "0", "0"}, "files 482913077\nfiles 482913077", []string{"There is no 2 here.", "Delete 도구 from the customer's computer?", "Nothing was done."}},
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

// The password of a logon is shown nowhere, and one that is broken off logs nobody on.
func TestMenuHidesThePassword(t *testing.T) {
	d := newHarness(t, text.English)
	shown := d.inLines(time.Second, "2", "8", "admin", "hunter2", "0", "0")
	if strings.Join(d.fake.hid, "|") != "hunter2" || string(d.fake.secret) != "hunter2" || strings.Contains(shown, "hunter2") {
		t.Errorf("secret lines %q, given on %q:\n%s", d.fake.hid, d.fake.secret, shown)
	}
	d = newHarness(t, text.English)
	d.inLines(time.Second, "2", "8", "admin") // then the input ends
	if d.fake.done() != "" || d.fake.secret != nil {
		t.Errorf("did %q", d.fake.done())
	}
}

// A staged file is deleted after a yes that a person had time for, and its name is harmless.
func TestV7_MenuDeletesAfterAYes(t *testing.T) {
	for each, did := range map[time.Duration]string{time.Millisecond: "", time.Second: "\nremove 482913077 \"a\\x1b[2J\" false"} {
		d := newHarness(t, text.Korean)
		d.fake.staged = []library.StagedFile{{Path: "a\x1b[2J"}}
		shown := d.inLines(each, "2", "9", "2", "1", "네", "0", "0", "0")
		if want := "files 482913077" + did + "\nfiles 482913077"; d.fake.done() != want {
			t.Errorf("after %v: did %q, want %q", each, d.fake.done(), want)
		}
		if strings.Contains(shown, "\x1b") {
			t.Errorf("%q", shown)
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
