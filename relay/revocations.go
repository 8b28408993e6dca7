package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/wire"
)

// ErrOlderList is returned where a list of revocations shall be replaced by an older one, or
// by another one with its number: no computer would take it.
var ErrOlderList = errors.New("a list of revocations with a higher number, or another one with this number, counts already")

// revokedGrace is how long somebody whom the CSR CA has revoked keeps the connections that
// they have here: meanwhile the computers end theirs, and say why through them.
const revokedGrace = 3 * time.Second

// SetRevocations has a list of what the CSR CA has revoked count from now on, and brings it
// to all computers; nil is none. Whom it revokes is disconnected. It is safe for concurrent
// use.
func (r *Relay) SetRevocations(list *csrca.Revocations) error {
	if err := r.CheckRevocations(list); err != nil {
		return err
	}
	if was := r.revocations.Swap(list); sameList(was, list) {
		return nil
	}
	for _, s := range r.sessions() {
		if t := s.tunnel.Load(); t != nil {
			t.tellList()
		}
	}
	r.spawn(func() {
		select {
		case <-time.After(revokedGrace):
		case <-r.background.Done():
			return
		}
		ctx, cancel := context.WithTimeout(r.background, writePatience)
		defer cancel()
		if err := r.refresh(ctx); err != nil {
			r.log.Error("cannot read the accounts; who was revoked is out with the next look", "err", err)
		}
	})
	return nil
}

// CheckRevocations returns [ErrOlderList] where the list may not replace the one that counts.
func (r *Relay) CheckRevocations(list *csrca.Revocations) error {
	was := r.revocations.Load()
	if was == nil || list == nil || list.Number > was.Number || sameList(was, list) {
		return nil
	}
	return fmt.Errorf("%w: the new one has number %d, the one that counts %d", ErrOlderList, list.Number, was.Number)
}

func sameList(a, b *csrca.Revocations) bool {
	return a == b || a != nil && b != nil && bytes.Equal(a.File(), b.File())
}

// keyRevoked is for somebody with an account's own key that the CSR CA has revoked.
func keyRevoked(number uint64) error {
	err := fmt.Errorf("your organisation has revoked this key (list %d)", number)
	return &ssh.BannerError{Err: err, Message: fmt.Sprintf("%v\r\nhint: make a new one, and ask your organisation\r\n", err)}
}

// tellRevocations brings the computer the list, if it has not been sent that one. What it
// does not take it says in its own log; it lets in whom it will.
func (t *tunnel) tellRevocations(list *csrca.Revocations) {
	if list != nil && !t.ask(wire.RevokeRequest, list.File(), confirmGrace, errUnconfirmed) {
		t.relay.log.Info("the computer has not taken the list of revocations: it has a newer one, or its program is older", "session", t.session.Load().row.Load().ID, "number", list.Number)
	}
}

// second are the categories whose scripts need a second signature, by the list that counts.
func (r *Relay) second() []string {
	if list := r.revocations.Load(); list != nil {
		return list.Second
	}
	return nil
}
