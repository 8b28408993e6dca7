// Package chat is one CSR's chat: it shows what happens in a support session, and sends
// what the CSR types. The texts come from the journal; whether a message may be sent is
// the caller's to say.
package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	local "supportd/daemon/journal"
	"supportd/daemon/transcript"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// Options make a chat. All but Since are required.
type Options struct {
	Channel *sshd.Session
	Journal *local.Journal
	Number  wire.Number
	// Since is where the history begins; the zero time is all of it.
	Since time.Time
	// Speaker says what happens in the CSR's language; nil is English.
	Speaker *text.Speaker
	// Say sends a message and returns when it is in the journal. Its error is for the
	// CSR to read.
	Say func(ctx context.Context, text string) error
	// Read notes that the CSR has been shown what the customer typed, up to an event.
	Read func(upTo uint64)
	Log  *slog.Logger
}

// InLines sends each line of standard input, and ends when all are sent and
// everything until then has been shown.
func InLines(ctx context.Context, o Options) error {
	showing, enough := context.WithCancel(ctx)
	defer enough()
	events := &reader{journal: o.Journal, transcript: transcript.New(o.Since, transcript.Style{Speaker: o.Speaker}), noteRead: o.Read}
	show := func(text string) error {
		_, err := o.Channel.Write([]byte(text))
		return err
	}
	var broken error
	var wg sync.WaitGroup
	wg.Go(func() {
		defer panics.Keep(o.Log, "showing the chat", enough)
		broken = events.read(showing, true, show)
	})
	err := o.sayLines(ctx)
	enough()
	wg.Wait()
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case broken != nil && !errors.Is(broken, context.Canceled):
		return broken
	}
	return events.read(ctx, false, show)
}

// sayLines sends what the client sends, until its EOF.
func (o Options) sayLines(ctx context.Context) error {
	var rest string
	number := 0
	say := func(line string) error {
		if number++; strings.TrimSpace(line) == "" {
			return nil
		}
		var failure *cmdline.Error
		err := o.Say(ctx, line)
		if errors.As(err, &failure) {
			failure.Text = fmt.Sprintf("line %d: %s", number, failure.Text)
		}
		return err
	}
	in := o.Channel.Input(ctx)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case more, ok := <-in:
			if !ok {
				return say(rest)
			}
			lines := strings.Split(rest+string(more), "\n")
			rest = lines[len(lines)-1]
			if len(rest) > 2*journal.MaxMessage { // too long, and refused as such
				lines, rest = append(lines[:len(lines)-1], rest, ""), ""
			}
			for _, line := range lines[:len(lines)-1] {
				if err := say(line); err != nil {
					return err
				}
			}
		}
	}
}

// reader reads the journal on from where it stopped, as a transcript.
type reader struct {
	journal    *local.Journal
	transcript *transcript.Transcript
	noteRead   func(upTo uint64)
	last       uint64 // the last event that was read
	typed      uint64 // the last event with what the customer typed
	noted      uint64 // the last one that was noted as read
}

// read hands on what the journal tells, and with follow also what comes, until
// ctx is done.
func (r *reader) read(ctx context.Context, follow bool, show func(string) error) error {
	history := r.journal.Head()
	for e, err := range r.journal.Events(ctx, follow) {
		if err != nil {
			return err
		}
		if e.Seq <= r.last {
			continue
		}
		r.last = e.Seq
		text := r.transcript.Tell(e)
		if e.Seq >= history {
			text += r.transcript.Live()
		}
		if text != "" {
			if err := show(text); err != nil {
				return err
			}
		}
		if e.Kind == journal.KindChatMessage && e.Actor == journal.ByCustomer {
			r.typed = e.Seq
		}
		if e.Seq >= history && r.typed > r.noted { // once for all of the history
			r.noted = r.typed
			r.noteRead(r.typed)
		}
	}
	return nil
}
