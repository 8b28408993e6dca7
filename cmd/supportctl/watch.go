package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

const (
	// watchEvery is how often the relay is asked: a person sees it at once, and a
	// relay with a thousand watchers does not notice.
	watchEvery = time.Second
	// retryFirst and retryMost bound the pause before a lost connection is tried
	// again: it doubles, and a random part of it is waited, so that not all come
	// back at the same moment.
	retryFirst = time.Second
	retryMost  = 30 * time.Second
)

// pause waits a random part of the backoff for the n-th attempt, counted from 0.
func pause(ctx context.Context, n int) error {
	most := min(retryFirst<<min(n, 10), retryMost)
	return sleep(ctx, time.Duration(rand.Int64N(int64(most))))
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// offline reports whether trying again may help.
func offline(err error) bool {
	return errors.Is(err, client.ErrLost) || errors.Is(err, client.ErrUnreachable)
}

// watcher tells changes of support sessions.
type watcher struct {
	p      *program
	only   wire.Number // "" is all of them
	asJSON bool
	known  map[wire.Number]string // what was told last
}

// sessionWatch goes on until Ctrl-C or, for one support session, until its end.
func (p *program) sessionWatch(c *cli.Context) error {
	w := &watcher{p: p, asJSON: c.Bool("json"), known: map[wire.Number]string{}}
	if text := c.Args().First(); text != "" {
		n, err := number(text)
		if err != nil {
			return err
		}
		w.only = n
	}
	for attempt := 0; ; attempt++ {
		err := p.onRelay(c.Context, func(r *client.Relay, _ profile) error {
			attempt = 0
			return w.follow(c.Context, r)
		})
		if !offline(err) || len(w.known) == 0 {
			return err
		}
		p.note("%v; trying again", err)
		if err := pause(c.Context, attempt); err != nil {
			return err
		}
	}
}

// follow asks again and again; nil is the end of the one that is watched.
func (w *watcher) follow(ctx context.Context, r *client.Relay) error {
	for {
		list, err := w.look(ctx, r)
		if err != nil {
			return err
		}
		for _, s := range list {
			if err := w.tell(s); err != nil {
				return err
			}
		}
		if w.only != "" && list[0].State == api.Ended {
			return nil
		}
		if err := sleep(ctx, watchEvery); err != nil {
			return err
		}
	}
}

// look returns what is watched. A support session that is no longer in the list
// is asked for once more, to tell how it ended.
func (w *watcher) look(ctx context.Context, r *client.Relay) ([]api.Session, error) {
	if w.only != "" {
		s, err := r.Session(ctx, w.only)
		return []api.Session{s}, err
	}
	list, err := r.Sessions(ctx, client.Which{})
	if err != nil {
		return nil, err
	}
	open := map[wire.Number]bool{}
	for _, s := range list {
		open[s.Number] = true
	}
	for n := range w.known {
		if open[n] {
			continue
		}
		s, err := r.Session(ctx, n)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func (w *watcher) tell(s api.Session) error {
	state := string(s.State) + "\x00" + s.Host + "\x00" + s.Customer
	delay := ""
	if s.Delay != nil {
		delay = s.Delay.Text(when)
		state += "\x00" + delay
	}
	if w.known[s.Number] == state {
		return nil
	}
	w.known[s.Number] = state
	if s.State == api.Ended {
		defer delete(w.known, s.Number)
	}
	if w.asJSON {
		return cmdline.List(w.p.std.Out, cmdline.JSONL, []api.Session{s}, nil)
	}
	line := fmt.Sprintf("%s  %s  %-7s", time.Now().Format(time.TimeOnly), s.Number.Spoken(), s.State)
	for _, cell := range []struct {
		text  string
		width int
	}{{s.Customer, 16}, {s.Host, 16}} { // columns as far as they fit
		line += "  " + text.Pad(cell.text, cell.width)
	}
	line = strings.TrimRight(line, " ")
	for _, more := range []string{s.OS, s.Reason, delay} {
		if more != "" {
			line += "  " + more
		}
	}
	_, err := fmt.Fprintln(w.p.std.Out, text.Escape(line))
	return err
}
