package visit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/unicode/norm"

	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/transcript"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/text"
)

// One person may send a burst of messages, and then one in each interval; who
// sends faster waits, and who would wait for too long is refused.
const (
	chatInterval = time.Second
	chatBurst    = 20
	chatPatience = 10 * time.Second
)

// Why a message is not sent.
var (
	// ErrMessage: it is empty or longer than [journal.MaxMessage].
	ErrMessage = errors.New("a message has 1 to 4096 bytes")
	// ErrFlood: there were too many messages just before.
	ErrFlood = errors.New("too many messages at once")
	// ErrNotJoined: the relay has not taken the number yet.
	ErrNotJoined = errors.New("the support session has not begun")
)

// chat is who has said how much. The zero chat is ready for use.
type chat struct {
	mu   sync.Mutex
	free map[string]time.Time // by actor: when all of the burst is free again
	said sync.Mutex           // one message at a time goes into the journal and to the UI
}

// turn says how long an actor has to wait until their next message, and takes
// that place; false where it is longer than patience.
func (c *chat) turn(actor string, patience time.Duration) (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.free == nil {
		c.free = map[string]time.Time{}
	}
	free := c.free[actor]
	if free.Before(now) {
		free = now
	}
	wait := max(0, free.Sub(now)-(chatBurst-1)*chatInterval)
	if wait > patience {
		return 0, false
	}
	c.free[actor] = free.Add(chatInterval)
	return wait, true
}

// messageText is a text as it goes into the journal: whole lines, of characters
// that can be shown.
func messageText(s string) (string, error) {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(s)
	s = strings.Trim(norm.NFC.String(text.EscapeLines(s)), " \n")
	if s == "" || len(s) > journal.MaxMessage {
		return "", ErrMessage
	}
	return s, nil
}

// Say sends a message of the customer to everybody in the support session. It
// returns when the message is in the journal. The error is [ErrMessage],
// [ErrFlood], [ErrNotJoined] or [supportd/daemon/journal.ErrWrite]. It is safe for concurrent use.
func (s *Server) Say(text string) error {
	text, err := messageText(text)
	if err != nil {
		return err
	}
	if s.Journal.Empty() { // nothing is written before the relay says welcome
		return ErrNotJoined
	}
	if _, ok := s.chat.turn(journal.ByCustomer, 0); !ok {
		return ErrFlood
	}
	return s.Journal.Append(journal.ByCustomer, journal.ChatMessage{Text: text})
}

// say sends a CSR's message, when it is their turn.
func (v *visit) say(ctx context.Context, text string) error {
	text, err := messageText(text)
	if err != nil {
		return cmdline.Usage("send files with sftp", "a message has 1 to %d bytes of text", journal.MaxMessage)
	}
	wait, ok := v.server.chat.turn(v.who.Account, chatPatience)
	if !ok {
		return cmdline.Fail(cmdline.ExitFailed, "wait a minute", "too many messages at once: this one was not sent")
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if _, ok := v.server.mayBeHere(v.channel.Conn); !ok {
		return cmdline.Fail(cmdline.ExitAuth, "", "you have no access to this support session any more")
	}
	if v.server.gate.Blocks(v.who) {
		return cmdline.Fail(cmdline.ExitDenied, "", "the customer wants no more questions or messages from you")
	}
	v.server.chat.said.Lock()
	defer v.server.chat.said.Unlock()
	if err := v.server.Journal.Append(v.who.Account, journal.ChatMessage{Text: text}); err != nil {
		return cmdline.Fail(cmdline.ExitFailed, "the customer's disk may be full", "the journal could not be written, so the message was not sent")
	}
	v.server.UI.Notify(notice.Said{Who: v.who, Text: text})
	return nil
}

func (v *visit) chatCommand() *cli.Command {
	return &cli.Command{
		Name: "chat", Usage: "talk to the customer, and see what happens", ArgsUsage: "[TEXT...]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "send", Usage: "send `TEXT` and nothing else"},
			&cli.DurationFlag{Name: "since", Usage: "of what was before, only the last `D`, e.g. 10m"},
			&cli.BoolFlag{Name: "no-color", Usage: "no colours"},
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.IsSet("send"): // ssh takes the quotes away, so words behind it belong to it
				v.channel.WatchInterrupt()
				return v.say(c.Context, strings.Join(append([]string{c.String("send")}, c.Args().Slice()...), " "))
			case c.Args().Present():
				return cmdline.Usage("chat --send TEXT", "chat: unexpected argument %q", text.Plain(c.Args().First(), 60))
			case c.Duration("since") < 0:
				return cmdline.Usage("--since 10m", "chat: --since must not be negative")
			}
			var since time.Time
			if c.IsSet("since") {
				since = time.Now().Add(-c.Duration("since"))
			}
			if v.channel.Terminal != nil {
				return v.chatOnTerminal(c.Context, since, !c.Bool("no-color"))
			}
			return v.chatInLines(c.Context, since)
		},
	}
}

// chatInLines sends each line of standard input, and ends when all are sent and
// everything until then has been shown.
func (v *visit) chatInLines(ctx context.Context, since time.Time) error {
	showing, enough := context.WithCancel(ctx)
	defer enough()
	reader := &journalReader{journal: v.server.Journal, transcript: transcript.New(since, transcript.Style{})}
	show := func(text string) error {
		_, err := v.channel.Write([]byte(text))
		return err
	}
	var broken error
	var wg sync.WaitGroup
	wg.Go(func() {
		defer panics.Keep(v.server.Log, "showing the chat", enough)
		broken = reader.read(showing, true, show)
	})
	err := v.sayLines(ctx)
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
	return reader.read(ctx, false, show)
}

// sayLines sends what the client sends, until its EOF.
func (v *visit) sayLines(ctx context.Context) error {
	var rest string
	number := 0
	say := func(line string) error {
		if number++; strings.TrimSpace(line) == "" {
			return nil
		}
		var told *cmdline.Error
		err := v.say(ctx, line)
		if errors.As(err, &told) {
			told.Text = fmt.Sprintf("line %d: %s", number, told.Text)
		}
		return err
	}
	in := v.channel.Input(ctx)
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

// journalReader reads the journal on from where it stopped, as a transcript.
type journalReader struct {
	journal    *local.Journal
	transcript *transcript.Transcript
	last       uint64 // the last event that was read
}

// read hands on what the journal tells, and with follow also what comes, until
// ctx is done.
func (r *journalReader) read(ctx context.Context, follow bool, show func(string) error) error {
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
		if text == "" {
			continue
		}
		if err := show(text); err != nil {
			return err
		}
	}
	return nil
}
