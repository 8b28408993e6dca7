package visit

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/unicode/norm"

	"supportd/daemon/chat"
	"supportd/daemon/notice"
	"supportd/library/cmdline"
	"supportd/library/journal"
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

// messages is who has said how much. The zero value is ready for use.
type messages struct {
	mu   sync.Mutex           // no other lock is taken under it
	free map[string]time.Time // by actor: when all of the burst is free again
	said sync.Mutex           // one message at a time goes into the journal and to the UI; taken before the journal's
}

// turn says how long an actor has to wait until their next message, and takes
// that place; false where it is longer than patience.
func (m *messages) turn(actor string, patience time.Duration) (time.Duration, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.free == nil {
		m.free = map[string]time.Time{}
	}
	free := m.free[actor]
	if free.Before(now) {
		free = now
	}
	wait := max(0, free.Sub(now)-(chatBurst-1)*chatInterval)
	if wait > patience {
		return 0, false
	}
	m.free[actor] = free.Add(chatInterval)
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
	if _, ok := s.messages.turn(journal.ByCustomer, 0); !ok {
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
	wait, ok := v.server.messages.turn(v.who.Account, chatPatience)
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
	if err := v.stillHere(); err != nil {
		return err
	}
	if v.server.gate.Blocks(v.who) {
		return cmdline.Fail(cmdline.ExitDenied, "", "the customer wants no more questions or messages from you")
	}
	v.server.messages.said.Lock()
	defer v.server.messages.said.Unlock()
	if err := v.server.Journal.Append(v.who.Account, journal.ChatMessage{Text: text}); err != nil {
		return cmdline.Fail(cmdline.ExitFailed, "the customer's disk may be full", "the journal could not be written, so the message was not sent")
	}
	v.server.UI.Notify(notice.Said{Who: v.who, Text: text})
	return nil
}

// read writes down that the CSR has been shown what the customer typed, up to an event.
func (v *visit) read(upTo uint64) {
	if p := v.server.Journal.Picture(); p.Unread(v.who.Account) == 0 {
		return // another chat of theirs was faster
	}
	if err := v.server.Journal.Append(v.who.Account, journal.ChatRead{UpTo: upTo}); err != nil {
		v.server.Log.Error("cannot record that a CSR has read messages", "err", err)
	}
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
			o := chat.Options{Channel: v.channel, Journal: v.server.Journal, Number: v.server.Session.Saved().Number, Since: since, Speaker: v.speaker, Say: v.say, Read: v.read, Log: v.server.Log}
			if v.channel.Terminal != nil {
				return chat.OnTerminal(c.Context, o, !c.Bool("no-color"))
			}
			return chat.InLines(c.Context, o)
		},
	}
}
