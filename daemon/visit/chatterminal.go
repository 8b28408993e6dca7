package visit

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"supportd/daemon/lineedit"
	"supportd/daemon/transcript"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/panics"
)

// maxUnsent bounds the messages that wait for their turn on one terminal, e.g.
// those of a page that was pasted into a terminal which does not mark it.
const maxUnsent = 20

// chatPage is a chat on a terminal: what happens, above the line being typed.
// One goroutine draws; two others read the journal and send messages.
type chatPage struct {
	visit  *visit
	line   *lineedit.Line
	told   chan string  // by the journal
	unsent chan string  // messages
	failed chan failure // of messages
}

type failure struct {
	text string
	err  error
}

// chatOnTerminal talks until Ctrl-D.
func (v *visit) chatOnTerminal(ctx context.Context, since time.Time, colour bool) error {
	plain := v.channel.Terminal.Term == "dumb" || v.channel.Terminal.Term == ""
	p := &chatPage{
		visit: v, line: lineedit.New("> ", journal.MaxMessage, plain),
		told: make(chan string, 64), unsent: make(chan string, maxUnsent), failed: make(chan failure),
	}
	p.line.Resize(p.columns() + 1)
	ctx, stop := context.WithCancelCause(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop(nil)
	reader := &journalReader{journal: v.server.Journal, transcript: transcript.New(since, transcript.Style{Width: p.columns, Colour: colour && !plain})}
	working.Go(func() {
		defer panics.Keep(v.server.Log, "showing the chat", func() { stop(nil) })
		err := reader.read(ctx, true, func(text string) error { return put(ctx, p.told, text) })
		stop(err)
	})
	sent := make(chan struct{})
	working.Go(func() {
		defer close(sent)
		defer panics.Keep(v.server.Log, "sending to the chat", func() { stop(nil) })
		for text := range p.unsent {
			if err := v.say(ctx, text); err != nil && put(ctx, p.failed, failure{text, err}) != nil {
				return
			}
		}
	})
	on, off := lineedit.On, lineedit.Off
	if plain {
		on, off = "", ""
	}
	head := "Support session " + v.server.Session.Saved().Number.Spoken() + "; times are UTC.\nCtrl-D leaves the chat.\n"
	if _, err := io.WriteString(v.channel, on+head+p.line.Draw()); err != nil {
		return err
	}
	err := p.talk(ctx, sent)
	_, _ = io.WriteString(v.channel, p.line.Erase()+off) // the terminal may be gone
	return err
}

// columns is how many of the terminal text may take now. A text that fills the
// last one is broken by some terminals and not by others.
func (p *chatPage) columns() int {
	columns, _ := p.visit.channel.Terminal.Size()
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
func (p *chatPage) talk(ctx context.Context, sent <-chan struct{}) error {
	leave := sync.OnceFunc(func() { close(p.unsent) })
	defer leave()
	keys := p.visit.channel.Input(ctx)
	for {
		text := ""
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-sent:
			return nil
		case <-p.visit.channel.Terminal.Resized():
			p.line.Resize(p.columns() + 1)
		case told := <-p.told:
			text = told + p.more()
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
		if _, err := io.WriteString(p.visit.channel, p.line.Erase()+text+p.line.Draw()); err != nil {
			return err
		}
	}
}

// more is what the journal has told by now, up to a screenful or a few, so that
// a long history is not drawn line by line.
func (p *chatPage) more() string {
	const enough = 32 << 10
	var b strings.Builder
	for b.Len() < enough {
		select {
		case told := <-p.told:
			b.WriteString(told)
			continue
		default:
		}
		break
	}
	return b.String()
}

// send queues a message; its line appears when it is in the journal.
func (p *chatPage) send(text string) (complaint string) {
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
func (p *chatPage) giveBack(text string, err error) (complaint string) {
	if p.line.Text() == "" {
		p.line.Set(text)
	}
	if errors.Is(err, context.Canceled) {
		return ""
	}
	return "     ! " + err.Error() + "\n"
}
