package main

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/client"
)

// perLine is how many computers share a connection to the relay. It allows
// [sshd.MaxChannels] channels on one; two stay free for commands. Sharing saves
// logins, of which a relay takes few at a time from one address.
const perLine = sshd.MaxChannels - 2

// lines are the connections to the relay that the computers of a job share.
type lines struct {
	profile profile
	keys    []ssh.Signer

	mu   sync.Mutex
	open []*line
}

// line is one of them. relay and err may be read once ready is closed.
type line struct {
	users int                // guarded by lines.mu
	hang  context.CancelFunc // ends the dialling
	ready chan struct{}
	relay *client.Relay
	err   error
}

// reach connects to a computer. Who is done with it calls leave, and says with
// what error.
func (l *lines) reach(ctx context.Context, n wire.Number) (c *client.Computer, leave func(error), err error) {
	at := l.enter(ctx)
	select {
	case <-at.ready:
		err = at.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err == nil {
		c, err = at.relay.Reach(ctx, n)
	}
	if err != nil {
		l.leave(at, err)
		return nil, nil, err
	}
	return c, func(err error) {
		// An error of closing says only that the other side was faster.
		_ = c.Close()
		l.leave(at, err)
	}, nil
}

// enter takes a place on a line that has one, or begins to dial a new one. Who
// gives up waiting does not end the dialling for the others.
func (l *lines) enter(ctx context.Context) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, at := range l.open {
		if at.users < perLine {
			at.users++
			return at
		}
	}
	ctx, hang := context.WithCancel(context.WithoutCancel(ctx))
	at := &line{users: 1, hang: hang, ready: make(chan struct{})}
	l.open = append(l.open, at)
	go func() {
		at.relay, at.err = client.Dial(ctx, l.profile.options(l.keys...))
		close(at.ready)
	}()
	return at
}

// leave gives a place back. A line that may be broken takes nobody new, and the
// last one to leave hangs up.
func (l *lines) leave(at *line, err error) {
	l.mu.Lock()
	at.users--
	last := at.users == 0
	if last || offline(err) {
		l.open = slices.DeleteFunc(l.open, func(other *line) bool { return other == at })
	}
	l.mu.Unlock()
	if !last {
		return
	}
	at.hang()
	if <-at.ready; at.relay != nil {
		_ = at.relay.Close() // as above
	}
}
