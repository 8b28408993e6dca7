package console

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
)

// day is now in tests; its clock is shown as this machine has it.
var day = time.Date(2026, 3, 2, 14, 5, 0, 0, time.Local)

var numbers = []wire.Number{"482913077", "110000002", "220000004", "330000006", "440000008", "550000000"}

func session(n wire.Number) api.Session {
	return api.Session{Number: n, State: api.Active, Customer: "Bob Lee", Host: "pc-7", OS: "Debian 13", Owner: "alice", Created: day.Add(-time.Hour), Joined: day.Add(-50 * time.Minute)}
}

// harness is a console with something of everything, at a screen that a test reads.
type harness struct {
	*Console
	t     *testing.T
	fake  *fake
	now   time.Time
	queue []tea.Msg
	raw   []string // what goes to the terminal beside the screen
	quit  bool
	still bool // a run goes on
}

func newHarness(t *testing.T, l text.Language) *harness {
	t.Helper()
	f := &fake{proved: true, sentence: "All 12 events stand here.", text: "Support session 482 913 077\n\nTimeline\n  14:05 it began\n"}
	d := &harness{t: t, fake: f, now: day}
	c, err := New(Options{
		Who: "alice@relay.example", Language: l, Now: func() time.Time { return d.now },
		Relay: f, Viewer: f, Talker: f, Controls: f, Files: f, Folders: f, Scripts: shelf{f}, Reports: keeper{f}, MaySuspend: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Console = c
	c.ticking = true // a test moves the clock
	c.send = func(m tea.Msg) { d.queue = append(d.queue, m) }
	d.resize(80, 24)
	d.fill()
	return d
}

// fill gives the fake what an ordinary day has.
func (d *harness) fill() {
	f := d.fake
	f.scripts = []api.Script{
		{Name: "restart-printer", Category: "Printers", Description: "starts the queue again", Owner: "alice", Published: true, Version: 3, Executable: "restart.sh", Size: 412, Changed: day.Add(-48 * time.Hour), Runs: 7, LastResult: api.ResultOK},
		{Name: "fix-dns", Category: "Network", Description: "writes the resolver anew", Owner: "bob", Published: true, Version: 1, Executable: "fix.sh", Size: 95, Changed: day.Add(-96 * time.Hour), Runs: 2, LastResult: api.ResultFailed},
		{Name: "디스크 정리", Category: "Disks", Description: "빈 곳을 만듭니다", Owner: "alice", Version: 1, Executable: "clean.sh", Size: 1200, Changed: day.Add(-time.Hour)},
	}
	f.reports = []api.Report{
		{Header: report.Header{Number: numbers[5], State: report.Ended, Ticket: "T-9", Presence: journal.Presence{Customer: "Jo Park", Host: "jo-pc"}, Created: day.Add(-26 * time.Hour)}, Sealed: true},
		{Header: report.Header{Number: numbers[0], State: report.Active, Ticket: "T-17", Presence: journal.Presence{Customer: "김철수", Host: "kim-pc"}, Created: day.Add(-time.Hour)}},
	}
	f.look = Look{Host: "kim-pc", Text: "System information of kim-pc\n", Changes: "Changes on kim-pc since 2026-03-01 10:00:00\n\nMemory [memory]\n- free 2 GiB\n+ free 1 GiB\n", Sections: []Section{
		{"os", "Operating system [os]", []string{"  name     Debian GNU/Linux 13", "  kernel   6.12.30"}},
		{"cpu", "Processor [cpu]", []string{"  Model   a good one, 100% better", "  Usage   12.5 %"}},
		{"memory", "Memory [memory]", []string{"  Total         16 GiB", "  free     1 GiB", "  Used percent  93.8 %"}},
		{"disks", "Disks [disks]", []string{"  Volumes (2)", "    Mount  Device     Used percent", "    /      /dev/sda1  41.5 %", "    /home  /dev/sda2  100 %", "    /x     /dev/sdb   400 %"}},
	}}
	f.staged = []library.StagedFile{{Path: "fix.sh", Size: 412}, {Path: "도구", Folder: true}, {Path: "도구/정리.sh", Size: 1200}}
	f.categories = []string{"Disks", "Network", "Printers"}
	f.folders = map[string]Listing{
		"/home": {Entries: []Entry{{Name: "alice", Folder: true}, {Name: "bob", Folder: true}}},
		"/home/alice": {Entries: []Entry{
			{Name: "도구", Folder: true}, {Name: "scripts", Folder: true}, {Name: "clean-up.sh", Size: 412}, {Name: "notes.txt", Size: 9},
		}},
		"/home/alice/scripts":          {Entries: []Entry{{Name: "a.sh", Size: 95}, {Name: "b\x1b[2J\u202e.sh", Size: 7}}, More: true},
		"/home/alice/도구":               {},
		"/home/alice/scripts/typed.sh": {File: true},
	}
	f.lines = []string{"14:01  · Alice Kim (alice) is connected to the computer", "14:02  김철수: 안녕하세요, 프린터가 안 돼요", "14:03  Alice Kim: Good morning!", "     │ queue restarted", "   ! │ one job was lost"}
}

// open puts six support sessions on the screen, one in each state.
func (d *harness) open() {
	asked, wrote, away, waiting, ended := session(numbers[0]), session(numbers[1]), session(numbers[2]), session(numbers[3]), session(numbers[5])
	asked.Customer, asked.Ticket, asked.Host, asked.Name = "김철수", "T-17", "kim-pc", "kim"
	asked.Question = &api.Question{Kind: "script", By: "alice", Until: day.Add(41 * time.Second)}
	wrote.Unread, wrote.Ticket = 2, "T-18"
	wrote.Run = &api.Run{By: "alice", Script: "fix-dns", Step: 1, Of: 2}
	away.State, away.Customer, away.Expires, away.ActingAs = api.Away, "Ann Ray", day.Add(50*time.Minute), "admin"
	waiting.State, waiting.Customer, waiting.Host, waiting.OS, waiting.Expires = api.Waiting, "", "", "", day.Add(20*time.Minute)
	ended.State, ended.Ended, ended.EndedBy = api.Ended, day.Add(-10*time.Minute), "customer"
	d.send(Change{All: true, Sessions: []api.Session{asked, wrote, away, waiting, ended}})
}

func (d *harness) resize(w, h int) { d.send(tea.WindowSizeMsg{Width: w, Height: h}) }

// send gives the console a message and does what comes of it.
func (d *harness) send(msgs ...tea.Msg) {
	for _, msg := range msgs {
		_, cmd := d.Update(msg)
		d.do(cmd)
	}
	for len(d.queue) > 0 {
		next := d.queue[0]
		d.queue = d.queue[1:]
		_, cmd := d.Update(next)
		d.do(cmd)
	}
}

func (d *harness) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.do(c)
		}
	case tea.RawMsg:
		d.raw = append(d.raw, fmt.Sprint(msg.Msg))
	case tea.QuitMsg:
		d.quit = true
	case result:
		if _, over := msg.msg.(ranAll); !over || !d.still {
			d.queue = append(d.queue, msg)
		}
	default:
		if name := fmt.Sprintf("%T", msg); strings.HasPrefix(name, "tea.") {
			d.raw = append(d.raw, fmt.Sprintf("%s %v", name, msg))
			return
		}
		d.queue = append(d.queue, msg)
	}
}

// press presses keys one after the other, as fast as a person does. Each is a name of a
// key, or a text of which every letter is one.
func (d *harness) press(keys ...string) {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"tab": tea.KeyTab, "space": tea.KeySpace, "backspace": tea.KeyBackspace, "f1": tea.KeyF1, "shift+tab": tea.KeyTab, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
	}
	for _, k := range keys {
		control, isControl := strings.CutPrefix(k, "ctrl+")
		if code, ok := special[k]; ok || isControl {
			press := tea.KeyPressMsg{Code: code}
			switch {
			case k == "shift+tab":
				press.Mod = tea.ModShift
			case isControl:
				press = tea.KeyPressMsg{Code: rune(control[0]), Mod: tea.ModCtrl}
			}
			if k == "space" {
				press.Text = " "
			}
			d.now = d.now.Add(100 * time.Millisecond)
			d.send(press)
			continue
		}
		for _, r := range k {
			d.now = d.now.Add(100 * time.Millisecond)
			d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
}

var styling = regexp.MustCompile("\x1b\\[[0-9;]*m")

// screen is what is seen, without looks.
func (d *harness) screen() string {
	lines := strings.Split(styling.ReplaceAllString(d.View().Content, ""), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// shows fails unless every text stands on the screen.
func (d *harness) shows(texts ...string) {
	d.t.Helper()
	for _, s := range texts {
		if !strings.Contains(d.screen(), s) {
			d.t.Errorf("%q is not on the screen:\n%s", s, d.screen())
		}
	}
}

// golden compares the screen with a file.
func (d *harness) golden(name string) {
	d.t.Helper()
	same(d.t, name+"."+string(d.opts.Language)+".txt", d.screen())
}

// same compares a text with a file of testdata; with UPDATE_GOLDEN it writes the file.
func same(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another one:\n%s\nand not:\n%s", path, got, want)
	}
}

// steps of a run on two computers.
func runEvents() []RunEvent {
	output := func(n wire.Number, step int, stream, s string) RunEvent {
		return RunEvent{Number: n, Event: &journal.RunEvent{Kind: journal.KindScriptOutput, Step: step, Stream: stream, Text: s}}
	}
	begin := func(n wire.Number, step int) RunEvent {
		return RunEvent{Number: n, Event: &journal.RunEvent{Kind: journal.KindScriptStart, Step: step}}
	}
	exit := func(n wire.Number, step, code int) RunEvent {
		return RunEvent{Number: n, Event: &journal.RunEvent{Kind: journal.KindScriptExit, Step: step, Outcome: &journal.Outcome{Reason: journal.Exited, Code: code}}}
	}
	return []RunEvent{
		begin(numbers[0], 1), output(numbers[0], 1, journal.Stdout, "one\ntw"), output(numbers[0], 1, journal.Stderr, "bad\n"), output(numbers[0], 1, journal.Stdout, "o\n"),
		exit(numbers[0], 1, 0), begin(numbers[0], 2), exit(numbers[0], 2, 3), {Number: numbers[0], Ended: true},
		{Number: numbers[1], Ended: true, Denied: true, Err: os.ErrPermission},
	}
}

// pasted is what the terminal says of pasted text.
func (d *harness) pasted(s string) tea.Msg { return tea.PasteMsg{Content: s} }
