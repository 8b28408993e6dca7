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
	d := newHarness(t, text.English)
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
	d := newHarness(t, text.English)
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
	d := newHarness(t, text.English)
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
	s.LastEvent = &api.LastEvent{Kind: "chat.message", By: "customer", Time: day} // read at once, in a chat
	tell(s, "482 913 077 Bob Lee wrote a message.", "supportd: ! 2 wrote")
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

// A computer that restarts is said to, with what it does, and how long it was away; one that
// is lost as well. Nobody calls, so nothing rings, and what was never seen to go is not said
// to be back.
func TestRestartIsFollowed(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.raw = nil
	s := session(numbers[1])
	s.State, s.Reason, s.Expires = api.Away, wire.AwayRebooting, day.Add(50*time.Minute)
	d.send(Change{Sessions: []api.Session{s}})
	d.shows("- 110 000 002 Bob Lee: the computer goes down to restart.", "~ away      Bob Lee", "restarts; may come back u")
	d.now = d.now.Add(48 * time.Second)
	s.State, s.Reason = api.Active, ""
	d.send(Change{All: true, Sessions: []api.Session{s}})
	d.shows("- 110 000 002 Bob Lee: the computer is back after 48 s.")
	s.State = api.Away
	d.send(Change{Sessions: []api.Session{s}})
	d.shows("x 110 000 002 Bob Lee: the connection to the computer is lost.", "may come back until")
	said := len(d.notices)
	for _, state := range []api.State{api.Away, api.Active} { // away when the console began
		other := session(numbers[5])
		other.State = state
		d.send(Change{Sessions: []api.Session{other}})
	}
	if len(d.notices) != said || d.raw != nil {
		t.Errorf("%d more notices, to the terminal %q", len(d.notices)-said, d.raw)
	}
}

// What the customer answered is not covered by the news that they did.
func TestAnswerStaysInSight(t *testing.T) {
	d := newHarness(t, text.English)
	d.open()
	d.failed(errors.New("the customer said no"))
	d.send(Change{Sessions: []api.Session{session(numbers[0])}})
	d.shows("x the customer said no")
	d.press("m")
	d.shows("the question is answered")
}

// The clock goes only while a question stands.
func TestIdleHasNoClock(t *testing.T) {
	d := newHarness(t, text.English)
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
	d := newHarness(t, text.English)
	waiting := session(numbers[1])
	d.send(Change{All: true, Sessions: []api.Session{waiting}})
	before := d.View().Content
	d.now = day.Add(3 * time.Hour)
	if d.View().Content != before {
		t.Error("an idle console is drawn anew")
	}
}

func TestV4_RelayAwayAndBack(t *testing.T) {
	d := newHarness(t, text.English)
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
	d := newHarness(t, text.English)
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
	for _, r := range "T-2" {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	d.send(tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyEnter})
	d.shows("That came as fast as pasted text")
	if strings.Contains(d.fake.done(), "start") {
		t.Error("a paste opened a session")
	}
}

// The end is confirmed with customer and ticket in sight, in Korean too.
func TestEndNamesCustomerAndTicket(t *testing.T) {
	d := newHarness(t, text.Korean)
	d.open()
	d.press("down", "e")
	d.shows("김철수", "T-17", "482 913 077")
	d.press("네", "enter")
	if d.fake.done() != "end "+string(numbers[0]) {
		t.Errorf("did %q", d.fake.done())
	}
}

func TestNewSession(t *testing.T) {
	d := newHarness(t, text.English)
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

// The help lists what can be done, and does it.
func TestHelpDoesWhatIsChosen(t *testing.T) {
	d := newHarness(t, text.English)
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
	d := newHarness(t, text.Korean)
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
		d := newHarness(t, text.English)
		d.open()
		if d.press(keys...); len(keys) > 6 || d.quit {
			t.Errorf("%s: %d keys", task, len(keys))
		}
	}
}

// With 1,000 sessions, a key is on the screen within 50 ms.
func TestV3_ThousandSessions(t *testing.T) {
	d := newHarness(t, text.English)
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
