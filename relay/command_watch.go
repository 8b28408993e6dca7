package relay

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
)

// watchPause lies between two looks of one who watches: a session that changes all the
// time is told of a few times a second, as it is then.
const watchPause = 200 * time.Millisecond

// watching is one "session watch".
type watching struct {
	cmd    *command
	asJSON bool
	seed   maphash.Seed
	// told is the hash of what was told last of each session; ends is when the question
	// that stands there ends by itself.
	told map[*session]uint64
	ends map[*session]time.Time
}

// watch tells the present state of sessions and then every change, until the client
// leaves or all that it has named have ended.
func (cmd *command) watch(c *cli.Context) error {
	owner, err := cmd.whose(c)
	if err != nil {
		return err
	}
	w := &watching{cmd: cmd, asJSON: c.Bool("json"), seed: maphash.MakeSeed(), told: map[*session]uint64{}, ends: map[*session]time.Time{}}
	var only map[*session]bool
	for _, spec := range c.Args().Slice() {
		n, err := cmd.named(spec)
		if err != nil {
			return err
		}
		s := cmd.findOpen(n)
		if s == nil {
			return noSession(n)
		}
		if only == nil {
			only = map[*session]bool{}
		}
		only[s] = true
		if s.row.Load().Owner != owner { // an admin's
			owner = ""
		}
	}
	changes := cmd.relay.watchers.watch(owner)
	defer cmd.relay.watchers.unwatch(changes)
	for _, s := range cmd.relay.sessions() {
		if owner == "" || s.row.Load().Owner == owner {
			changes.note(&cmd.relay.watchers, s)
		}
	}
	return w.follow(c.Context, changes, only)
}

// note makes a session one that has changed.
func (one *watcher) note(w *watchers, s *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one.changed[s] = true
}

func (w *watching) follow(ctx context.Context, changes *watcher, only map[*session]bool) error {
	for {
		list := w.cmd.relay.watchers.take(changes)
		now := time.Now()
		for s, at := range w.ends {
			if !now.Before(at) {
				delete(w.ends, s)
				list = append(list, s)
			}
		}
		if err := w.tell(list, only, now); err != nil {
			return err
		}
		if only != nil && len(only) == 0 {
			return nil
		}
		if err := w.wait(ctx, changes); err != nil {
			return err
		}
		if _, err := w.cmd.relay.admit(w.cmd.conn, actUse, nil); err != nil {
			return w.cmd.explain(err)
		}
	}
}

// wait returns when there may be something to tell, a pause later.
func (w *watching) wait(ctx context.Context, changes *watcher) error {
	var over <-chan time.Time
	var first time.Time
	for _, at := range w.ends {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if !first.IsZero() {
		timer := time.NewTimer(time.Until(first))
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-changes.wake:
	case <-over:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	pause := time.NewTimer(watchPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tell writes those that are not as they were told last, in one piece.
func (w *watching) tell(list []*session, only map[*session]bool, now time.Time) error {
	var out strings.Builder
	for _, s := range list {
		if only != nil && !only[s] {
			continue
		}
		v := w.cmd.viewOpen(s)
		if err := w.line(&out, s, v, now); err != nil {
			return err
		}
		if v.State == api.Ended {
			delete(w.told, s)
			delete(w.ends, s)
			delete(only, s)
		}
	}
	if out.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(w.cmd.out, out.String())
	return err
}

func (w *watching) line(out *strings.Builder, s *session, v api.Session, now time.Time) error {
	delete(w.ends, s)
	if v.Question != nil {
		w.ends[s] = v.Question.Until
	}
	var line, key string
	if w.asJSON {
		var b strings.Builder
		if err := cmdline.List(&b, cmdline.JSONL, []api.Session{v}, nil); err != nil {
			return err
		}
		line, key = b.String(), b.String()
	} else {
		key = w.cmd.tables(cmdline.Table).Line(v, time.Time{})
		line = fmt.Sprintf("%s  %s\n", now.UTC().Format(time.TimeOnly+"Z"), w.cmd.tables(cmdline.Table).Line(v, now))
	}
	hash := maphash.String(w.seed, key)
	if before, known := w.told[s]; known && before == hash {
		return nil
	}
	w.told[s] = hash
	out.WriteString(line)
	return nil
}
