package console

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// Customers who are asked: information, what it is saved as, and what has changed.
func TestInformation(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("i")
	d.shows("Press f to ask the customer")
	d.press("w")
	d.shows("There is nothing yet")
	d.press("f", "down", "down")
	d.shows("> memory", "free     1 GiB")
	d.press("d")
	d.shows("+ free 1 GiB")
	d.press("w", "enter", "P")
	if want := "look 110000002\nsave sysinfo-110000002.txt 29\nprint kim-pc"; d.fake.done() != want {
		t.Errorf("did %q, want %q", d.fake.done(), want)
	}
	d.fake.err = cmdline.Fail(cmdline.ExitDenied, "ask them by phone", "the customer said no")
	d.press("f")
	d.shows("x the customer said no - ask them by phone")
}

func TestChat(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("c")
	d.shows("안녕하세요, 프린터가 안 돼요")
	v := d.top().(*sessionView)
	d.press("q is no key here", "enter")
	if said := <-v.say; said != "q is no key here" {
		t.Errorf("said %q", said)
	}
	d.send(tea.PasteMsg{Content: "two\nlines"})
	if v.typed.value() != "two lines" || len(v.say) > 0 {
		t.Errorf("pasted: %q, sent %d", v.typed.value(), len(v.say))
	}
	// What a chat has shown counts as read, so one that is not seen is none.
	v.chat.goes = true // the fake's ends at once
	d.press("tab")
	if v.chat.goes {
		t.Error("the chat goes on unseen")
	}
	d.send(result{v, fed{&v.chat, v.chat.turn - 1, []string{"an earlier chat"}}})
	d.press("c")
	if strings.Contains(d.screen(), "an earlier chat") {
		t.Error("lines of an earlier chat are shown")
	}
	d.press("esc")
	if d.quit || len(d.views) != 1 {
		t.Error("Esc leaves the session alone")
	}
}

// The password is asked for when the computer wants it, shown nowhere, and handed over
// once.
func TestLogOn(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("down", "enter", "u")
	asked := d.top().(*askView)
	d.drop(asked)
	told, over := make(chan tea.Msg, 8), make(chan tea.Msg, 1)
	d.Console.send = func(m tea.Msg) { told <- m }
	cmd := asked.do("admin")
	go func() { over <- cmd() }()
	d.send(<-told)
	d.shows("Password of admin")
	d.press("hunterX", "backspace", "2")
	d.send(tea.PasteMsg{Content: "!\n"})
	if strings.Contains(d.screen(), "hunter") {
		t.Error("the password is on the screen")
	}
	d.press("enter")
	d.send(<-over)
	if string(d.fake.secret) != "hunter2!" || d.fake.done() != "log on 482913077 admin 8" {
		t.Errorf("secret %q, did %q", d.fake.secret, d.fake.done())
	}
	// Esc gives none.
	cmd = asked.do("admin")
	go func() { over <- cmd() }()
	for m := range told {
		if d.send(m); len(d.views) > 2 {
			break
		}
	}
	typed := d.top().(*secretView)
	d.press("secret")
	kept := typed.typed[:6]
	d.press("esc")
	d.send(<-over)
	if string(kept) != "\x00\x00\x00\x00\x00\x00" {
		t.Errorf("%q stays in memory", kept)
	}
}

// Z1: the words stand there while the customer is asked, only a whole word says what the CSR
// hears, and it is kept of these words and no others.
func TestZ1_WordsAreComparedInTheConsole(t *testing.T) {
	for typed, want := range map[string]string{"": "", "yes": "", "same": "\nhear 482913077 budget shore / 하나 둘 true", "differ": "\nhear 482913077 budget shore / 하나 둘 false"} {
		d := newHarness(t, text.English)
		d.open()
		d.fake.words = Words{Both: "budget shore / 하나 둘"}
		d.press("down", "enter", "v")
		d.shows("budget shore / 하나 둘", "Only their voice counts")
		if typed != "" {
			d.press(typed)
		}
		d.press("enter")
		if did := d.fake.done(); did != "words 482913077\npick 482913077"+want {
			t.Errorf("%q did %q", typed, did)
		}
	}
}

func TestRun(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("down", "space") // marked
	d.press("r", "space", "space", "up", "K")
	d.shows("where: the marked sessions, 1 active", "[ 1] restart-printer", "[ 2] fix-dns")
	d.press("t")
	d.shows("where: all sessions, 2 active")
	d.fake.events = runEvents()
	d.press("enter")
	want := fmt.Sprintf("scripts\nrun [restart-printer fix-dns] on %v", []wire.Number{numbers[1], numbers[0]})
	if d.fake.done() != want {
		t.Errorf("did %q, want %q", d.fake.done(), want)
	}
	d.shows("x denied        x denied", "+ ok            x failed (3)")
	d.press("down", "enter")
	d.shows("| one", "! bad", "| two")
	d.press("esc", "esc")
	if len(d.views) != 1 {
		t.Error("still in the run")
	}
}

// Z4: an author who is new is asked about before anything runs, and only a typed yes counts.
func TestZ4_ANewAuthorIsAskedAbout(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.fake.author = "You have not run a script of this author yet: fix\nSHA256:\x1b[2Jkey"
	d.press("a", "space", "enter")
	d.shows("New author", "You have not run a script of this author yet: fix", `SHA256:\x1b[2Jkey`)
	d.press("no", "enter")
	if did := d.fake.done(); did != "scripts\nask" || d.run.live != nil {
		t.Fatalf("did %q", did)
	}
	// What was accepted is that author, not whom the relay names when it is asked once more.
	d.press("enter")
	d.shows("SHA256:")
	d.fake.author = "You have not run a script of this author yet: fix\nSHA256:mallory"
	d.press("yes", "enter")
	d.shows("SHA256:mallory")
	d.press("yes", "enter")
	if did := d.fake.done(); !strings.HasPrefix(did, "scripts\nask\nask\nask\nrun [") || d.run.live == nil {
		t.Errorf("did %q", did)
	}
}

// A run that goes on is cancelled once, and found again.
func TestRunIsCancelled(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.fake.events, d.still = runEvents()[:6], true
	d.press("a", "space", "space", "enter")
	d.shows("* running")
	d.press("x", "x")
	if len(d.run.live.cancel) != 1 {
		t.Error("not cancelled, or twice")
	}
	d.press("esc", "r")
	d.shows("* running")
}

func TestLibrarySortsByEveryHeading(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l")
	for _, name := range api.ScriptOrders() {
		d.shows("by " + d.words[word("script "+name)])
		want := append([]api.Script(nil), d.fake.scripts...)
		api.SortScripts(want, name, false)
		d.shows("> " + want[0].Name)
		d.press("s")
	}
	d.press("S", "/", "printer", "enter")
	d.shows("1 scripts", "restart-printer")
}

// A script is written and changed in an editor, published, and deleted after a yes.
func TestLibraryIsKept(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.press("l", "N", "clean-up", "enter", "E", "b", "down", "b", "x")
	d.shows("Delete the script restart-printer for every CSR?")
	d.press("yes", "enter")
	d.shows("Deleted: restart-printer")
	did := strings.ReplaceAll(d.fake.done(), "scripts\n", "")
	if want := "editor clean-up false\neditor fix-dns true\npublish fix-dns false\npublish restart-printer false\nremove restart-printer\nscripts"; did != want {
		t.Errorf("did %q, want %q", did, want)
	}
}

func TestReports(t *testing.T) {
	d := newHarness(t, text.Korean)
	d.open()
	d.press("down", "p")
	d.shows("> 482 913 077")
	d.press("enter", "v", "esc", "w", "enter")
	want := "reports\nread 482913077 ko\nverify 482913077\nexport 482913077 report-482913077.jsonl"
	if d.fake.done() != want {
		t.Errorf("did %q, want %q", d.fake.done(), want)
	}
	d.fake.proved = false
	d.press("v")
	d.shows("증명되지 않음")
}

// An error is said with its hint in the language of the console.
func TestErrorsAreSaidInTheConsolesLanguage(t *testing.T) {
	denied := cmdline.Fail(cmdline.ExitUnreachable, "try again", "no relay at %s", "example.net")
	for l, want := range map[text.Language]string{
		text.English: "no relay at example.net - try again",
		text.Korean:  "example.net: 중계 서버 없음 - 다시 하세요",
	} {
		d := newHarness(t, l)
		d.opts.Speaker = text.NewSpeaker(l, text.Catalogue{"no relay at %s": "%s: 중계 서버 없음", "try again": "다시 하세요"})
		if !d.failed(denied) || d.notices[len(d.notices)-1].text != want {
			t.Errorf("%s: %+v, want %q", l, d.notices, want)
		}
	}
}

// Z4: who opens a script of the library reads whether a second signature is missing, and what
// to do then; one that is not right is said as such.
func TestZ4_ASecondSignatureIsShown(t *testing.T) {
	for _, c := range []struct {
		change func(*api.Script)
		want   string
	}{
		{func(s *api.Script) { s.NeedsSecond = true }, "SECOND SIGNATURE: missing: scripts of this category need one."},
		{func(s *api.Script) { s.ApprovedBy = "carol" }, "SECOND SIGNATURE: its signature is not right: do not run it"},
	} {
		d := newHarness(t, text.English)
		for i := range d.fake.scripts {
			c.change(&d.fake.scripts[i])
		}
		d.press("l", "enter")
		d.shows(c.want)
	}
}
