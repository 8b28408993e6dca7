package main

import (
	"context"
	"io"
	"time"

	"supportd/daemon/lineedit"
	"supportd/library/text"
)

const (
	// pasteGap tells a paste from a person: nobody types a second line so soon.
	pasteGap = 100 * time.Millisecond
	// maxReply is the longest line that a prompt takes, in bytes.
	maxReply = 400
	// slowCount is how often a terminal without escape sequences shows the time that
	// is left, in seconds: it may be a printer or a screen reader.
	slowCount = 10
	// roomToType is what a prompt leaves of a line at least, in columns.
	roomToType = 8
)

// reply is what a person has entered at a prompt.
type reply struct {
	text   string
	pasted bool // not typed, all of it or a part
}

// put shows text and below it a prompt, and waits for a line. What was typed before
// they stood there is discarded. The prompt is asked for anew all the time, because
// it may have the time that is left. The error is io.EOF for the end of input, and
// the cause of ctx when that ends first. stands is called when they can be read; nil is
// nobody.
func (s *screen) put(ctx context.Context, text string, prompt func() string, stands func()) (reply, error) {
	k, giveBack := s.eachKey()
	if k == nil {
		return s.putLine(ctx, text+prompt(), stands)
	}
	defer giveBack()
	line := lineedit.New("", maxReply, s.plain)
	shown := ""
	draw := func() string {
		line.SetPrompt(prompt())
		line.Resize(s.width() + 1)
		shown = line.Draw()
		return shown
	}
	if err := s.stand(ctx, func() string { return text + draw() }); err != nil {
		return reply{}, err
	}
	if stands != nil {
		stands()
	}
	for {
		keys, err := k.read()
		switch {
		case ctx.Err() != nil:
			return reply{}, context.Cause(ctx)
		case err != nil:
			return reply{}, err
		}
		done := line.Type(s.charset.decode(keys))
		if len(done) == 0 {
			if before := shown; draw() != before {
				s.write(shown)
			}
			continue
		}
		if done[0].Kind != lineedit.Entered {
			return reply{}, io.EOF
		}
		more := len(done) > 1 || line.Text() != "" || s.more(k)
		line.Set(done[0].Text)
		s.write(draw() + "\n")
		return reply{done[0].Text, done[0].Pasted || more}, nil
	}
}

// stand shows text that ends in a prompt, once the terminal has taken all that was
// to be shown before.
func (s *screen) stand(ctx context.Context, text func() string) error {
	if err := s.show(ctx, ""); err != nil { // behind every message before it
		return err
	}
	if err := discardTyped(s.in); err != nil {
		return err
	}
	began := time.Now()
	if err := s.show(ctx, text()); err != nil {
		return err
	}
	if time.Since(began) > blink { // the terminal was stopped; keys were not
		return discardTyped(s.in)
	}
	return nil
}

// putLine is put on a terminal that gives whole lines only.
func (s *screen) putLine(ctx context.Context, text string, stands func()) (reply, error) {
	if err := s.stand(ctx, func() string { return text }); err != nil {
		return reply{}, err
	}
	if stands != nil {
		stands()
	}
	line, err := readLine(ctx, s.in)
	if err != nil {
		return reply{}, err
	}
	return reply{string(s.charset.decode([]byte(line))), pasted(s.in)}, nil
}

// eachKey lets the terminal give each key until giveBack is called; nil is one that
// cannot.
func (s *screen) eachKey() (k *keyboard, giveBack func()) {
	if c := s.chatting(); c != nil {
		return c.keyboard, func() {} // it does so already
	}
	k, err := openKeyboard(s.in, s.terminal())
	if err != nil || k.keys() != nil {
		return nil, nil
	}
	if !s.plain {
		s.write(lineedit.On)
	}
	return k, func() {
		if !s.plain {
			s.write(lineedit.Off)
		}
		_ = discardTyped(s.in) // what was typed behind the answer was meant for no one
		_ = k.lines()          // a terminal that is gone needs nothing
	}
}

// more reports whether more stands behind a line than a person can have typed.
func (s *screen) more(k *keyboard) bool {
	for end := time.Now().Add(pasteGap); time.Now().Before(end); {
		if keys, err := k.read(); len(keys) > 0 || err != nil {
			return true
		}
	}
	return false
}

// calm waits until no key has been pressed for a while, and forgets what was: the
// rest of a paste or of a sentence must not answer what is asked next.
func (s *screen) calm(ctx context.Context) {
	k, giveBack := s.eachKey()
	if k == nil {
		return
	}
	defer giveBack()
	for last := time.Now(); ctx.Err() == nil && time.Since(last) < rest; {
		keys, err := k.read()
		if err != nil {
			return
		}
		if len(keys) > 0 {
			last = time.Now()
		}
	}
}

// timed is a prompt with the time that is left until ctx ends by itself.
func (s *screen) timed(ctx context.Context, prompt key) func() string {
	until, limited := ctx.Deadline()
	return func() string {
		asked := phrase(s.lang, prompt) + " "
		if !limited {
			return asked
		}
		left := int(max(0, time.Until(until)+time.Second-1) / time.Second)
		if s.plain {
			left = (left + slowCount - 1) / slowCount * slowCount
		}
		count := phrase(s.lang, countdown, left) + " "
		if text.MostWidth(count+asked) > s.width()-roomToType {
			return count + "> "
		}
		return count + asked
	}
}
