package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
	"supportd/relay/store"
)

// accounts is a snapshot of all accounts; it never changes.
type accounts struct {
	revision int64
	byName   map[string]store.Account
	keys     map[string]string         // key in wire format → account
	lists    map[string]wire.Authorize // account → who may enter its sessions' computers
}

// newAccounts leaves out keys that cannot be read, and returns an error for each:
// they must not keep the others from being removed.
func newAccounts(revision int64, rows []store.Account) (all *accounts, unreadable error) {
	all = &accounts{revision: revision, byName: map[string]store.Account{}, keys: map[string]string{}, lists: map[string]wire.Authorize{}}
	for _, a := range rows {
		all.byName[a.Name] = a
		var list wire.Authorize
		for _, k := range a.Keys {
			key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(k.Line))
			if err != nil {
				unreadable = errors.Join(unreadable, fmt.Errorf("the key %s of %s: %w", k.Fingerprint, a.Name, err))
				continue
			}
			all.keys[string(key.Marshal())] = a.Name
			list.Entries = append(list.Entries, wire.Entry{Account: a.Name, Name: a.Display, Key: key.Marshal()})
		}
		if !a.Disabled {
			all.lists[a.Name] = list
		}
	}
	return all, unreadable
}

// account is the account that a key belongs to. It must have the name that the
// person used, and must not be disabled.
func (a *accounts) account(name string, key ssh.PublicKey) (store.Account, bool) {
	owner, known := a.keys[string(key.Marshal())]
	found := a.byName[owner] // it is there: a key comes with its account
	if !known || found.Name != name || found.Disabled {
		return store.Account{}, false
	}
	return found, true
}

// watchAccounts looks every [revokeInterval] for accounts and keys of the relay that another
// process has changed, and for addresses that it has unlocked.
func (r *Relay) watchAccounts() {
	tick := time.NewTicker(revokeInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-r.background.Done():
			return
		}
		if r.catchUp(writePatience); r.away.Load() {
			continue
		}
		r.catchUpUnlocks()
		r.catchUpPruned()
		r.catchUpHostKeys()
		r.catchUpCAKeys()
	}
}

// catchUp applies what another process has changed about accounts, unless the database
// does not answer in time. That it cannot be reached stands in the log once.
func (r *Relay) catchUp(patience time.Duration) {
	ctx, cancel := context.WithTimeout(r.background, patience)
	defer cancel()
	revision, err := r.data.Store.Revision(ctx)
	if err == nil && revision != r.accounts.Load().revision {
		err = r.refresh(ctx)
	}
	if r.background.Err() != nil {
		return
	}
	away := errors.Is(err, store.ErrAway) || errors.Is(err, context.DeadlineExceeded)
	switch was := r.away.Swap(away); {
	case away && !was:
		r.log.Error("the database cannot be reached: who is connected stays, and nothing new is taken until it is back; accounts that are known stay valid", "err", err)
	case was && !away:
		r.log.Info("the database is back")
	}
	if err != nil && !away {
		r.log.Error("cannot read the accounts; those known stay valid", "err", err)
	}
}

func (r *Relay) loadAccounts(ctx context.Context) error {
	revision, err := r.data.Store.Revision(ctx)
	if err != nil {
		return err
	}
	accounts, err := r.data.Store.Accounts(ctx)
	if err != nil {
		return err
	}
	p, unreadable := newAccounts(revision, accounts)
	if unreadable != nil {
		r.log.Error("the database holds keys that cannot be read", "err", unreadable)
	}
	if len(*r.csrca.Load()) > 0 {
		p.nameCertified()
	}
	r.tellChanges(r.accounts.Swap(p), p)
	return nil
}

// refresh applies the accounts of the database. It disconnects whoever may not be
// here any more, ends the sessions that another process has ended, and tells
// computers who may enter.
func (r *Relay) refresh(ctx context.Context) error {
	r.refreshing.Lock()
	defer r.refreshing.Unlock()
	if err := r.loadAccounts(ctx); err != nil {
		return err
	}
	for _, c := range r.ssh.Conns() {
		if computer(c) == nil {
			_, _ = r.admit(c, actUse, nil) // which ends the connection of who may not be here
		}
	}
	err := r.reconcile(ctx)
	for _, s := range r.sessions() {
		if t := s.tunnel.Load(); t != nil {
			t.tellList()
		}
	}
	return err
}

// reconcile ends the sessions that another process has ended in the database.
func (r *Relay) reconcile(ctx context.Context) error {
	known := r.sessions() // read first: a session that is opened meanwhile is not among them
	rows, err := r.data.Store.OpenSessions(ctx)
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for _, row := range rows {
		open[row.ID] = true
	}
	for _, s := range known {
		if id := s.row.Load().ID; !open[id] {
			row, err := r.data.Store.Session(ctx, id)
			if err != nil {
				return err
			}
			s.ended(row)
		}
	}
	return nil
}

// reconcileLater is [Relay.reconcile] for those who hold a session's lock.
func (r *Relay) reconcileLater() {
	r.spawn(func() {
		ctx, cancel := context.WithTimeout(r.background, writePatience)
		defer cancel()
		if err := r.reconcile(ctx); err != nil {
			r.log.Error("cannot compare the sessions with the database", "err", err)
		}
	})
}
