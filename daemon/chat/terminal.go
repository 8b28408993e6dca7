package chat

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"supportd/daemon/lineedit"
	"supportd/daemon/transcript"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/panics"
)

// maxUnsent bounds the messages that wait for their turn on one terminal, e.g.
// those of a page that was pasted into a terminal which does not mark it.
const maxUnsent = 20

// page is a chat on a terminal: what happens, above the line being typed.
// One goroutine draws; two others read the journal and send messages.
type page struct {
	Options
	line   *lineedit.Line
	shown  chan string  // what the journal tells
	unsent chan string  // messages
	failed chan failure // of messages
}

type failure struct {
	text string
	err  error
}

// OnTerminal talks until Ctrl-D.
func OnTerminal(ctx context.Context, o Options, colour bool) error {
	plain := o.Channel.Terminal.Term == "dumb" || o.Channel.Terminal.Term == ""
	p := &page{
		Options: o, line: lineedit.New("> ", journal.MaxMessage, plain),
		shown: make(chan string, 64), unsent: make(chan string, maxUnsent), failed: make(chan failure),
	}
	p.line.Resize(p.columns() + 1)
	ctx, stop := context.WithCancelCause(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop(nil)
	events := &reader{journal: o.Journal, transcript: transcript.New(o.Since, transcript.Style{Width: p.columns, Colour: colour && !plain, Speaker: o.Speaker}), noteRead: o.Read}
	working.Go(func() {
		defer panics.Keep(o.Log, "showing the chat", func() { stop(nil) })
		err := events.read(ctx, true, func(text string) error { return put(ctx, p.shown, text) })
		stop(err)
	})
	sent := make(chan struct{})
	working.Go(func() {
		defer close(sent)
		defer panics.Keep(o.Log, "sending to the chat", func() { stop(nil) })
		for text := range p.unsent {
			if err := o.Say(ctx, text); err != nil && put(ctx, p.failed, failure{text, err}) != nil {
				return
			}
		}
	})
	on, off := lineedit.On, lineedit.Off
	if plain {
		on, off = "", ""
	}
	head := o.Speaker.Say("Support session %s; times are UTC.\nCtrl-D leaves the chat.", o.Number.Spoken()) + "\n"
	if _, err := io.WriteString(o.Channel, on+head+p.line.Draw()); err != nil {
		return err
	}
	err := p.talk(ctx, sent)
	_, _ = io.WriteString(o.Channel, p.line.Erase()+off) // the terminal may be gone
	return err
}

// columns is how many of the terminal text may take now. A text that fills the
// last one is broken by some terminals and not by others.
func (p *page) columns() int {
	columns, _ := p.Channel.Terminal.Size()
	if columns == 0 {
		columns = lineedit.UsualColumns
	}
	return columns - 1
}

// put hands something to a channel, unless ctx ends first.
func put[T any](ctx context.Context, ch chan<- T, what T) error {
	select {
	case ch <- what:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// talk draws until the person leaves; what they have sent is sent then.
func (p *page) talk(ctx context.Context, sent <-chan struct{}) error {
	leave := sync.OnceFunc(func() { close(p.unsent) })
	defer leave()
	keys := p.Channel.Input(ctx)
	for {
		text := ""
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-sent:
			return nil
		case <-p.Channel.Terminal.Resized():
			p.line.Resize(p.columns() + 1)
		case more := <-p.shown:
			text = more + p.more()
		case f := <-p.failed:
			text = p.giveBack(f.text, f.err)
		case typed, ok := <-keys:
			if !ok {
				keys = nil
				leave()
				continue
			}
			done := p.line.Type(typed)
			for _, a := range done {
				switch a.Kind {
				case lineedit.Interrupt:
					return cmdline.Silent(cmdline.ExitInterrupted)
				case lineedit.End:
					keys = nil
					leave()
				case lineedit.Entered:
					if keys != nil {
						text += p.send(a.Text)
					}
				}
			}
		}
		if _, err := io.WriteString(p.Channel, p.line.Erase()+text+p.line.Draw()); err != nil {
			return err
		}
	}
}

// more is what the journal has told by now, up to a screenful or a few, so that
// a long history is not drawn line by line.
func (p *page) more() string {
	const enough = 32 << 10
	var b strings.Builder
	for b.Len() < enough {
		select {
		case more := <-p.shown:
			b.WriteString(more)
			continue
		default:
		}
		break
	}
	return b.String()
}

// send queues a message; its line appears when it is in the journal.
func (p *page) send(text string) (complaint string) {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	select {
	case p.unsent <- text:
		return ""
	default:
		return p.giveBack(text, cmdline.Fail(cmdline.ExitFailed, "", "too many messages at once: this one was not sent"))
	}
}

// giveBack says why a message was not sent, and lets it be edited again.
func (p *page) giveBack(text string, err error) (complaint string) {
	if p.line.Text() == "" {
		p.line.Set(text)
	}
	if errors.Is(err, context.Canceled) {
		return ""
	}
	return "     ! " + p.Speaker.Error(err) + "\n"
}
