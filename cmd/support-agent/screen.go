package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"supportd/consent"
	"supportd/daemon/lineedit"
	"supportd/daemon/sysinfo"
)

const (
	// maxHeld bounds the messages that wait behind a question or a terminal that
	// does not take any.
	maxHeld = 50
	// patience bounds the wait for such a terminal at the end.
	patience = time.Second
	// blink is less than anyone needs to type a word and Enter.
	blink = 500 * time.Millisecond
)

// screen is the customer's terminal: the messages, and one question at a time.
// While a question stands nothing else is written, so that nothing can look like
// part of it. A terminal can be stopped by a key or a click into it; that holds
// up questions, but nothing else. It is safe for concurrent use.
type screen struct {
	in   *os.File // nil where nobody can be asked
	out  io.Writer
	lang consent.Language

	queue chan piece // for the goroutine that writes
	done  chan struct{}

	mu     sync.Mutex
	asking bool
	held   []string
	chat   *chat // nil while nobody can type messages
	output output
}

// piece is what is written at once; written is closed then.
type piece struct {
	text    string
	written chan struct{}
}

// newScreen makes a screen; the owner must call [screen.close].
func newScreen(in *os.File, out io.Writer, l consent.Language) *screen {
	s := &screen{in: in, out: out, lang: l, queue: make(chan piece, 2*maxHeld), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		for p := range s.queue {
			_, _ = io.WriteString(s.out, p.text) // a terminal that is gone says so when it is read
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
		s.held = append(s.held, text(s.lang, moreOutput))
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

// put shows text that ends in a prompt and waits for a line. What was typed
// before it stood there is discarded.
func (s *screen) put(ctx context.Context, text string) (string, error) {
	if err := s.show(ctx, ""); err != nil { // behind every message before it
		return "", err
	}
	if err := discardTyped(s.in); err != nil {
		return "", err
	}
	began := time.Now()
	if err := s.show(ctx, text); err != nil {
		return "", err
	}
	if time.Since(began) > blink { // the terminal was stopped; keys were not
		if err := discardTyped(s.in); err != nil {
			return "", err
		}
	}
	return readLine(ctx, s.in)
}

// Name implements [consent.Prompter].
func (s *screen) Name() string { return "terminal" }

// Ask implements [consent.Prompter]: only a whole word is an answer, and
// everything that is none is No.
func (s *screen) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	defer s.takeTerminal(ctx)()
	s.begin()
	defer s.end()
	for {
		line, err := s.put(ctx, s.question(q))
		if err == nil && show.is(line) && len(q.Programs) > 0 {
			if err = s.showPrograms(ctx, q); err == nil {
				continue
			}
		}
		switch {
		case ctx.Err() != nil:
			s.write("\n" + text(s.lang, questionClosed) + "\n")
			return consent.Answer{}, context.Cause(ctx)
		case err != nil && !errors.Is(err, io.EOF):
			return consent.Answer{}, consent.ErrNobody // the terminal is gone
		}
		a, understood := s.parse(q, line)
		if a.Decision.Allowed() && pasted(s.in) {
			a, understood = consent.Answer{}, false
		}
		if !understood {
			a.Why = consent.Unclear
		}
		a.Question = q.ID
		s.write(s.outcome(a, understood))
		return a, nil
	}
}

// question is the whole question with its prompt, in one piece.
func (s *screen) question(q consent.Question) string {
	var b strings.Builder
	rule := strings.Repeat("─", 60)
	fmt.Fprintf(&b, "\n%s\n", rule)
	s.wrap(&b, "", q.Sentence(s.lang))
	for _, line := range q.Details(s.lang) {
		s.wrap(&b, "  ", line)
	}
	fmt.Fprintf(&b, "\n%s\n", text(s.lang, howToAnswer))
	for _, choice := range choices(q) {
		fmt.Fprintf(&b, "  %s\n", text(s.lang, choice))
	}
	fmt.Fprintf(&b, "%s ", text(s.lang, promptAnswer))
	return b.String()
}

// choices are the words that may answer a question.
func choices(q consent.Question) []key {
	list := []key{choiceYes}
	if !q.Kind.EveryTime() {
		list = append(list, choiceAlways)
	}
	if q.Kind == consent.SysInfo {
		list = append(list, choiceWithout)
	}
	list = append(list, choiceNo, choiceBlock)
	if len(q.Programs) > 0 {
		list = append(list, choiceShow)
	}
	return list
}

// wrap writes foreign text with a prefix before each line of the screen: where
// the terminal itself broke a long line, the rest would begin like one of ours.
func (s *screen) wrap(b *strings.Builder, prefix, line string) {
	room := s.width() - lineedit.MostWidth(prefix)
	for {
		n := lineedit.Fit(line, room)
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
func (s *screen) message(who, text string) string {
	var b strings.Builder
	first, rest, more := strings.Cut(text, "\n")
	s.wrap(&b, "", who+": "+consent.Escape(first))
	for more {
		first, rest, more = strings.Cut(rest, "\n")
		s.wrap(&b, "  > ", consent.Escape(first))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// width is the terminal's in columns, one less than where it breaks lines.
func (s *screen) width() int {
	const usual, least = 80, 20
	width := usual
	if f := s.terminal(); f != nil {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			width = w
		}
	}
	return max(width, least) - 1
}

// terminal is the file that is written to, or nil.
func (s *screen) terminal() *os.File {
	f, _ := s.out.(*os.File)
	return f
}

func (s *screen) outcome(a consent.Answer, understood bool) string {
	key := answeredNo
	switch {
	case !understood:
		key = notUnderstood
	case a.Decision == consent.AllowedForSession:
		key = answeredAlways
	case a.Decision == consent.AllowedOnce:
		key = answeredYes
	case a.Decision == consent.Blocked:
		key = answeredBlock
	}
	return text(s.lang, key) + "\n"
}

// parse reads an answer: a word, and behind a yes to a look at the system
// information what is withheld.
func (s *screen) parse(q consent.Question, line string) (a consent.Answer, understood bool) {
	first, rest, more := strings.Cut(strings.TrimSpace(line), " ")
	switch {
	case yes.is(first):
		a.Decision = consent.AllowedOnce
	case always.is(first) && !q.Kind.EveryTime():
		a.Decision = consent.AllowedForSession
	case block.is(first):
		a.Decision = consent.Blocked
	case no.is(first):
	default:
		return consent.Answer{}, false
	}
	if !more {
		return a, true
	}
	keep, list, _ := strings.Cut(strings.TrimSpace(rest), " ")
	withheld, err := parseWithheld(list)
	if q.Kind != consent.SysInfo || !a.Decision.Allowed() || !without.is(keep) || err != nil || list == "" {
		return consent.Answer{}, false
	}
	a.Withheld = withheld
	return a, true
}

// parseWithheld reads categories and kinds of field, separated by commas or
// spaces.
func parseWithheld(list string) (w consent.Withheld, err error) {
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if class, err := sysinfo.ParseClass(strings.ReplaceAll(name, "-", "_")); err == nil {
			w.Fields = append(w.Fields, strings.ReplaceAll(string(class), "_", "-"))
			continue
		}
		category, err := sysinfo.ParseCategory(name)
		if err != nil {
			return consent.Withheld{}, fmt.Errorf("%w, user-names, serials, addresses", err)
		}
		w.Categories = append(w.Categories, string(category))
	}
	return w, nil
}
