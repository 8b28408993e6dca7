package console

import (
	"strings"
	"testing"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
)

// hostile are texts that would drive a terminal or deceive a reader.
func hostile() []string {
	return []string{
		"\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]52;c;cm0gLXJm\x07", "\u202egnp.exe", "a\r\nb\tc", "\x9b31m", "\u2066x\u2069", "한글\x00\x08\x7f",
		"\xff\xfe", strings.Repeat("x", 5000), "﷽﷽﷽", "👩‍👩‍👧‍👦", "e\u0301\u0301\u0301", "\x1b[7mname\x1b[m", "; notify\x07;", "<script>", "%s%d%!",
	}
}

// poison puts a text wherever a relay or a computer has one.
func poison(d *harness, s string) {
	f := d.fake
	for i := range f.scripts {
		f.scripts[i].Name, f.scripts[i].Category, f.scripts[i].Description, f.scripts[i].Owner, f.scripts[i].LastResult, f.scripts[i].Executable = s, s, s, s, s, s
	}
	for i := range f.reports {
		f.reports[i].Customer, f.reports[i].Host, f.reports[i].Ticket, f.reports[i].State, f.reports[i].Owner = s, s, s, s, s
	}
	f.look = Look{Host: s, Text: s, Changes: s, Sections: []Section{{s, s, []string{s, s + "\n" + s}}}}
	f.lines, f.text, f.sentence = []string{s, s + "\n" + s}, s, s
	f.categories = []string{s, s + "2"}
	for at := range f.folders {
		f.folders[at] = Listing{Entries: []Entry{{Name: s, Folder: true}, {Name: s + "x", Size: -1}, {Name: s + "y"}}, More: true}
	}
	f.staged = []library.StagedFile{{Path: s, Size: -1}, {Path: s + "/" + s, Folder: true}}
	f.events = runEvents()
	f.events = append(f.events[:1:1], append([]RunEvent{
		{Number: numbers[0], Note: s, Event: &journal.RunEvent{Kind: journal.KindScriptOutput, Step: 1, Stream: journal.Stderr, Text: s + "\n" + s}},
		{Number: numbers[0], Event: &journal.RunEvent{Kind: journal.KindScriptExit, Step: 1, Outcome: &journal.Outcome{Reason: journal.Reason(s), Problem: s, Stays: s, Signal: s}}},
	}, f.events[5:]...)...)
	var all []api.Session
	for _, one := range d.sessions.known {
		one.Customer, one.Host, one.OS, one.Ticket, one.Name, one.Note, one.Owner, one.Reason, one.EndedBy, one.ActingAs, one.Link = s, s, s, s, s, s, s, s, s, s, s
		one.LastEvent = &api.LastEvent{Kind: s, By: s}
		if one.Question != nil {
			one.Question = &api.Question{Kind: s, By: s, Until: one.Question.Until}
		}
		if one.Run != nil {
			one.Run = &api.Run{By: s, Script: s}
		}
		one.Unread++
		all = append(all, one)
	}
	d.Tell(numbers[0], s)
	d.send(Change{All: true, Sessions: all})
	d.failed(cmdline.Fail(cmdline.ExitFailed, s, "%s", s))
}

// bare draws without looks, so that every control character on the screen is a foreign one.
func bare(d *harness) {
	as := func(s ...string) string { return strings.Join(s, " ") }
	d.look = theme{as, as, as, as, as, as}
}

// harmless fails where the terminal would be driven.
func harmless(t *testing.T, d *harness, where string) {
	t.Helper()
	v := d.View()
	for _, shown := range append(strings.Split(v.Content, "\n"), v.WindowTitle) {
		if strings.ContainsFunc(shown, text.Hostile) {
			t.Fatalf("%s: %q", where, shown)
		}
		if text.Width(shown) > d.width {
			t.Fatalf("%s: %d columns: %q", where, text.Width(shown), shown)
		}
	}
	for _, raw := range d.raw {
		body := strings.NewReplacer("\x1b]9;", "", "\x1b]777;notify;supportd;", "", "\x07", "").Replace(raw)
		if strings.Count(raw, "\x1b") > 2 || strings.Count(raw, "\x07") > 2 {
			t.Fatalf("%s: %q", where, raw)
		}
		if strings.ContainsFunc(body, text.Hostile) && !strings.HasPrefix(raw, "tea.") {
			t.Fatalf("%s: %q", where, raw)
		}
	}
}

// inEveryView shows a text in every view, at a usual and at a small size, and what is
// typed and pasted as well.
func inEveryView(t *testing.T, l text.Language, s string) {
	for _, scene := range scenes() {
		d := newHarness(t, l)
		bare(d)
		d.open()
		poison(d, s)
		scene.goTo(d)
		harmless(t, d, scene.name)
		d.send(d.pasted(s))
		d.resize(33, 9)
		harmless(t, d, scene.name+", small")
	}
}

func TestV1_HostileTextInEveryView(t *testing.T) {
	for i, s := range hostile() {
		inEveryView(t, text.Languages()[i%2], s)
	}
}

func FuzzV1_HostileText(f *testing.F) {
	f.Add("\x1b[2J")
	f.Add("\u202e\x9b")
	f.Fuzz(func(t *testing.T, s string) { inEveryView(t, text.English, s) })
}
