package console

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// Every option that the console needs is asked for.
func TestOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a console without anything was made")
	}
}

// Who needs help most stands first: an unread message, a question, a computer that has to
// wait, and then the rest by state.
func TestSortedByNeed(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	delayed := session(numbers[4])
	delayed.State, delayed.Delay = api.Waiting, &api.Delay{From: "192.0.2.1", Until: day.Add(time.Minute)}
	d.send(Change{Sessions: []api.Session{delayed}})
	want := []wire.Number{numbers[1], numbers[0], numbers[4], numbers[2], numbers[3], numbers[5]}
	if got := d.sessions.sorted(); !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// The cursor stays on its session, wherever that moves to.
func TestCursorStays(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.press("down", "down") // the one that is away
	back := session(numbers[2])
	back.Unread, back.Customer = 9, "Ann Ray"
	d.send(Change{Sessions: []api.Session{back}})
	d.shows("> ! wrote     Ann Ray")
}

// A bell once, a notification that names the session, the window's title and a line on
// whatever view is shown, when a customer joins, writes or answers; nothing for what
// is known already.
func TestV8_CustomerIsHeard(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.press("l") // in another view
	tell := func(s api.Session, said, title string) {
		t.Helper()
		d.raw = nil
		d.send(Change{Sessions: []api.Session{s}})
		all := strings.Join(d.raw, "")
		if strings.Count(all, "\a") != 3 || !strings.Contains(all, "\x1b]9;"+said) || !strings.Contains(all, "\x1b]777;notify;supportd;"+said) {
			t.Errorf("%s: %q", said, d.raw)
		}
		d.shows("! " + said)
		if got := d.View().WindowTitle; got != title {
			t.Errorf("the window is called %q, want %q", got, title)
		}
		d.raw = nil
		d.send(Change{Sessions: []api.Session{s}})
		if d.raw != nil {
			t.Errorf("%s once more: %q", said, d.raw)
		}
	}
	s := session(numbers[3])
	tell(s, "330 000 006 Bob Lee has joined.", "supportd: ! 1 wrote  ? 1 asked")
	s.Unread = 1
	tell(s, "330 000 006 Bob Lee wrote a message.", "supportd: ! 2 wrote  ? 1 asked")
	s = session(numbers[0])
	tell(s, "482 913 077 Bob Lee: the question is answered.", "supportd: ! 2 wrote")
	d.raw = nil
	var all []api.Session // the relay was lost and is back: what happened meanwhile rings once
	for _, one := range d.sessions.known {
		one.Unread++
		all = append(all, one)
	}
	d.send(Change{All: true, Sessions: all})
	if rung := slices.DeleteFunc(d.raw, func(s string) bool { return s != "\a" }); len(rung) != 1 {
		t.Errorf("after a loss the bell rang %d times", len(rung))
	}
}

// The clock goes only while a question stands.
func TestIdleHasNoClock(t *testing.T) {
	d := newDesk(t, text.English)
	d.ticking = false
	if d.tickSoon() != nil {
		t.Error("the clock goes without a question")
	}
	d.ticking = true
	d.open()
	d.shows("41 s left")
	d.now = day.Add(30 * time.Second)
	d.shows("11 s left")
	d.ticking = false
	if d.tickSoon() == nil || !d.ticking {
		t.Error("a question stands, and the clock does not go")
	}
	d.now = day.Add(42 * time.Second)
	if d.tick(); d.ticking {
		t.Error("the clock goes on after the question's time")
	}
}

// Without a change, the screen is the same text, which is not written again.
func TestIdleDrawsTheSame(t *testing.T) {
	d := newDesk(t, text.English)
	waiting := session(numbers[1])
	d.send(Change{All: true, Sessions: []api.Session{waiting}})
	before := d.View().Content
	d.now = day.Add(3 * time.Hour)
	if d.View().Content != before {
		t.Error("an idle console is drawn anew")
	}
}

func TestV4_RelayAwayAndBack(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.send(Change{Lost: errors.New("no route")})
	d.send(Change{Lost: errors.New("no route")})
	d.shows("x relay lost", "The relay is lost; trying again")
	if n := len(d.notices); n != 1 {
		t.Errorf("%d notices of one loss", n)
	}
	d.send(Change{All: true, Sessions: []api.Session{session(numbers[2])}})
	d.shows("+ connected", "The relay is back", "+ active    Bob Lee")
	if strings.Contains(d.screen(), "김철수") {
		t.Error("a session that is gone is still shown")
	}
}

// Nothing that is pasted confirms: neither what the terminal marks as pasted, nor keys
// that come faster than a person types.
func TestV7_PasteConfirmsNothing(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.press("e")
	d.send(tea.PasteMsg{Content: "yes\n"}, tea.PasteMsg{Content: "\r"})
	for _, r := range "yes" {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	d.send(tea.KeyPressMsg{Code: tea.KeyEnter})
	d.press("e", "s")
	d.send(tea.KeyPressMsg{Code: tea.KeyEnter})
	if strings.Contains(d.fake.done(), "end") {
		t.Fatal("the session was ended by a paste")
	}
	d.press("esc", "e", "no", "enter")
	d.press("e", "enter")
	if strings.Contains(d.fake.done(), "end") {
		t.Fatal("the session was ended without a yes")
	}
	d.press("e", "yes", "enter")
	if d.fake.done() != "end "+string(numbers[1]) {
		t.Errorf("did %q", d.fake.done())
	}
	d.shows("Ended: 110 000 002 Bob Lee T-18")
	// A message that is pasted is not sent, nor a session opened.
	d.press("home", "n")
	d.send(tea.PasteMsg{Content: "T-1\n"})
	d.send(tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyEnter})
	if strings.Count(d.fake.done(), "start") > 1 {
		t.Error("a paste opened two sessions")
	}
}

// The end is confirmed with customer and ticket in sight, in Korean too.
func TestEndNamesCustomerAndTicket(t *testing.T) {
	d := newDesk(t, text.Korean)
	d.open()
	d.press("down", "e")
	d.shows("김철수", "T-17", "482 913 077")
	d.press("네", "enter")
	if d.fake.done() != "end "+string(numbers[0]) {
		t.Errorf("did %q", d.fake.done())
	}
}

func TestNewSession(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.press("n", "T-20", "enter")
	d.shows("440 000 008", "https://relay.example/j/440000008")
	d.raw = nil
	d.press("y")
	if all := strings.Join(d.raw, ""); !strings.Contains(all, "440 000 008\nhttps://relay.example/j/440000008") {
		t.Errorf("copied %q", all)
	}
	d.press("esc")
	d.shows("> . waiting   440 000 008     T-20")
}

// Customers who are asked: information, what it is saved as, and what has changed.
func TestInformation(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.press("i")
	d.shows("Press f to ask the customer")
	d.press("w")
	d.shows("There is nothing yet")
	d.press("f", "down")
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
	d := newDesk(t, text.English)
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
	d.press("esc")
	if d.quit || len(d.views) != 1 {
		t.Error("Esc leaves the session alone")
	}
}

// The password is asked for when the computer wants it, shown nowhere, and handed over
// once.
func TestLogOn(t *testing.T) {
	d := newDesk(t, text.English)
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

func TestRun(t *testing.T) {
	d := newDesk(t, text.English)
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

// A run that goes on is cancelled once, and found again.
func TestRunIsCancelled(t *testing.T) {
	d := newDesk(t, text.English)
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
	d := newDesk(t, text.English)
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

// A script is made, changed, published, and deleted after a yes.
func TestLibraryIsKept(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.press("l", "n", "clean-up", "enter", "e", "b", "down", "b", "x")
	d.shows("Delete the script restart-printer for every CSR?")
	d.press("yes", "enter")
	d.shows("Deleted: restart-printer")
	did := strings.ReplaceAll(d.fake.done(), "scripts\n", "")
	if want := "form clean-up false\nform fix-dns true\npublish fix-dns false\npublish restart-printer false\nremove restart-printer\nscripts"; did != want {
		t.Errorf("did %q, want %q", did, want)
	}
}

func TestReports(t *testing.T) {
	d := newDesk(t, text.Korean)
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

// The help lists what can be done, and does it.
func TestHelpDoesWhatIsChosen(t *testing.T) {
	d := newDesk(t, text.English)
	d.open()
	d.press("?", "down", "enter")
	d.shows("Ticket or code")
	d.press("esc", "?", "end", "enter")
	if !d.quit {
		t.Error("the last one is to quit")
	}
}

// A Korean keyboard has the same keys.
func TestKoreanKeyboard(t *testing.T) {
	d := newDesk(t, text.Korean)
	d.open()
	d.press("ㅣ") // l
	d.shows("fix-dns")
}

// The ten daily tasks need at most six keys each, once the session is under the cursor.
func TestSixKeys(t *testing.T) {
	for task, keys := range map[string][]string{
		"open": {"enter"}, "list": {"esc"}, "information": {"i", "f"}, "save": {"i", "f", "w", "enter"}, "compare": {"i", "f", "d"},
		"script on one": {"r", "space", "enter"}, "scripts on all": {"a", "space", "space", "enter"}, "chat": {"c"},
		"end": {"e", "y", "e", "s", "enter"}, "report": {"p", "enter"},
	} {
		d := newDesk(t, text.English)
		d.open()
		if d.press(keys...); len(keys) > 6 || d.quit {
			t.Errorf("%s: %d keys", task, len(keys))
		}
	}
}

// With 1,000 sessions, a key is on the screen within 50 ms.
func TestV3_ThousandSessions(t *testing.T) {
	d := newDesk(t, text.English)
	var all []api.Session
	for i := range 1000 {
		s := session(wire.Number(fmt.Sprintf("%09d", 100_000_000+i)))
		s.Unread, s.Ticket = i%3, fmt.Sprint("T-", i)
		all = append(all, s)
	}
	d.send(Change{All: true, Sessions: all})
	var took []time.Duration
	for i := range 50 {
		began := time.Now()
		if i%5 == 0 { // also with a change, after which they are sorted anew
			all[i].Unread = 7
			d.send(Change{Sessions: all[i : i+1]})
		}
		d.press("down")
		d.View()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("median %v, slowest %v", took[25], took[49])
	if took[25] > 50*time.Millisecond {
		t.Errorf("a key takes %v until it is drawn", took[25])
	}
}
