package main

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"supportd/consent"
	"supportd/library/text"
)

const (
	// maxHeld bounds the messages that wait behind a question or a terminal that
	// does not take any.
	maxHeld = 50
	// patience bounds the wait for such a terminal at the end.
	patience = time.Second
	// mostPeople bounds the CSRs whose names are remembered.
	mostPeople = 100
	// blink is less than anyone needs to type a word and Enter.
	blink = 500 * time.Millisecond
)

// screen is the customer's terminal: the messages, and one question at a time.
// While a question stands nothing else is written, so that nothing can look like
// part of it. A terminal can be stopped by a key or a click into it; that holds
// up questions, but nothing else. It is safe for concurrent use.
type screen struct {
	in      *os.File // nil where nobody can be asked
	out     io.Writer
	lang    text.Language
	charset charset // of the terminal
	plain   bool    // it knows no escape sequences

	queue chan piece // for the goroutine that writes
	done  chan struct{}

	mu     sync.Mutex
	asking bool
	met    bool                      // somebody has typed something here
	people map[string]consent.Person // CSRs who were spoken of, by account

	away      bool // the support session stood before, and does not now
	trouble   key  // why, as it was said
	tries     int  // how often it could not be reached at first
	undone    undone
	held      []string
	comparing comparing
	chat      *chat // nil while nobody can type messages
	output    output
	page      listener // is told the same; nil where there is none
}

// listener is another screen of the customer, which has its own look and is told the
// same. It must not block.
type listener interface {
	// happened takes a sentence; k is its text, or -1 where it is made of several.
	happened(k key, sentence string)
	saidBy(who, message string)
	printed(step int, written string)
}

// piece is what is written at once; written is closed then.
type piece struct {
	text    string
	written chan struct{}
}

// opening is what a customer reads first who has typed a number: who is behind this, and
// what they are promised.
func (s *screen) opening(allowed []consent.Kind, withheld consent.Withheld) string {
	return s.framed(phrase(s.lang, onlyIfYouCalled) + "\n\n" + s.promises(allowed, withheld))
}

// framed is text between two lines across the screen.
func (s *screen) framed(text string) string {
	return s.rule() + "\n" + s.notice(text) + "\n" + s.rule()
}

// promises are what a customer is asked, what they keep to themselves, and how to stop.
func (s *screen) promises(allowed []consent.Kind, withheld consent.Withheld) string {
	kept := ""
	if names := withheld.Names(s.lang); names != "" {
		kept = "\n" + phrase(s.lang, youWithhold, names)
	}
	first := phrase(s.lang, firstScreen)
	if len(allowed) > 0 {
		names := make([]string, len(allowed))
		for i, k := range allowed {
			names[i] = phrase(s.lang, allowedKey(k))
		}
		rest := restIsAsked
		if s.in == nil {
			rest = restIsRefused
		}
		first = phrase(s.lang, firstScreenAllowed, strings.Join(names, ", "), phrase(s.lang, rest))
	}
	return first + kept
}

// newScreen makes a screen; the owner must call [screen.close].
func newScreen(in *os.File, out io.Writer, l text.Language) *screen {
	s := &screen{in: in, out: out, lang: l, queue: make(chan piece, 2*maxHeld), done: make(chan struct{}), people: map[string]consent.Person{}}
	go func() {
		defer close(s.done)
		for p := range s.queue {
			_, _ = s.out.Write(s.charset.encode(p.text)) // a terminal that is gone says so when it is read
			close(p.written)
		}
	}()
	return s
}

// close writes what is left. A terminal that takes nothing is given up.
func (s *screen) close() {
	close(s.queue)
	select {
	case <-s.done:
	case <-time.After(patience):
	}
}

// isTerminal reports whether a person can read and answer there.
func isTerminal(in, out *os.File) bool {
	return term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// say writes a message, or keeps it until the question has been answered. It
// never waits.
func (s *screen) say(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch n := len(s.held); {
	case !s.asking:
		s.write(s.above(message+"\n") + s.bottom())
	case n < maxHeld:
		s.held = append(s.held, message)
	case n == maxHeld:
		s.held = append(s.held, phrase(s.lang, moreOutput))
	}
}

// write hands text to the terminal, unless too much waits for it already.
func (s *screen) write(text string) {
	select {
	case s.queue <- piece{text, make(chan struct{})}:
	default:
	}
}

// show writes text and waits until it stands there.
func (s *screen) show(ctx context.Context, text string) error {
	p := piece{text, make(chan struct{})}
	select {
	case s.queue <- p:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-p.written:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// someoneIsThere notes that a person has typed something.
func (s *screen) someoneIsThere() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.met = true
}

// wasUsed reports whether a person has.
func (s *screen) wasUsed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.met
}

// begin keeps messages back until end.
func (s *screen) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking = true
}

func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking = false
	for _, text := range s.held {
		s.write(s.above(text + "\n"))
	}
	s.write(s.bottom())
	s.held = nil
}

// wrap writes foreign text with a prefix before each line of the screen: where
// the terminal itself broke a long line, the rest would begin like one of ours.
func (s *screen) wrap(b *strings.Builder, prefix, line string) {
	room := s.width() - text.MostWidth(prefix)
	for {
		n := text.Fit(line, room)
		b.WriteString(prefix + line[:n] + "\n")
		if line = line[n:]; line == "" {
			return
		}
		if prefix == "" {
			prefix, room = "  ", room-2
		}
	}
}

// notice is what we say about somebody: their name may be long.
func (s *screen) notice(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		s.wrap(&b, "", line)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// message is a chat message of somebody else; only its first line begins with
// their name, and no line like one of ours.
func (s *screen) message(who, said string) string {
	var b strings.Builder
	first, rest, more := strings.Cut(said, "\n")
	s.wrap(&b, "", who+": "+text.Escape(first))
	for more {
		first, rest, more = strings.Cut(rest, "\n")
		s.wrap(&b, "  > ", text.Escape(first))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// rule is a line across the screen.
func (s *screen) rule() string {
	const most = 60
	return strings.Repeat("─", min(s.width(), most))
}

// size is the terminal's in columns and lines; the usual one where there is none,
// or one that does not say.
func (s *screen) size() (columns, lines int, isTerminal bool) {
	columns, lines = 80, 24
	f := s.terminal()
	if f == nil {
		return columns, lines, false
	}
	w, h, err := term.GetSize(int(f.Fd()))
	if w > 0 && h > 0 {
		columns, lines = w, h
	}
	return columns, lines, err == nil
}

// width is the terminal's in columns, one less than where it breaks lines.
func (s *screen) width() int {
	const least = 20
	columns, _, _ := s.size()
	return max(columns, least) - 1
}

// height is the terminal's in lines.
func (s *screen) height() int {
	_, lines, _ := s.size()
	return lines
}

// terminal is the file that is written to, or nil.
func (s *screen) terminal() *os.File {
	f, _ := s.out.(*os.File)
	return f
}
