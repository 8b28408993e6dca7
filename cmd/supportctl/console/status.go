package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// watchEnded is the end of watching, which is that of the console where there is an error.
type watchEnded struct{ err error }

// watch is told of every change, until the console ends.
func (c *Console) watch() tea.Cmd {
	return func() tea.Msg {
		if !c.work.begin() {
			return nil
		}
		defer c.work.group.Done()
		err := c.opts.Relay.Watch(c.work.ctx, func(change Change) { c.send(change) })
		if c.work.ctx.Err() != nil {
			err = nil
		}
		return watchEnded{err}
	}
}

// changed takes what the relay tells.
func (c *Console) changed(change Change) tea.Cmd {
	if change.Lost != nil {
		if !c.lost {
			c.say(noticeBad, c.words[wRelayLost]+" ("+c.shortError(change.Lost)+")")
		}
		c.lost = true
		return nil
	}
	if c.lost {
		c.say(noticeInfo, c.words[wRelayBack])
	}
	c.lost = false
	var rung []tea.Cmd
	if change.All {
		for n, e := range c.sessions.replace(change.Sessions) {
			rung = append(rung, c.alert(n, e)...)
		}
	} else {
		for _, s := range change.Sessions {
			if e := c.sessions.put(s); e != nothing {
				rung = append(rung, c.alert(s.Number, e)...)
			}
		}
	}
	var told []tea.Cmd
	for _, v := range c.views {
		told = append(told, v.update(changed{}))
	}
	return tea.Batch(append(told, c.bell(rung), c.tickSoon())...)
}

// alert says what a customer did, and names the support session to the desktop.
func (c *Console) alert(n wire.Number, e event) []tea.Cmd {
	if e == gone || e == returned {
		c.moved(n, e)
		return nil
	}
	what := map[event]word{joined: wJoined, wrote: wWrote, answered: wAnswered}[e]
	said := fmt.Sprintf(c.words[what], c.nameOf(n))
	c.say(noticeCall, said)
	// What was answered says more than that it was: it stays in sight.
	if last := len(c.notices) - 1; !c.inLines && e == answered && last > 0 && c.notices[last-1].sort != noticeCall && c.notices[last].at.Sub(c.notices[last-1].at) < stays {
		c.notices[last], c.notices[last-1] = c.notices[last-1], c.notices[last]
	}
	return []tea.Cmd{tea.Raw(desktopNotice(said))}
}

// moved says that a computer went away or is back. Nobody calls, so nothing rings.
func (c *Console) moved(n wire.Number, e event) {
	switch away, known := c.away[n]; {
	case e == returned && known:
		c.say(noticeInfo, fmt.Sprintf(c.words[wReturned], c.nameOf(n), int(c.opts.Now().Sub(away).Round(time.Second).Seconds())))
		delete(c.away, n)
	case e == gone && c.sessions.known[n].Reason == wire.AwayRebooting:
		c.away[n] = c.opts.Now()
		c.say(noticeInfo, fmt.Sprintf(c.words[wRestarts], c.nameOf(n)))
	case e == gone:
		c.away[n] = c.opts.Now()
		c.say(noticeBad, fmt.Sprintf(c.words[wGone], c.nameOf(n)))
	}
}

// stays is how long an answer is not covered by the news of it.
const stays = 5 * time.Second

// desktopNotice asks the terminal to show a notification: OSC 9 for those that know it,
// OSC 777 for the others. What it says cannot end the sequence.
func desktopNotice(s string) string {
	s = strings.NewReplacer(";", ",", `\`, "/").Replace(text.Plain(s, 120))
	return "\x1b]9;" + s + "\x07\x1b]777;notify;supportd;" + s + "\x07"
}

// bell rings once for all that has come together.
func (c *Console) bell(notices []tea.Cmd) tea.Cmd {
	if len(notices) == 0 {
		return nil
	}
	return tea.Batch(append(notices, tea.Raw("\a"))...)
}

// second is the tick of a clock that goes only while a question stands.
type second struct{}

// tickSoon starts the clock where seconds have to be counted.
func (c *Console) tickSoon() tea.Cmd {
	if c.ticking || !c.sessions.asked(c.opts.Now()) {
		return nil
	}
	c.ticking = true
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return second{} })
}

func (c *Console) tick() tea.Cmd {
	c.ticking = false
	return c.tickSoon()
}

// sort of a notice.
type sort int

const (
	noticeInfo sort = iota
	noticeBad
	noticeCall // a customer did something
)

// notice is a line below the view. It is hostile.
type notice struct {
	sort sort
	at   time.Time
	text string
}

// maxNotices bounds how many are kept to be read again.
const maxNotices = 200

func (c *Console) say(s sort, what string) {
	c.notices = append(c.notices, notice{s, c.opts.Now(), text.Plain(what, 1000)})
	if more := len(c.notices) - maxNotices; more > 0 {
		c.notices = append([]notice(nil), c.notices[more:]...)
	}
}

// failed says an error with its hint, and reports whether there was one.
func (c *Console) failed(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return err != nil
	}
	c.say(noticeBad, c.errorLine(err))
	return true
}

// errorLine is an error with its hint, in a line.
func (c *Console) errorLine(err error) string {
	said := c.shortError(err)
	var e *cmdline.Error
	if errors.As(err, &e) && e.Hint != "" {
		said += " - " + text.Plain(e.HintIn(c.opts.Speaker), 300)
	}
	return said
}

func (c *Console) shortError(err error) string {
	return text.Plain(c.opts.Speaker.Error(err), 300)
}

// sign stands before a notice, so that no colour has to say what it is.
func (s sort) sign() string {
	return map[sort]string{noticeInfo: "-", noticeBad: "x", noticeCall: "!"}[s]
}

func (c *Console) noticeLine(width int) string {
	if len(c.notices) == 0 {
		return ""
	}
	n := c.notices[len(c.notices)-1]
	shown := line(n.sort.sign()+" "+n.text, width)
	switch n.sort {
	case noticeBad, noticeCall:
		return c.look.urgent(shown)
	}
	return shown
}

// messages shows the last notices again, the newest first.
func (c *Console) messages() tea.Cmd {
	var b strings.Builder
	for i := len(c.notices) - 1; i >= 0; i-- {
		n := c.notices[i]
		b.WriteString(c.clock(n.at) + " " + n.sort.sign() + " " + n.text + "\n")
	}
	if b.Len() == 0 {
		b.WriteString(c.words[wNoMessages])
	}
	if v, shown := c.top().(*textView); !shown || v.name != c.words[wMessages] {
		c.showText(c.words[wMessages], b.String())
	}
	return nil
}

// headLine says where one is, how many customers need the CSR, and whether the relay is
// there.
func (c *Console) headLine(width int) string {
	right := "  " + c.calls()
	if c.lost {
		right += "  x " + c.words[wRelayAway]
	} else {
		right += "  + " + c.words[wRelayThere]
	}
	right = text.Cut(right+" ", width)
	left := " supportd | " + text.Escape(c.top().title()) + " | " + text.Escape(c.opts.Who)
	return c.look.head(cell(left, width-text.Width(right)) + right)
}

// calls counts who needs the CSR.
func (c *Console) calls() string {
	var all []string
	if n := c.sessions.count(needAnswer); n > 0 {
		all = append(all, fmt.Sprintf("! %d %s", n, c.words[wStateUnread]))
	}
	if n := c.sessions.count(needWait); n > 0 {
		all = append(all, fmt.Sprintf("? %d %s", n, c.words[wStateAsked]))
	}
	return strings.Join(all, "  ")
}

func (c *Console) windowTitle() string {
	if calls := c.calls(); calls != "" {
		return "supportd: " + calls
	}
	return "supportd"
}

// keyLine names the keys of the view as far as they fit: first help and the way back,
// and a sign where some are left out. The help has all of them.
func (c *Console) keyLine(width int) string {
	shown, typing := " "+c.keyName(wHelp)+" "+c.words[wHelp], false
	if p, ok := c.top().(pointed); ok {
		_, _, typing = p.cursor()
	}
	if typing { // a letter is one of the text
		shown = ""
	}
	const left = " …"
	all := c.available()
	slices.SortStableFunc(all, func(a, b action) int { return cmp.Compare(notBack(a), notBack(b)) })
	for _, a := range all {
		first := keysOf(a.name)[0]
		if movements()[a.name] || a.name == wHelp || a.name == wMessages || a.name == wSuspend || typing && (len(first) == 1 || first == "space") {
			continue
		}
		more := "  " + c.keyName(a.name) + " " + c.words[a.name]
		if text.Width(shown+more) > width-text.Width(left) {
			shown += left
			break
		}
		shown += more
	}
	return c.look.faint(text.Cut(shown, width))
}

func notBack(a action) int {
	if a.name == wBack {
		return 0
	}
	return 1
}

// clock is a time of today.
func (c *Console) clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("15:04")
}

// nameOf names a support session for people: its number, customer, ticket and name.
func (c *Console) nameOf(n wire.Number) string {
	return strings.TrimSpace(n.Spoken() + " " + c.calledOf(n))
}

// shortName is nameOf without the number, where there is something else.
func (c *Console) shortName(n wire.Number) string {
	if called := c.calledOf(n); called != "" {
		return called
	}
	return n.Spoken()
}

func (c *Console) calledOf(n wire.Number) string {
	s := c.sessions.known[n]
	var parts []string
	for _, part := range []string{s.Customer, s.Ticket, s.Name} {
		if part = text.Plain(part, 40); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// state is a sign and a word for where a support session stands.
func (c *Console) state(s api.Session) string {
	sign := map[need]string{needAnswer: "!", needWait: "?", needHelp: "x", needNothing: "+", needAway: "~", needJoin: ".", needOver: "-"}
	name := map[need]word{needAnswer: wStateUnread, needWait: wStateAsked, needHelp: wStateDelayed, needNothing: wStateActive, needAway: wStateAway, needJoin: wStateWaiting, needOver: wStateEnded}
	n := needOf(s)
	return sign[n] + " " + c.words[name[n]]
}

// now says what goes on in a support session, the most urgent first.
func (c *Console) now(s api.Session) string {
	var all []string
	add := func(name word, args ...any) { all = append(all, fmt.Sprintf(c.words[name], args...)) }
	if s.Unread > 0 {
		add(wNowUnread, s.Unread)
	}
	if q := s.Question; q != nil {
		left := max(0, int(q.Until.Sub(c.opts.Now()).Round(time.Second).Seconds()))
		add(wNowAsked, c.kind(q.Kind), left, q.By)
	}
	if r := s.Run; r != nil {
		add(wNowRun, r.Script, r.Step, r.Of)
	}
	if s.ActingAs != "" {
		add(wNowAs, s.ActingAs)
	}
	if s.Delay != nil {
		add(wNowDelay, c.clock(s.Delay.Until))
	}
	switch s.State {
	case api.Away:
		if s.Reason == wire.AwayRebooting {
			add(wNowRestarts, c.clock(s.Expires))
		} else {
			add(wNowAway, c.clock(s.Expires))
		}
	case api.Waiting:
		add(wNowWaiting, c.clock(s.Expires))
	case api.Ended:
		by := s.EndedBy
		if said := c.words[word("by "+by)]; said != "" {
			by = said
		}
		add(wNowEnded, c.clock(s.Ended), by)
	}
	return strings.Join(all, "; ")
}

// kind is what a question is about.
func (c *Console) kind(kind string) string {
	if said := c.words[word("kind "+kind)]; said != "" {
		return said
	}
	return kind
}
