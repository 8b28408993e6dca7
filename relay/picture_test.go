package relay

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
)

// chain makes events of payloads, each with its actor before it, that follow prev.
func chain(t testing.TB, prev journal.Event, happened ...any) (events []journal.Event) {
	t.Helper()
	for i := 0; i < len(happened); i += 2 {
		e, err := journal.New(time.Now(), happened[i].(string), happened[i+1].(journal.Payload))
		if err != nil {
			t.Fatal(err)
		}
		e.Seal(prev)
		events, prev = append(events, e), e
	}
	return events
}

func asks(id uint64, kind consent.Kind) journal.ConsentAsk {
	return journal.ConsentAsk{Question: id, Asked: kind, Expires: time.Now().Add(consent.AnswerTimeout)}
}

// feed is a "session watch" that goes on.
type feed struct {
	t     testing.TB
	lines chan string
	read  int // bytes so far
	leave func()
	ended chan error
}

func (c *csr) watch(line string) *feed {
	c.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := s.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := s.Start(line); err != nil {
		c.t.Fatal(err)
	}
	f := &feed{t: c.t, lines: make(chan string, 4096), leave: func() { s.Close() }, ended: make(chan error, 1)}
	go func() {
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				f.ended <- s.Wait()
				return
			}
			f.lines <- line
		}
	}()
	c.t.Cleanup(f.leave)
	return f
}

// until reads changes until one is as it should be.
func (f *feed) until(what string, is func(api.Session) bool) (s api.Session) {
	f.t.Helper()
	for {
		line := receive(f.t, f.lines)
		f.read += len(line)
		s = api.Session{}
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			f.t.Fatal(err)
		}
		if is(s) {
			return s
		}
		f.t.Logf("not yet %s: %s", what, line)
	}
}

// What a computer's journal says of the present is seen at once in every list, after a
// restart of the relay too; and nothing of it stands when the computer is away or the
// session has ended.
func TestK6V1_PictureAsItComes(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	n := alice.session("session start --json --ticket T-1 --name 'kim vm' --note hello").Number
	watch := alice.watch("session watch --json")
	watch.until("waiting", func(s api.Session) bool {
		return s.State == api.Waiting && s.Ticket == "T-1" && s.Name == "kim vm" && s.Note == "hello" && !s.Expires.IsZero()
	})
	p := w.joined(n)
	watch.until("active", func(s api.Session) bool { return s.State == api.Active && s.Expires.IsZero() })
	d := p.journal()
	run := journal.RunStart{Run: "r", Scripts: []journal.Ran{{File: consent.File{Name: "a.sh"}}, {File: consent.File{Name: "b.sh"}}}}
	events := chain(t, journal.Event{}, journal.ByCustomer, journal.SessionJoin{}, "alice", asks(1, consent.Script), journal.ByCustomer, journal.ChatMessage{Text: "what is this?"})
	d.send(events...)
	s := watch.until("asked", func(s api.Session) bool { return s.Question != nil && s.Unread == 1 })
	if left := time.Until(s.Question.Until); s.Question.Kind != "script" || s.Question.By != "alice" || left > consent.AnswerTimeout || left < consent.AnswerTimeout-patience {
		t.Errorf("%+v", s.Question)
	}
	more := chain(t, events[2], "alice", journal.ConsentAnswer{Question: consent.Question{ID: 1}}, "alice", journal.LogonStart{User: "root"}, "alice", run,
		"alice", journal.ScriptStart{Step: journal.Step{Run: "r", Step: 2}, Name: "b.sh"}, "alice", asks(2, consent.Reboot), "alice", journal.ConnectionOpen{})
	d.send(more...)
	is := func(s api.Session) bool {
		return s.Question != nil && s.Question.Kind == "reboot" && s.ActingAs == "root" && s.Run != nil && s.Run.Script == "b.sh" && s.Run.Step == 2 && s.Run.Of == 2 &&
			s.Unread == 1 && s.LastEvent != nil && s.LastEvent.Kind == journal.KindConsentAsk
	}
	watch.until("all of it", is)
	d.answer("9")
	for _, line := range []string{"session show --json " + string(n), "session show --json kim"} {
		if s := alice.session(line); !is(s) {
			t.Errorf("%s: %+v", line, s)
		}
	}
	for _, line := range []string{"session list", "session show " + string(n)} {
		if out := alice.ok(line); !strings.Contains(out, "reboot, ") || !strings.Contains(out, " s left, by alice") || !strings.Contains(out, "root") || !strings.Contains(out, "b.sh (2 of 2)") || !strings.Contains(out, "kim vm") {
			t.Errorf("%s:\n%s", line, out)
		}
	}
	// The relay is killed: what it says afterwards is what was stored.
	w.restart(nil)
	alice = w.login("alice", key)
	s = alice.session("session show --json " + string(n))
	if s.State != api.Away || s.Question != nil || s.ActingAs != "root" || s.Run == nil || s.Unread != 1 || s.Expires.IsZero() {
		t.Errorf("%+v", s)
	}
	p = w.computer(p.key, "")
	if m := p.resume(); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	watch = alice.watch("session watch --json " + string(n))
	watch.until("back", func(s api.Session) bool { return s.State == api.Active && s.Run != nil })
	d = p.journal()
	d.send(chain(t, more[5], "alice", journal.ChatRead{UpTo: 3}, "alice", journal.RunEnd{Run: "r"}, "alice", journal.LogonEnd{User: "root"})...)
	watch.until("read", func(s api.Session) bool { return s.Unread == 0 && s.Run == nil && s.ActingAs == "" })
	alice.ok("session end kim")
	watch.until("ended", func(s api.Session) bool { return s.State == api.Ended && s.Question == nil })
	if err := receive(t, watch.ended); err != nil {
		t.Errorf("whoever watches one session that ends: %v", err)
	}
	if s := alice.session("session show --json t-1"); s.State != api.Ended || s.Number != n {
		t.Errorf("%+v", s)
	}
}

// A question whose time is over is told to end, though the computer says nothing more; and
// an older computer, which never says that one begins, has the rest of the picture.
func TestK6V1_QuestionsEndByThemselves(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	d := w.joined(n).journal()
	ask := asks(1, consent.SysInfo)
	ask.Expires = time.Now().Add(2 * time.Second)
	watch := alice.watch("session watch --json " + string(n))
	d.send(chain(t, journal.Event{}, "alice", ask)...)
	watch.until("asked", func(s api.Session) bool { return s.Question != nil })
	watch.until("over", func(s api.Session) bool { return s.Question == nil && s.LastEvent != nil })

	n = alice.start()
	d = w.joined(n).journal()
	d.send(chain(t, journal.Event{}, journal.ByCustomer, journal.ChatMessage{Text: "hi"}, "alice", journal.ConsentAnswer{Question: consent.Question{ID: 1}}, "alice", journal.RunStart{Run: "r"})...)
	d.answer("3")
	if s := alice.session("session show --json " + string(n)); s.Question != nil || s.Unread != 1 || s.Run == nil {
		t.Errorf("%+v", s)
	}
}

// What people read is one line for each thing that they have to know, and none for what is
// no news.
func TestK6V1_WatchForPeople(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.session("session start --json --ticket T-1").Number
	watch := alice.watch("session watch")
	d := w.joined(n).journal()
	events := chain(t, journal.Event{}, journal.ByCustomer, journal.SessionJoin{}, "alice", journal.ConnectionOpen{}, "alice", journal.SysInfoView{}, "alice", asks(1, consent.SysInfo))
	d.send(events...)
	d.answer("4")
	for {
		if line := receive(t, watch.lines); strings.Contains(line, "asked: sysinfo, ") && strings.Contains(line, "s left, by alice") && strings.Contains(line, "ticket T-1") {
			break
		}
	}
	d.send(chain(t, events[3], "alice", journal.ConsentAnswer{Question: consent.Question{ID: 1}}, "alice", journal.ConnectionClose{}, "alice", journal.SysInfoView{})...)
	d.answer("7")
	if line := receive(t, watch.lines); strings.Contains(line, "asked") {
		t.Error(line)
	}
	alice.ok("session end " + string(n))
	if line := receive(t, watch.lines); !strings.Contains(line, "ended") {
		t.Errorf("%q: that information was looked at is no line", line)
	}
	watch.leave()
	testkit.Eventually(t, "nobody watches any more", func() bool {
		w.relay.watchers.mu.Lock()
		defer w.relay.watchers.mu.Unlock()
		return len(w.relay.watchers.all) == 0
	})
}

// A session is named by how its ticket or the CSR's own name for it begins, and by
// nothing that a computer or its customer says of itself.
func TestK6V2_NamesOfSessions(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := w.login("alice", w.account("alice", false)), w.login("bob", w.account("bob", false))
	first := alice.session("session start --json --ticket INC-100 --name printer").Number
	second := alice.session("session start --json --ticket INC-1001 --name Prüfung").Number
	other := bob.session("session start --json --ticket INC-2 --name secret").Number
	hostile := alice.session("session start --json").Number
	p := w.computer(testkit.NewKey(t), "")
	if m := p.request(wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: string(hostile), Name: "INC-100", Host: "printer", OS: string(first)}.Marshal()); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	alice.ok("session note " + string(hostile) + " printer INC-100")
	for word, want := range map[string]wire.Number{
		string(first): first, first.Spoken(): first, strings.ReplaceAll(first.Spoken(), " ", "-"): first, string(hostile): hostile,
		"printer": first, "pri": first, "PRINT": first, "prü": second, "INC-100": first, "inc-1001": second,
	} {
		if s := alice.session("session show --json " + word); s.Number != want {
			t.Errorf("%s: %s, want %s", word, s.Number, want)
		}
	}
	for word, want := range map[string]struct {
		code int
		text string
	}{
		"inc-1":  {2, `"inc-1" names 2 support sessions` + "\nhint: type more of it, or the number: " + first.Spoken() + " ticket INC-100 name printer; "},
		"pr":     {2, "names 2 support sessions"},
		"inc-2":  {6, `no session of yours has a ticket or a name that begins with "inc-2"`}, // another's
		"secret": {6, "no session of yours"}, "Bob": {6, "no session of yours"}, "hello": {6, "no session of yours"},
		"100": {2, "is no session number"}, "12345678": {2, "is no session number"}, "''": {2, "is no session number"}, "$(id)": {2, "is no session number"},
		string(other): {6, "no open session"},
	} {
		for _, command := range []string{"session show ", "session end ", "session watch ", "session note "} {
			line := command + word
			if command == "session note " {
				line += " text"
				if word == string(other) {
					continue // that is "no report"
				}
			}
			if _, problems, code := alice.run("", line); code != want.code || !strings.Contains(problems, want.text) {
				t.Errorf("%s: exit code %d, %s", line, code, problems)
			}
		}
	}
	// Names of the hostile computer end nothing else, and what is named twice or wrongly
	// ends none.
	if _, problems, code := alice.run("", "session end printer nothing-like-it"); code != 6 {
		t.Errorf("%d %s", code, problems)
	}
	if s := alice.session("session show --json printer"); s.State != api.Waiting {
		t.Errorf("%+v", s)
	}
	if _, problems, code := alice.run("", "session start --name 123-456-789"); code != 2 || !strings.Contains(problems, "digits alone") {
		t.Errorf("%d %s", code, problems)
	}
	out, problems, code := alice.run("", "session end "+first.Spoken()+" prüf --reason all is well 482 913 077")
	if code != 0 || out != "" || !strings.Contains(problems, "session "+first.Spoken()+" ticket INC-100 name printer has ended") || !strings.Contains(problems, second.Spoken()) {
		t.Errorf("%d %q %q", code, out, problems)
	}
	if s := alice.session("session show --json printer"); s.State != api.Ended || s.Reason != "all is well 482913077" {
		t.Errorf("%+v", s)
	}
	// What has ended is found by its name where nothing open has it.
	if out := alice.ok("report show inc-1001 -o json"); !strings.Contains(out, string(second)) {
		t.Errorf("%.300s", out)
	}
	_, problems, code = alice.run("", "session end --all")
	if code != 0 || !strings.Contains(problems, hostile.Spoken()+" with INC-100 on printer has ended") {
		t.Errorf("%d %q", code, problems)
	}
	if _, problems, code = alice.run("", "session end --all"); code != 6 {
		t.Errorf("%d %q", code, problems)
	}
	if s := bob.session("session show --json secret"); s.State != api.Waiting {
		t.Error("another CSR's session was ended")
	}
}

// rewrite changes the database behind the relay's back, and restarts it.
func (w *world) rewrite(f func(*sql.Tx) error) {
	w.t.Helper()
	w.stop()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, databaseFile))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(w.t.Context(), nil)
	if err == nil {
		err = errors.Join(f(tx), tx.Commit())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.restart(nil)
}

// Sessions from before there were pictures have one of their last events.
func TestK6V1_PictureOfAnOlderDatabase(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	n := w.login("alice", key).start()
	d := w.joined(n).journal()
	d.send(chain(t, journal.Event{}, journal.ByCustomer, journal.ChatMessage{Text: "hi"}, "alice", journal.LogonStart{User: "root"})...)
	d.answer("2")
	w.rewrite(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE sessions SET picture = ''`)
		return err
	})
	if s := w.login("alice", key).session("session show --json " + string(n)); s.ActingAs != "root" || s.Unread != 1 {
		t.Errorf("%+v", s)
	}
}

// With 1,000 sessions a list takes at most 100 ms, and a change costs at most 1 kB for each
// CSR who watches.
func TestK6V1_ThousandSessions(t *testing.T) {
	const sessions, changes = 1000, 10
	w := newWorld(t, nil)
	key := w.account("alice", false)
	w.rewrite(func(tx *sql.Tx) error {
		for i := range sessions {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO sessions (id, number, state, owner, customer, host, os, identity, created, joined, away, ended, ended_by, reason, ticket, name, note)
				VALUES ($1, $2, 'away', 'alice', 'Kim Minji', 'DESKTOP-0417ABC', 'Microsoft Windows 11 Pro', '', $3, $3, $3, 0, '', '', $4, $5, $6)`,
				fmt.Sprint("s", i), string(wire.NewNumber()), time.Now().UnixMilli(), fmt.Sprintf("INC-%06d", i), fmt.Sprint("customer ", i), strings.Repeat("n", 100))
			if err != nil {
				return err
			}
		}
		return nil
	})
	alice := w.login("alice", key)
	n := alice.session("session start --json --ticket INC-900000 --name busy --note 'a printer that prints nothing'").Number
	p := w.computer(testkit.NewKey(t), "")
	m := p.request(wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: string(n), Name: "김민지", Host: "DESKTOP-0417ABC", OS: "Microsoft Windows 11 Pro 24H2 (build 26100.2894)"}.Marshal())
	if m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	var took time.Duration
	for i := range 5 {
		began := time.Now()
		out := alice.ok("session list --json")
		if one := time.Since(began); i == 0 || one < took {
			took = one
		}
		if strings.Count(out, `"number"`) != sessions+1 {
			t.Fatal("sessions are missing")
		}
	}
	watch := alice.watch("session watch --json")
	for range sessions + 1 {
		receive(t, watch.lines)
	}
	d := p.journal()
	var last journal.Event
	run := journal.RunStart{Run: "r", Scripts: []journal.Ran{{File: consent.File{Name: "repair-the-printer-queue.sh"}}}}
	for i := range changes {
		events := chain(t, last, "alice", asks(uint64(i+1), consent.Script), "alice", journal.LogonStart{User: "Administrator"}, "alice", run, journal.ByCustomer, journal.ChatMessage{Text: "hello"})
		last = events[len(events)-1]
		d.send(events...)
		watch.until("unread", func(s api.Session) bool { return s.Unread == i+1 && s.Question != nil })
	}
	t.Logf("list of %d sessions: %v (race detector included where it is on); a change costs a CSR who watches %d bytes", sessions+1, took, watch.read/changes)
	if limit := 100 * time.Millisecond * slowdown; took > limit {
		t.Errorf("a list takes %v, at most %v is allowed", took, limit)
	}
	if per := watch.read / changes; per > 1<<10 {
		t.Errorf("a change costs %d bytes", per)
	}
}

// One who watches and reads nothing costs one place for each session, and hears of the
// last state of each.
func TestK6V1_WhoReadsNothingCostsNothing(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	n := alice.start()
	s, err := alice.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("session watch --json"); err != nil {
		t.Fatal(err)
	}
	other := w.login("alice", key)
	for i := range 200 {
		other.ok("session note " + string(n) + " " + fmt.Sprint(i) + strings.Repeat("x", 1000))
	}
	w.relay.watchers.mu.Lock()
	for one := range w.relay.watchers.all["alice"] {
		if len(one.changed) > 1 {
			t.Errorf("%d changes wait", len(one.changed))
		}
	}
	w.relay.watchers.mu.Unlock()
	other.ok("session end " + string(n))
	lines := bufio.NewReader(out)
	for count := 1; ; count++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, `"state":"ended"`) {
			if count > 100 {
				t.Errorf("%d lines", count)
			}
			break
		}
	}
	s.Close()
	_, _ = io.Copy(io.Discard, out)
}
