package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
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
	p         *program
	only      []wire.Number // that have not ended; none from the first is all of them
	everybody bool
	asJSON    bool
	known     map[wire.Number]string // what was told last
}

// sessionWatch goes on until Ctrl-C or, for support sessions that were named, until they
// have ended.
func (p *program) sessionWatch(c *cli.Context) error {
	w := &watcher{p: p, asJSON: c.Bool("json"), everybody: c.Bool("all"), known: map[wire.Number]string{}}
	for _, spec := range c.Args().Slice() {
		n, err := p.named(c.Context, spec)
		if err != nil {
			return err
		}
		w.only = append(w.only, n)
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

// follow is told by the relay; nil is the end of those that are watched. An older relay,
// which cannot tell, is asked again and again.
func (w *watcher) follow(ctx context.Context, r *client.Relay) error {
	if len(w.only) > 0 || len(w.known) > 0 { // some may have ended, and are not told of
		if over, err := w.once(ctx, r); over || err != nil {
			return err
		}
	}
	err := r.Watch(ctx, w.everybody, w.only, w.tell)
	var e *cmdline.Error
	if !errors.As(err, &e) || e.Code != cmdline.ExitUsage || w.everybody {
		return err
	}
	for {
		if over, err := w.once(ctx, r); over || err != nil {
			return err
		}
		if err := sleep(ctx, watchEvery); err != nil {
			return err
		}
	}
}

// once looks, tells, and reports whether all that were named have ended.
func (w *watcher) once(ctx context.Context, r *client.Relay) (over bool, err error) {
	named := len(w.only) > 0
	list, err := w.look(ctx, r)
	if err != nil {
		return false, err
	}
	for _, s := range list {
		if err := w.tell(s); err != nil {
			return false, err
		}
	}
	return named && len(w.only) == 0, nil
}

// look returns what is watched. A support session that is no longer in the list
// is asked for once more, to tell how it ended.
func (w *watcher) look(ctx context.Context, r *client.Relay) ([]api.Session, error) {
	if len(w.only) > 0 {
		return sessionsFor(ctx, r, numberWords(w.only), false)
	}
	list, err := r.Sessions(ctx, client.Which{Everybody: w.everybody})
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

func numberWords(numbers []wire.Number) (words []string) {
	for _, n := range numbers {
		words = append(words, string(n))
	}
	return words
}

func (w *watcher) tell(s api.Session) error {
	said := w.p.tables(cmdline.Table).Line(s, time.Time{})
	if w.asJSON {
		raw, err := s.MarshalJSON()
		if err != nil {
			return err
		}
		said = string(raw)
	}
	if w.known[s.Number] == said {
		return nil
	}
	w.known[s.Number] = said
	if s.State == api.Ended {
		delete(w.known, s.Number)
		w.only = slices.DeleteFunc(w.only, func(n wire.Number) bool { return n == s.Number })
	}
	if w.asJSON {
		return cmdline.List(w.p.std.Out, cmdline.JSONL, []api.Session{s}, nil)
	}
	now := time.Now()
	_, err := fmt.Fprintf(w.p.std.Out, "%s  %s\n", now.Format(time.TimeOnly), w.p.tables(cmdline.Table).Line(s, now))
	return err
}
