package relay

import (
	"bytes"
	"context"
	"time"

	"supportd/library/wire"
)

// tellList tells the computer who may enter, if that has changed, and returns at once.
// Lists are sent one after the other. Who is on the list is decided elsewhere: see
// [Relay.mayAct] and [newAccounts].
func (t *tunnel) tellList() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sending || !t.forwarding {
		return
	}
	if t.sent && bytes.Equal(t.listLocked(), t.list) && sameList(t.told, t.relay.revocations.Load()) {
		t.setReadyLocked()
		return
	}
	t.clearReadyLocked()
	t.sending = t.relay.spawn(t.sendLists)
}

// listLocked is who may enter now. It is read under the lock, so that no change is
// missed while a list is being sent.
func (t *tunnel) listLocked() []byte {
	return t.relay.accounts.Load().lists[t.session.Load().row.Load().Owner].Marshal()
}

func (t *tunnel) setReadyLocked() {
	select {
	case <-t.ready:
	default:
		close(t.ready)
	}
}

func (t *tunnel) clearReadyLocked() {
	select {
	case <-t.ready:
		t.ready = make(chan struct{})
	default:
	}
}

// waitReady waits a while until the computer takes connections and has confirmed
// whom it lets in, so that nobody is turned away who is early.
func (t *tunnel) waitReady(ctx context.Context) bool {
	t.mu.Lock()
	ready := t.ready
	t.mu.Unlock()
	timer := time.NewTimer(readyPatience)
	defer timer.Stop()
	select {
	case <-ready:
		return true
	case <-t.conn.Load().Context().Done():
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (t *tunnel) sendLists() {
	for {
		t.mu.Lock()
		list, revocations := t.listLocked(), t.relay.revocations.Load()
		named, revoked := !t.sent || !bytes.Equal(list, t.list), !sameList(t.told, revocations)
		if !named && !revoked {
			t.sending = false
			if t.forwarding {
				t.setReadyLocked()
			}
			t.mu.Unlock()
			return
		}
		t.sent, t.list, t.told = true, list, revocations
		t.mu.Unlock()
		if revoked { // first, so that nobody enters before it
			t.tellRevocations(revocations)
		}
		if named && !t.ask(wire.AuthorizeRequest, list, confirmGrace, errUnconfirmed) {
			t.conn.Load().End(errUnconfirmed)
			return
		}
	}
}

// ask sends a request and returns the computer's answer; the connection ends
// when there is none in time.
func (t *tunnel) ask(name string, payload []byte, patience time.Duration, cause error) bool {
	c := t.conn.Load()
	timer := time.AfterFunc(patience, func() { c.End(cause) })
	defer timer.Stop()
	ok, _, err := c.SSH().SendRequest(name, true, payload)
	return err == nil && ok
}

// closeEnded tells the computer that its session has ended, and closes. A computer
// that has ended it itself waits for the answer to that, and goes.
func (t *tunnel) closeEnded(m wire.End) {
	c := t.conn.Load()
	if m.By == wire.CustomerUser {
		select {
		case <-c.Context().Done():
		case <-time.After(endGrace):
		}
	} else {
		t.ask(wire.EndRequest, m.Marshal(), endGrace, errEnded)
	}
	c.End(errEnded)
}
