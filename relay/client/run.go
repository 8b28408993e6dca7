package client

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/wire"
)

// maxEventLine bounds one event in JSON, in bytes: events are at most
// [journal.MaxEvent], and escapes make them longer.
const maxEventLine = 8 * journal.MaxEvent

// Event is one thing that happened in a run, as the daemon tells it. Its texts are
// hostile.
type Event = journal.RunEvent

// Outcome is how one script went. Its texts are hostile.
type Outcome = journal.Outcome

// RunOptions say how scripts are run.
type RunOptions struct {
	KeepGoing bool            // go on after a script that failed
	Timeout   time.Duration   // for each script; 0 is the daemon's own limit
	Raw       bool            // events of output bring its bytes too
	Authors   []wire.Authored // who has written scripts, for the customer to be told
	Seconds   []wire.Authored // who else has signed some of those, likewise
}

// Run runs staged scripts in this order, after the customer has said yes, and
// calls sink for each event. It returns when the run has ended, with the
// daemon's error where there was none to begin with or a script failed. The run
// goes on when the connection breaks; see [Computer.Attach].
func (c *Computer) Run(ctx context.Context, o RunOptions, names []string, sink func(Event) error) error {
	args := o.args()
	if o.KeepGoing {
		args = append(args, "--keep-going")
	}
	if o.Timeout > 0 {
		args = append(args, "--timeout="+o.Timeout.String())
	}
	return c.follow(ctx, sink, o, append(append(args, "--"), names...)...)
}

// Attach shows the run that is going on, or was the last one, from its first
// event, and returns when it has ended. Of o it needs Raw alone.
func (c *Computer) Attach(ctx context.Context, o RunOptions, sink func(Event) error) error {
	return c.follow(ctx, sink, RunOptions{}, o.args("--attach")...)
}

// args is how every run is asked for.
func (o RunOptions) args(more ...string) []string {
	args := append(append([]string{"run"}, more...), "--json")
	if o.Raw {
		args = append(args, "--raw")
	}
	return args
}

// Cancel asks the computer to end the run that is going on.
func (c *Computer) Cancel(ctx context.Context) error {
	return c.Exec(ctx, io.Discard, "cancel")
}

func (c *Computer) follow(ctx context.Context, sink func(Event) error, o RunOptions, args ...string) error {
	lines := &eventLines{sink: sink, where: c.where()}
	err := executeWith(ctx, c.side(), lines, c.tell, func(s *ssh.Session, _ context.CancelCauseFunc) error {
		say := func(request string, list []wire.Authored) error {
			for _, a := range list {
				// A computer that does not know the request, or no CA, names nobody.
				if _, err := s.SendRequest(request, true, a.Marshal()); err != nil {
					return err
				}
			}
			return nil
		}
		if err := say(wire.AuthorRequest, o.Authors); err != nil {
			return err
		}
		return say(wire.SecondRequest, o.Seconds)
	}, args...)
	if err == nil && len(lines.rest) > 0 {
		return malformed(c.where(), errors.New("the last event is incomplete"))
	}
	return err
}

// eventLines decodes events from a stream of lines.
type eventLines = jsonLines[Event]
