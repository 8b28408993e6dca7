package relay

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"supportd/library/api"
	"supportd/library/inbound"
	"supportd/relay/store"
	"supportd/relay/unjoined"
)

const (
	// missBatch bounds the wrong numbers that are stored at once.
	missBatch = 200
	// maxUnstored bounds those that wait for a slow disk; what the relay itself knows
	// decides, so that beyond it only "status" shows too few.
	maxUnstored = 2000
	// nearLimit is from how many percent on a limit is near.
	nearLimit = 80
)

// unstored are the wrong numbers that the database does not have yet. Nobody waits for
// it: neither somebody who joins, nor somebody who guesses.
// The zero value is ready.
type unstored struct {
	mu      sync.Mutex // taken before Relay.mu
	misses  []store.Miss
	alarm   bool
	writing bool // somebody stores them
}

// keepMiss stores a wrong number in the background, for "status" and "unlock" beside the
// relay, and for the next relay on this data directory.
func (r *Relay) keepMiss(m store.Miss, alarm bool) {
	u := &r.unstored
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.misses) < maxUnstored {
		u.misses = append(u.misses, m)
	}
	u.alarm = u.alarm || alarm
	if !u.writing {
		u.writing = r.spawn(r.storeMisses)
	}
}

// take is the next piece of work; an empty batch means that all is done.
func (u *unstored) take() (batch []store.Miss, alarm bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := min(len(u.misses), missBatch)
	batch, u.misses = u.misses[:n:n], u.misses[n:]
	alarm, u.alarm = u.alarm, false
	u.writing = n > 0
	return batch, alarm
}

// storeMisses stores what there is, and tries again what cannot be stored now.
func (r *Relay) storeMisses() {
	batch, alarm := r.unstored.take()
	for len(batch) > 0 {
		ctx, cancel := context.WithTimeout(r.background, writePatience)
		err := r.data.Store.AddMisses(ctx, batch, alarm, r.now().Add(-unjoined.MissWindow))
		cancel()
		if err == nil {
			batch, alarm = r.unstored.take()
			continue
		}
		if r.background.Err() == nil {
			r.log.Error("cannot store wrong numbers; trying again", "err", err)
		}
		select {
		case <-time.After(retryPause):
		case <-r.background.Done():
			return
		}
	}
}

// loadMisses slows those again who were slowed before the relay started.
func (r *Relay) loadMisses(ctx context.Context) error {
	now := r.now()
	misses, err := r.data.Store.Misses(ctx, now.Add(-unjoined.MissWindow))
	for _, m := range misses {
		r.numbers.Restore(m.Source, m.At, now)
	}
	return err
}

// catchUpUnlocks applies what an operator has unlocked beside the relay.
func (r *Relay) catchUpUnlocks() {
	ctx, cancel := context.WithTimeout(r.background, writePatience)
	defer cancel()
	unlocked, err := r.data.Store.Unlocks(ctx, r.now().Add(-unjoined.MissWindow))
	if err != nil && r.background.Err() == nil {
		r.log.Error("cannot read which addresses were unlocked", "err", err)
	}
	for _, u := range unlocked {
		if r.numbers.Forgive(u.Source, u.At, r.now()) {
			r.security(EventUnlocked, "wrong session numbers are forgotten: the operator has unlocked this address", Address(u.Source))
		}
	}
}

// catchUpPruned tells what was deleted beside the relay.
func (r *Relay) catchUpPruned() {
	ctx, cancel := context.WithTimeout(r.background, writePatience)
	defer cancel()
	if err := r.tellPruned(ctx); err != nil && r.background.Err() == nil {
		r.log.Error("cannot read whether journals were deleted", "err", err)
	}
}

// ParseSource reads an address as people write it, an IPv4 or IPv6 address or a
// network as [Status] shows it, and returns the source that it belongs to: a /32 or /64.
func ParseSource(s string) (netip.Prefix, error) {
	var p netip.Prefix
	ip, err := netip.ParseAddr(s)
	if err == nil {
		p = inbound.SourceOf(ip)
	} else if p, err = netip.ParsePrefix(s); err == nil {
		ip = p.Addr()
	}
	if err != nil || inbound.SourceOf(ip) != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("%q is no address such as 203.0.113.7, 2001:db8::7 or 2001:db8::/64", s)
	}
	return p.Masked(), nil
}

// Unlock makes the wrong numbers of a source count no more, at a running relay within
// [revokeInterval] too. was reports whether it was slowed, and wrong how many it had.
func (d *Data) Unlock(ctx context.Context, from netip.Prefix) (was bool, wrong int, err error) {
	now := d.Store.Now()
	misses, err := d.Store.Unlock(ctx, from, now, now.Add(-unjoined.MissWindow))
	return len(slowed(misses, now)) > 0, len(misses), err
}

// slowed are the sources that are slowed because of their wrong numbers, the oldest of
// which come first.
func slowed(misses []store.Miss, now time.Time) []api.Slowed {
	all := []api.Slowed{}
	sources := map[netip.Prefix]*unjoined.Attempts{}
	var order []netip.Prefix
	for _, m := range misses {
		s := sources[m.Source]
		if s == nil {
			s = &unjoined.Attempts{}
			sources[m.Source] = s
			order = append(order, m.Source)
		}
		if m.At.After(now) { // the clock was set back
			m.At = now
		}
		s.Add(m.At)
	}
	for _, from := range order {
		if s := sources[from]; now.Before(s.Until()) {
			all = append(all, api.Slowed{From: Address(from), Until: s.Until().Truncate(time.Second), Next: s.Next().Truncate(time.Second)})
		}
	}
	return all
}

// Status is what a relay does now, as its data directory tells it.
func (d *Data) Status(ctx context.Context) (api.Status, error) {
	now := d.Store.Now()
	serving, err := d.serving()
	if err != nil {
		return api.Status{}, err
	}
	counts, err := d.Store.CountSessions(ctx)
	if err != nil {
		return api.Status{}, err
	}
	misses, err := d.Store.Misses(ctx, now.Add(-unjoined.MissWindow))
	if err != nil {
		return api.Status{}, err
	}
	alarm, err := d.Store.LastAlarm(ctx)
	v := api.Status{
		Serving: serving, Waiting: counts[string(api.Waiting)], Active: counts[string(api.Active)], Away: counts[string(api.Away)],
		Slowed: slowed(misses, now), Limits: []string{}, Group: []api.Node{}, Alarm: alarm.Truncate(time.Second), Backup: d.LastBackup().Truncate(time.Second),
	}
	if serving {
		var pid string
		pid, v.Version, v.Since = d.holder()
		v.Files, v.Memory = process("/", pid, filepath.Join(d.dir, relayLockFile))
		v.Since = v.Since.UTC().Truncate(time.Second)
	}
	nodes, group := d.Store.Nodes(ctx)
	err = errors.Join(err, group)
	for _, n := range nodes {
		v.Group = append(v.Group, api.Node{Name: n.Name, Peer: n.Peer, Alive: n.Holder != "" && now.Before(n.Until), Until: n.Until.Truncate(time.Second)})
	}
	near, limits := d.Store.NearLimits(ctx, nearLimit, maxOpen)
	err = errors.Join(err, limits)
	for _, n := range near {
		v.Limits = append(v.Limits, nearWords(n))
	}
	v.Limits = append(v.Limits, nearOf(v)...)
	if !serving { // what stopped without a word has left them as they were
		v.Away, v.Active = v.Away+v.Active, 0
	}
	v.Connected = v.Active
	return v, err
}

// nearOf says what the relay's process has nearly too much of.
func nearOf(v api.Status) (words []string) {
	if v.Files != nil && v.Files.Near(nearLimit) {
		words = append(words, "the relay: "+v.Files.In(1, "")+" open files, of which each connection is one")
	}
	if v.Memory != nil && v.Memory.Near(nearLimit) {
		words = append(words, "the relay: "+v.Memory.In(api.Mebibyte, " MiB")+" of memory")
	}
	return words
}

// nearWords says what an account has nearly too much of.
func nearWords(n store.Near) string {
	switch n.What {
	case store.OpenSessions:
		return fmt.Sprintf("%s: %d of %d open support sessions", n.Owner, n.Have, n.Most)
	case store.Scripts:
		return fmt.Sprintf("%s: %d of %d scripts", n.Owner, n.Have, n.Most)
	case store.ScriptBytes:
		return fmt.Sprintf("%s: %d of %d MiB for scripts and their older versions", n.Owner, n.Have>>20, n.Most>>20)
	}
	return fmt.Sprintf("%s: %d of %d", n.Owner, n.Have, n.Most)
}
