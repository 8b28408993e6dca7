package relay

import (
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// end ends one session or several.
func (cmd *command) end(c *cli.Context) error {
	specs, reason, err := cmd.endWhat(c)
	if err != nil {
		return err
	}
	if len(reason) > wire.MaxReason {
		return cmdline.Usage("say it shorter", "--reason: %d bytes, at most %d are allowed", len(reason), wire.MaxReason)
	}
	var numbers []wire.Number
	for _, spec := range specs { // a mistake ends none of them
		n, err := cmd.named(spec)
		if err != nil {
			return err
		}
		if cmd.findOpen(n) == nil {
			return noSession(n)
		}
		numbers = append(numbers, n)
	}
	if c.Bool("all") {
		for _, row := range cmd.mine() {
			numbers = append(numbers, row.Number)
		}
		if len(numbers) == 0 {
			return cmdline.Fail(cmdline.ExitNoSession, "session start opens one", "no session of yours is open")
		}
	}
	failed := 0
	for _, n := range numbers {
		err := cmd.endOne(c, n, reason)
		if len(numbers) == 1 {
			return err
		}
		if err != nil {
			failed++
			cmdline.ReportIn(cmd.err, cmd.speaker, "relay", err)
		}
	}
	if failed > 0 {
		return cmdline.Silent(cmdline.ExitSome)
	}
	return nil
}

func (cmd *command) endOne(c *cli.Context, n wire.Number, reason string) error {
	s := cmd.findOpen(n)
	if s == nil {
		return noSession(n)
	}
	title := cmd.view(*s.row.Load())
	if err := s.end(c.Context, cmd.account.Name, reason); errors.Is(err, store.ErrState) {
		return noSession(n)
	} else if err != nil {
		return cmd.explain(err)
	}
	cmd.tell("session %s has ended", title)
	return nil
}

// endWhat tells the sessions from the words of the reason. ssh takes the quotes away:
// what stands behind --reason belongs to it, but for the session where none stands before.
func (cmd *command) endWhat(c *cli.Context) (specs []string, reason string, err error) {
	args, reason := c.Args().Slice(), c.String("reason")
	most := len(args)
	if reason != "" {
		most = max(cmd.before("--reason"), 1)
	}
	if c.Bool("all") {
		most = 0
	}
	specs = args[:min(most, len(args))]
	rest := args[len(specs):]
	switch {
	case len(rest) > 0 && reason == "":
		return nil, "", cmdline.Usage("leave one of them out", "session end: --all and %q do not go together", text.Plain(rest[0], 60))
	case len(rest) > 0:
		reason = strings.Join(append([]string{reason}, rest...), " ")
	}
	return specs, reason, nil
}

// before counts the arguments of a command of two words that were typed before a flag.
func (cmd *command) before(flag string) int {
	var words []string
	for _, word := range cmd.words[min(2, len(cmd.words)):] {
		if word == flag || strings.HasPrefix(word, flag+"=") {
			break
		}
		if !strings.HasPrefix(word, "-") {
			words = append(words, word)
		}
	}
	return len(cmdline.JoinNumbers(words, len(words)))
}
