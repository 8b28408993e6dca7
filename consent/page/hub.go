package page

import (
	"context"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	// maxItems bounds the events and messages that a new tab is shown.
	maxItems = 600
	// maxOutput bounds what is kept of a run's output, in bytes: the report has the rest.
	maxOutput = 64 << 10
	// maxStreams bounds the tabs that are fed: a browser makes 6 connections to one host,
	// and a person needs some of them to answer.
	maxStreams = 4
)

// hub is what there is to show, and the streams that show it. Nothing in it waits for a
// browser: each stream takes what it has not sent yet.
type hub struct {
	mu      sync.Mutex // held for moments only, never while something is sent
	state   State
	version uint64 // of the state, from 1
	items   []item // events and chat, oldest first
	last    uint64 // sequence number of the newest
	output  output
	asked   *asked  // the question that stands, or nil
	closed  *closed // the last that stood
	turns   uint64  // counts questions that came or went

	streams []*stream
	present time.Time // since when a stream is open, or none is
	seen    chan struct{}
	changed chan struct{} // closed when the last stream goes or the first comes
	leaving bool
	left    chan struct{} // closed when leaving, and every stream is done
}

// item is an event or a message.
type item struct {
	seq   uint64
	event *Event
	chat  *Chat
}

// output is the last part of what a run has written.
type output struct {
	run   uint64 // which run
	step  int
	end   uint64 // how many bytes there were
	bytes string // the last of them
}

// stream is one tab that is fed.
type stream struct {
	tab       *tab
	wake      chan struct{} // holds one token when there may be something new
	elsewhere bool          // a newer one has taken its place
	newPhase  bool          // the state that is being sent has another phase
	sent      sent
}

// sent is what a stream has sent already.
type sent struct {
	version, item, turn uint64
	run, output         uint64
	bye                 bool
}

func (h *hub) init() {
	h.state.Phase, h.version = PhaseStarting, 1
	h.present = time.Now()
	h.seen, h.changed, h.left = make(chan struct{}), make(chan struct{}), make(chan struct{})
}

// wakeLocked lets the streams look for what is new.
func (h *hub) wakeLocked() {
	for _, st := range h.streams {
		select {
		case st.wake <- struct{}{}:
		default:
		}
	}
}

// SetState shows a new state. It never waits.
func (s *Server) SetState(state State) {
	h := &s.hub
	if state.Run != nil && !h.runs() {
		s.entry.voidWays()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if state.Run != nil && (h.state.Run == nil || !h.state.Run.Since.Equal(state.Run.Since)) {
		h.output = output{run: h.output.run + 1}
	}
	h.state = state.clone()
	h.version++
	h.wakeLocked()
}

// clone lets the caller go on with what it has.
func (s State) clone() State {
	s.People, s.Allowed, s.MayAllow = slices.Clone(s.People), slices.Clone(s.Allowed), slices.Clone(s.MayAllow)
	s.Fingerprint, s.Words = slices.Clone(s.Fingerprint), slices.Clone(s.Words)
	if s.Away != nil {
		s.Away = &Away{slices.Clone(s.Away.Kinds), s.Away.Until}
	}
	if s.Run != nil {
		s.Run = &Run{s.Run.Who, slices.Clone(s.Run.Scripts), s.Run.Since}
	}
	if s.End != nil {
		end := *s.End
		end.Said, end.Summary, end.Undone = slices.Clone(end.Said), slices.Clone(end.Summary), slices.Clone(end.Undone)
		s.End = &end
	}
	return s
}

// Event adds to what happened. It never waits.
func (s *Server) Event(e Event) { s.hub.add(item{event: &e}) }

// Chat adds a message to the chat. It never waits.
func (s *Server) Chat(c Chat) { s.hub.add(item{chat: &c}) }

func (h *hub) add(i item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	i.seq = h.last
	if len(h.items) >= maxItems {
		h.items = slices.Delete(h.items, 0, 1)
	}
	h.items = append(h.items, i)
	h.wakeLocked()
}

// Output adds to what the program of a run has written; step counts from 1. It never
// waits, and only the last part of much output is kept.
func (s *Server) Output(step int, written string) {
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if step != h.output.step {
		h.output.step = step
		written = h.headingLocked(step) + written
	}
	h.output.end += uint64(len(written))
	h.output.bytes = lastPart(h.output.bytes+written, maxOutput)
	h.wakeLocked()
}

// headingLocked stands above the output of a script.
func (h *hub) headingLocked(step int) string {
	if h.state.Run == nil || step < 1 || step > len(h.state.Run.Scripts) {
		return ""
	}
	line := ""
	if h.output.end > 0 {
		line = "\n"
	}
	return line + "── " + plain(h.state.Run.Scripts[step-1], maxLine) + "\n"
}

// lastPart is the end of s, of at most n bytes and whole characters.
func lastPart(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	for len(s) > 0 && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	return s
}

// Opened is closed when a page has been open for the first time.
func (s *Server) Opened() <-chan struct{} { return s.hub.seen }

// Present reports whether a page is open now, and since when that is so. Before the
// first one it counts from [New].
func (s *Server) Present() (open bool, since time.Time) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return len(s.hub.streams) > 0, s.hub.present
}

// presence is Present, with what is closed at the next change.
func (h *hub) presence() (open bool, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.streams) > 0, h.changed
}

// Gone waits until no page has been open for d without a break, and returns nil, or the
// cause of ctx. The time that the computer slept does not count.
func (s *Server) Gone(ctx context.Context, d time.Duration) error {
	const step = time.Second
	for absent := time.Duration(0); absent < d; {
		open, changed := s.hub.presence()
		pause := min(step, d-absent)
		if open {
			absent, pause = 0, time.Hour
		}
		before := time.Now()
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			if !open {
				absent += min(time.Since(before), 2*step) // more is a sleep, or a clock that jumped
			}
		case <-changed:
			absent = 0
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		timer.Stop()
	}
	return nil
}

// join adds a stream. The oldest makes room for it.
func (h *hub) join(t *tab) *stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	st := &stream{tab: t, wake: make(chan struct{}, 1)}
	st.wake <- struct{}{}
	if len(h.streams) == 0 {
		h.turnLocked()
	}
	fed := 0
	for i := len(h.streams) - 1; i >= 0; i-- {
		if fed++; fed >= maxStreams {
			h.streams[i].elsewhere = true
		}
	}
	h.streams = append(h.streams, st)
	select {
	case <-h.seen:
	default:
		close(h.seen)
	}
	h.wakeLocked()
	return st
}

// expel ends the streams of a tab that is out.
func (h *hub) expel(t *tab) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t.out = true
	for _, st := range h.streams {
		st.elsewhere = st.elsewhere || st.tab == t
	}
	h.wakeLocked()
}

// quit removes a stream.
func (h *hub) quit(st *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams = slices.DeleteFunc(h.streams, func(other *stream) bool { return other == st })
	if len(h.streams) == 0 {
		h.turnLocked()
	}
	h.leftLocked()
}

// turnLocked notes that a page is open again, or none any more.
func (h *hub) turnLocked() {
	h.present = time.Now()
	close(h.changed)
	h.changed = make(chan struct{})
}

// leave tells the streams that the program goes; the channel is closed when all of them
// have everything.
func (h *hub) leave() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaving = true
	h.wakeLocked()
	h.leftLocked()
	return h.left
}

// has notes that a tab holds everything.
func (h *hub) has(t *tab) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t.has = true
	h.leftLocked()
}

func (h *hub) leftLocked() {
	if !h.leaving || slices.ContainsFunc(h.streams, func(st *stream) bool { return !st.tab.has && !st.elsewhere }) {
		return
	}
	select {
	case <-h.left:
	default:
		close(h.left)
	}
}
