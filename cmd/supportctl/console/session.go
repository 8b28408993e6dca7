package console

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/text"
	"supportd/library/wire"
)

// The tabs of a support session.
const (
	tabOverview = iota
	tabInfo
	tabFiles
	tabChat
	tabLog
	tabCount
)

// sessionView is one support session, in tabs.
type sessionView struct {
	c      *Console
	number wire.Number
	tab    int
	info   infoTab
	files  filesTab
	chat   feed
	log    feed
	say    chan string // what is sent in the chat
	typed  field
	row    int // of what is typed
	ctx    context.Context
	cancel context.CancelFunc
	does   string // what is going on here, "" is nothing
	secret *secretView
	words  string // what is known of the safety words; "" is nothing yet
}

// openSession shows a support session at one of its tabs.
func (c *Console) openSession(n wire.Number, tab int) tea.Cmd {
	v := &sessionView{c: c, number: n, tab: tab, say: make(chan string, sayAhead), typed: newField(maxTyped)}
	v.ctx, v.cancel = c.within()
	v.info.c = c
	v.chat.pages.stays, v.log.pages.stays = true, true
	c.push(v)
	return v.show()
}

const (
	// sayAhead is how many messages may wait to be sent.
	sayAhead = 16
	// maxTyped bounds a message, in characters: the longest of them have four bytes.
	maxTyped = 1000
)

func (v *sessionView) session() api.Session { return v.c.sessions.known[v.number] }

func (v *sessionView) title() string { return v.c.nameOf(v.number) }

// connected reports whether the computer can be reached, and says where it cannot.
func (v *sessionView) connected() bool {
	if v.session().State == api.Active {
		return true
	}
	v.c.say(noticeBad, v.c.words[wNotConnected])
	return false
}

func (v *sessionView) actions() []action {
	turn := func(by int) func() tea.Cmd {
		return func() tea.Cmd { v.tab = (v.tab + by + tabCount) % tabCount; return v.show() }
	}
	to := func(tab int) func() tea.Cmd { return func() tea.Cmd { v.tab = tab; return v.show() } }
	all := []action{{wNextTab, turn(1)}, {wLastTab, turn(-1)}}
	work := []action{
		{wRun, func() tea.Cmd { return v.c.openRun(v.number) }},
		{wRestart, v.restart}, {wLogOn, v.logOn}, {wLogOff, v.logOff}, {wWords, v.compare},
		{wEnd, func() tea.Cmd { return v.c.askEnd(v.session()) }},
		{wCopy, func() tea.Cmd { return v.c.copy(v.session()) }},
	}
	switch v.tab {
	case tabOverview: // the tabs stand on the screen, and these nowhere else
		all, work = append(work, all...), nil
	case tabInfo:
		all = append(v.info.actions(v), all...)
	case tabFiles:
		all = append(v.files.actions(v), all...)
	case tabLog:
		all = append(all, v.log.pages.moves()...)
	case tabChat:
		return append(all, []action{{wPageUp, v.chat.by(-1)}, {wPageDown, v.chat.by(1)}}...)
	}
	return append(append(all, []action{
		{wInformation, to(tabInfo)}, {wStaged, to(tabFiles)}, {wChat, to(tabChat)}, {wLog, to(tabLog)},
	}...), work...)
}

// show begins what the tab needs, and ends the chat where it is not seen: what a chat has
// shown counts as read.
func (v *sessionView) show() tea.Cmd {
	if v.tab != tabChat {
		v.chat.stop()
	}
	if v.session().State != api.Active {
		return nil
	}
	switch v.tab {
	case tabFiles:
		if !v.files.seen {
			return v.files.fetch(v)
		}
	case tabChat:
		return v.chat.begin(v, func(ctx context.Context, tell func(string)) error {
			return v.c.opts.Talker.Chat(ctx, v.number, v.say, tell)
		})
	case tabLog:
		return v.log.begin(v, func(ctx context.Context, tell func(string)) error {
			return v.c.opts.Talker.Log(ctx, v.number, tell)
		})
	}
	return nil
}

func (v *sessionView) key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	if v.tab != tabChat {
		return nil, false
	}
	switch k.String() {
	case "esc", "tab", "shift+tab", "pgup", "pgdown", "ctrl+z":
		return nil, false
	case "enter":
		if !v.c.pace.pasted() && v.connected() {
			v.send()
		}
	default:
		v.typed.key(k)
	}
	return nil, true
}

// send sends what is typed; where too much waits, it stays.
func (v *sessionView) send() {
	said := strings.TrimSpace(v.typed.value())
	if said == "" {
		return
	}
	select {
	case v.say <- said:
		v.typed.set("")
	default:
		v.c.say(noticeBad, v.c.words[wTooMuch])
	}
}

func (v *sessionView) update(msg any) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		if v.tab == tabChat {
			v.typed.paste(msg.Content)
		}
	case changed:
		return v.show()
	case fed:
		msg.feed.take(v.c, msg)
	case feedEnded:
		msg.feed.take(v.c, msg)
	case looked:
		v.info.take(msg)
	case staged:
		return v.files.take(v, msg)
	case wordsKnown:
		return v.knows(msg)
	case wordsKept:
		v.kept(msg)
	case done:
		v.does = ""
		if v.secret != nil { // a password that nobody waits for any more
			v.c.drop(v.secret)
			v.secret = nil
		}
		if !v.c.failed(msg.err) && msg.said != "" {
			v.c.say(noticeInfo, msg.said)
		}
	case askSecret:
		v.secret = &secretView{c: v.c, user: msg.user, answer: msg.answer}
		v.c.push(v.secret)
	}
	return nil
}

func (v *sessionView) close() { v.cancel() }

// done is the end of something that was asked of a computer.
type done struct {
	err  error
	said string
}

// act does something on the computer; what the computer says stands below.
func (v *sessionView) act(does word, f func(ctx context.Context, tell func(string)) error) tea.Cmd {
	switch {
	case !v.connected():
		return nil
	case v.does != "":
		v.c.say(noticeBad, v.does)
		return nil
	}
	v.does = v.c.words[does]
	v.c.say(noticeInfo, v.does)
	// It goes on when the view is closed.
	return v.c.do(v, func(ctx context.Context) any {
		err := f(ctx, func(line string) { v.c.Tell(v.number, line) })
		return done{err: err}
	})
}

func (v *sessionView) restart() tea.Cmd {
	if !v.connected() {
		return nil
	}
	s := v.session()
	question := []string{v.c.words[wAskRestart], "", v.c.words[wCustomer] + ": " + orDash(s.Customer), v.c.words[wComputer] + ": " + orDash(s.Host)}
	v.c.confirm(v.c.words[wRestart], question, func(to view) tea.Cmd {
		v.c.drop(to)
		return v.act(wRestarting, func(ctx context.Context, tell func(string)) error {
			return v.c.opts.Controls.Restart(ctx, v.number, tell)
		})
	}, func(error) {})
	return nil
}

// askSecret is that a computer waits for a password.
type askSecret struct {
	user   string
	answer chan<- []byte
}

func (v *sessionView) logOn() tea.Cmd {
	if !v.connected() {
		return nil
	}
	v.c.ask(v.c.words[wLogOn], []string{v.c.words[wAskUser]}, "", func(user string) tea.Cmd {
		if user == "" {
			return nil
		}
		return v.act(wLoggingOn, func(ctx context.Context, tell func(string)) error {
			return v.c.opts.Controls.LogOn(ctx, v.number, user, func() ([]byte, error) {
				answer := make(chan []byte, 1)
				v.c.send(result{v, askSecret{user, answer}})
				select {
				case secret, given := <-answer:
					if given {
						return secret, nil
					}
				case <-ctx.Done():
				}
				return nil, context.Canceled
			}, tell)
		})
	})
	return nil
}

func (v *sessionView) logOff() tea.Cmd {
	return v.act(wLoggingOff, func(ctx context.Context, tell func(string)) error {
		return v.c.opts.Controls.LogOff(ctx, v.number, tell)
	})
}

func (v *sessionView) cursor() (x, y int, shown bool) {
	return 2 + v.typed.at(), v.row, v.tab == tabChat
}

func (v *sessionView) draw(width, height int) []string {
	var tabs []string
	for i, name := range []word{wOverview, wInformation, wStaged, wChat, wLog} {
		if shown := " " + v.c.words[name] + " "; i == v.tab {
			tabs = append(tabs, "["+shown+"]")
		} else {
			tabs = append(tabs, " "+shown+" ")
		}
	}
	s := v.session()
	lines := []string{v.c.look.strong(line(strings.Join(tabs, ""), width)), line(v.c.state(s)+"  "+v.c.now(s), width)}
	rest := height - len(lines)
	switch v.tab {
	case tabInfo:
		return append(lines, v.info.draw(width, rest)...)
	case tabFiles:
		return append(lines, v.files.draw(v, width, rest)...)
	case tabChat:
		drawn := v.chat.draw(v.c, width, rest-1)
		for len(drawn) < rest-1 {
			drawn = append(drawn, "")
		}
		lines = append(lines, drawn...)
		v.row = len(lines)
		return append(lines, "> "+v.typed.draw(width-3))
	case tabLog:
		return append(lines, v.log.draw(v.c, width, rest)...)
	}
	return append(append(lines, v.overview(width)...), v.c.bars(v.info.look, width)...)
}

// overview says in lines what is known of the support session.
func (v *sessionView) overview(width int) (lines []string) {
	s := v.session()
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Local().Format(time.DateTime)
	}
	logged := ""
	if s.ActingAs != "" {
		logged = s.ActingAs
	}
	last := ""
	if s.LastEvent != nil {
		last = s.LastEvent.Kind + ", " + v.c.clock(s.LastEvent.Time)
	}
	facts := []struct {
		name  word
		value string
	}{
		{wNumber, s.Number.Spoken()}, {wLink, s.Link}, {wCustomer, s.Customer}, {wComputer, s.Host}, {wSystem, s.OS}, {wTicket, s.Ticket},
		{wName, s.Name}, {wNote, s.Note}, {wOwner, s.Owner}, {wActing, logged}, {wWordsFact, v.words}, {wCreated, day(s.Created)}, {wJoinedAt, day(s.Joined)},
		{wEndedAt, day(s.Ended)}, {wReason, s.Reason}, {wLastEvent, last},
	}
	widest := 0
	for _, f := range facts {
		widest = max(widest, text.Width(v.c.words[f.name]))
	}
	lines = append(lines, "")
	for _, f := range facts {
		if f.value != "" {
			lines = append(lines, line("  "+text.Pad(v.c.words[f.name], widest)+"  "+f.value, width))
		}
	}
	return lines
}
