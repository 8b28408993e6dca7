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

// answerTime is how long a customer has for an answer.
const answerTime = time.Minute

// asks begins a question, answers ends it.
func asks(id uint64, kind string) (p journal.ConsentAsk) {
	if err := json.Unmarshal(fmt.Appendf(nil, `{"question":%d,"kind":%q}`, id, kind), &p); err != nil {
		panic(err)
	}
	p.Expires = time.Now().Add(answerTime)
	return p
}

func answers(id uint64) (p journal.ConsentAnswer) {
	p.Question.ID = id
	return p
}

// runs begins a run of scripts with these names.
func runs(names ...string) journal.RunStart {
	p := journal.RunStart{Run: "r", Scripts: make([]journal.Ran, len(names))}
	for i, name := range names {
		p.Scripts[i].Name = name
	}
	return p
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
	events := chain(t, journal.Event{}, journal.ByCustomer, journal.SessionJoin{}, "alice", asks(1, "script"), journal.ByCustomer, journal.ChatMessage{Text: "what is this?"})
	d.send(events...)
	s := watch.until("asked", func(s api.Session) bool { return s.Question != nil && s.Unread == 1 })
	if left := time.Until(s.Question.Until); s.Question.Kind != "script" || s.Question.By != "alice" || left > answerTime || left < answerTime-patience {
		t.Errorf("%+v", s.Question)
	}
	more := chain(t, events[2], "alice", answers(1), "alice", journal.LogonStart{User: "root"}, "alice", runs("a.sh", "b.sh"),
		"alice", journal.ScriptStart{Step: journal.Step{Run: "r", Step: 2}, Name: "b.sh"}, "alice", asks(2, "reboot"), "alice", journal.ConnectionOpen{})
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
	ask := asks(1, "sysinfo")
	ask.Expires = time.Now().Add(2 * time.Second)
	watch := alice.watch("session watch --json " + string(n))
	d.send(chain(t, journal.Event{}, "alice", ask)...)
	watch.until("asked", func(s api.Session) bool { return s.Question != nil })
	watch.until("over", func(s api.Session) bool { return s.Question == nil && s.LastEvent != nil })

	n = alice.start()
	d = w.joined(n).journal()
	d.send(chain(t, journal.Event{}, journal.ByCustomer, journal.ChatMessage{Text: "hi"}, "alice", answers(1), "alice", journal.RunStart{Run: "r"})...)
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
	events := chain(t, journal.Event{}, journal.ByCustomer, journal.SessionJoin{}, "alice", journal.ConnectionOpen{}, "alice", journal.SysInfoView{}, "alice", asks(1, "sysinfo"))
	d.send(events...)
	d.answer("4")
	for {
		if line := receive(t, watch.lines); strings.Contains(line, "asked: sysinfo, ") && strings.Contains(line, "s left, by alice") && strings.Contains(line, "ticket T-1") {
			break
		}
	}
	d.send(chain(t, events[3], "alice", answers(1), "alice", journal.ConnectionClose{}, "alice", journal.SysInfoView{})...)
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

// rewrite changes the database behind the relay's back, and restarts it.
func (w *world) rewrite(f func(*sql.Tx) error) {
	w.t.Helper()
	onFile(w.t)
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
