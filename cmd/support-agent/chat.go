package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"supportd/daemon/lineedit"
	"supportd/daemon/visit"
	"supportd/library/journal"
)

const (
	// rest is how long nobody has pressed a key when a question may appear: whoever
	// is typing a message would answer it without having read it.
	rest = time.Second
	// restless bounds the wait for that, because a question has its time too.
	restless = 5 * time.Second
)

// chat is the customer's side of the chat, on the line below everything else on
// the screen. While a question stands it is not there, and what is typed then is
// never a message; what was typed before is never an answer.
type chat struct {
	keyboard *keyboard
	send     func(string) error
	turn     sync.Mutex // held by whoever reads the terminal, chat or question; taken before the screen's mu

	// Guarded by the screen's mu.
	line    *lineedit.Line
	plain   bool      // the terminal knows no escape sequences
	shown   bool      // the line stands on the screen
	over    bool      // and never will again
	pressed time.Time // when the last key was
}

// startChat lets the customer type messages until ctx is done. wait returns when
// the terminal is as it was. Without a terminal that can do it, nobody types.
func (s *screen) startChat(ctx context.Context, send func(string) error) (wait func()) {
	if s.in == nil {
		return func() {}
	}
	k, err := openKeyboard(s.in, s.terminal())
	if err != nil || k.keys() != nil {
		return func() {}
	}
	c := &chat{keyboard: k, send: send, line: lineedit.New("> ", journal.MaxMessage, s.plain), plain: s.plain, shown: true}
	s.mu.Lock()
	s.chat = c
	s.write(c.mark(lineedit.On) + s.bottom())
	s.mu.Unlock()
	var reading sync.WaitGroup
	reading.Go(func() { s.readChat(ctx) })
	return reading.Wait
}

// readChat takes keys until ctx is done or the terminal is gone, and then sets
// the terminal as it was.
func (s *screen) readChat(ctx context.Context) {
	c := s.chat
	for ctx.Err() == nil {
		c.turn.Lock()
		keys, err := c.keyboard.read()
		if len(keys) > 0 && ctx.Err() == nil {
			s.typed(s.charset.decode(keys))
		}
		c.turn.Unlock()
		if err != nil {
			break
		}
	}
	c.turn.Lock()
	defer c.turn.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(s.above("") + c.mark(lineedit.Off))
	s.chat, c.over = nil, true
	_ = c.keyboard.lines() // a terminal that is gone needs nothing
}

// mark is a switch of the terminal, where it has any.
func (c *chat) mark(s string) string {
	if c.plain {
		return ""
	}
	return s
}

// typed takes keys, draws the line, and sends what was entered.
func (s *screen) typed(keys []byte) {
	s.mu.Lock()
	c := s.chat
	c.pressed = time.Now()
	done := c.line.Type(keys)
	s.write(s.bottom())
	s.mu.Unlock()
	for _, a := range done {
		if a.Kind == lineedit.Entered && strings.TrimSpace(a.Text) != "" {
			s.someoneIsThere()
			if !s.compareTyped(a.Text) {
				s.sendMessage(a.Text)
			}
		}
	}
}

// sendMessage sends a message and says so. What could not be sent can be edited
// again.
func (s *screen) sendMessage(message string) {
	err := s.chat.send(message) // goes to the disk, so nobody has to wait for s.mu meanwhile
	s.mu.Lock()
	defer s.mu.Unlock()
	said := ""
	k := chatUnsent
	switch {
	case err == nil:
		said = s.message(phrase(s.lang, chatYou), message)
		if anyAnswer(message) {
			said += "\n" + s.notice(phrase(s.lang, chatNoQuestion))
		}
	case errors.Is(err, visit.ErrFlood):
		k = chatTooMany
	case errors.Is(err, visit.ErrNotJoined):
		k = chatTooEarly
	}
	if err != nil {
		said = phrase(s.lang, k)
		if s.chat.line.Text() == "" {
			s.chat.line.Set(message)
		}
	}
	s.write(s.above(said+"\n") + s.bottom())
}

// above is text to be written where the line being typed stands now.
func (s *screen) above(text string) string {
	if s.chat != nil && s.chat.shown {
		return s.chat.line.Erase() + text
	}
	return text
}

// bottom is the line being typed, to be written below text.
func (s *screen) bottom() string {
	if s.chat == nil || !s.chat.shown {
		return ""
	}
	s.chat.line.Resize(s.width() + 1)
	return s.chat.line.Draw()
}

// chatting is the chat, or nil.
func (s *screen) chatting() *chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chat
}

// takeTerminal waits until nobody types a message, and gives the terminal to a
// question until the returned function is called.
func (s *screen) takeTerminal(ctx context.Context) (giveBack func()) {
	c := s.chatting()
	if c == nil {
		return func() {}
	}
	s.awaitRest(ctx, c)
	c.turn.Lock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.over {
		c.turn.Unlock()
		return func() {}
	}
	s.write(s.above(""))
	c.shown = false
	return func() {
		defer c.turn.Unlock()
		// What was typed behind the answer was meant for no one.
		_ = discardTyped(s.in)
		s.mu.Lock()
		defer s.mu.Unlock()
		c.shown = true
		s.write(s.bottom())
	}
}

// awaitRest waits until no key has been pressed for a while: somebody is writing
// a message, or the next one.
func (s *screen) awaitRest(ctx context.Context, c *chat) {
	deadline := time.Now().Add(restless)
	for {
		s.mu.Lock()
		since := time.Since(c.pressed)
		s.mu.Unlock()
		if since >= rest || time.Now().After(deadline) {
			return
		}
		select {
		case <-time.After(rest - since):
		case <-ctx.Done():
			return
		}
	}
}
