package relay

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// LevelSecurity is the level of security events. It is above all others, so that
// whoever wants to see errors alone sees them too.
const LevelSecurity = slog.LevelError + 4

// Event is the kind of a security event: the field "event" of its line in the log. Each
// has one line. Where there is an address, the field "from" comes right behind it.
type Event string

// The security events.
const (
	EventRefused  Event = "login.refused"
	EventLogin    Event = "login.done"
	EventWrong    Event = "number.wrong"
	EventSlowed   Event = "number.slowed"
	EventAlarm    Event = "number.alarm"
	EventUnlocked Event = "number.unlocked"
	EventAdded    Event = "account.added"
	EventRemoved  Event = "account.removed"
	EventDisabled Event = "account.disabled"
	EventEnabled  Event = "account.enabled"
	EventEdited   Event = "account.edited"
	EventKey      Event = "key.added"
	EventKeyGone  Event = "key.removed"
	EventInvited  Event = "invitation.made"
	EventBadOffer Event = "invitation.wrong"
	EventPruned   Event = "journal.pruned"
	EventHostKey  Event = "hostkey.changed"
	EventCAKey    Event = "cakey.changed"
	EventPeer     Event = "peer.refused"
	// EventReload is written by the program, which has the configuration.
	EventReload Event = "config.reloaded"
)

// Events are all security events with their fields, for the manual.
func Events() []struct{ Event, Fields string } {
	return []struct{ Event, Fields string }{
		{string(EventRefused), "from, cause (unknown-account, wrong-key, disabled, refused), account, keys (how many were offered)"},
		{string(EventLogin), "from, account, key; with a certificate also ca, key_id and ends"},
		{string(EventWrong), "from"},
		{string(EventSlowed), "from, until, one_try_each"},
		{string(EventAlarm), "from (the last one), at_least, within"},
		{string(EventUnlocked), "from"},
		{string(EventAdded), "from and by (who did it), account, name, admin"},
		{string(EventRemoved), "from, by, account"},
		{string(EventDisabled), "from, by, account"},
		{string(EventEnabled), "from, by, account"},
		{string(EventEdited), "from, by, account, name, admin"},
		{string(EventKey), "from, by, account, key"},
		{string(EventKeyGone), "from, by, account, key"},
		{string(EventInvited), "from, by, account, until"},
		{string(EventBadOffer), "from, account (for which somebody used an invitation that is wrong, used, late or another account's)"},
		{string(EventPruned), "from, by"},
		{string(EventHostKey), "from, key (that in use), next (the new one, or none)"},
		{string(EventCAKey), "the same, of the key that certifies customers' computers"},
		{string(EventPeer), "from, keys (how many were offered at the port for relays of the group)"},
		{string(EventReload), "changed, needs_restart, or err"},
	}
}

// atMachine stands for the address of whoever uses support-relay beside the relay.
const atMachine = "local"

// security writes the line of a security event. what is a sentence that never changes.
func (r *Relay) security(event Event, what, from string, more ...any) {
	r.log.Log(r.background, LevelSecurity, what, append([]any{"event", string(event), "from", from}, more...)...)
}

// maxNamed bounds a foreign account name in the log, in bytes.
const maxNamed = 64

// refused is [sshd.Options.Refused]: it is called when a client has left without one of
// its keys being accepted.
func (r *Relay) refused(c *sshd.Conn, user string, keys int) {
	cause := causeUnknown
	switch a, known := r.accounts.Load().byName[user]; {
	case user == wire.CustomerUser:
		cause = causeRefused
	case known && a.Disabled:
		cause = causeDisabled
	case known:
		cause = causeWrongKey
	}
	if user == "" || len(user) > wire.MaxAccount {
		user = text.Plain(user, maxNamed)
	}
	r.count.refused(cause)
	r.security(EventRefused, "a login was refused", c.Source(), "cause", cause, "account", user, "keys", keys)
}

// An actor is who has changed an account.
type actor struct{ by, from string }

// actors remembers who makes which revision of the accounts, until it is applied: other
// programs make some of them. The zero value is ready.
type actors struct {
	mu sync.Mutex // no other lock is taken under it
	of map[int64]actor
}

func (a *actors) note(revision int64, who actor) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil {
		a.of = map[int64]actor{}
	}
	a.of[revision] = who
}

// take is who has made the revisions after the first up to the last: the operator, unless
// all of them are one admin's.
func (a *actors) take(after, upTo int64) actor {
	a.mu.Lock()
	defer a.mu.Unlock()
	operator := actor{by: "operator", from: atMachine}
	who, known := a.of[upTo]
	for revision := range a.of {
		if revision > after && revision <= upTo && a.of[revision] != who {
			known = false
		}
	}
	for revision := after + 1; revision <= upTo && known && upTo-after < 1000; revision++ {
		_, known = a.of[revision]
	}
	maps.DeleteFunc(a.of, func(revision int64, _ actor) bool { return revision <= upTo })
	if !known {
		return operator
	}
	return who
}

// tellChanges writes what is different about the accounts since they were applied last.
func (r *Relay) tellChanges(before, after *accounts) {
	if before == nil || before.revision == after.revision {
		return
	}
	who := r.actors.take(before.revision, after.revision)
	tell := func(event Event, what string, more ...any) {
		r.security(event, what, who.from, append([]any{"by", who.by}, more...)...)
	}
	for _, name := range slices.Sorted(maps.Keys(after.byName)) {
		now := after.byName[name]
		was, known := before.byName[name]
		if !known || !was.Created.Equal(now.Created) {
			if known { // removed, and added again
				tell(EventRemoved, "an account was removed", "account", name)
			}
			tell(EventAdded, "an account was added", "account", name, "name", now.Display, "admin", now.Admin)
			was = store.Account{Name: name, Display: now.Display, Admin: now.Admin, Disabled: now.Disabled}
		}
		if was.Disabled != now.Disabled {
			event, what := EventEnabled, "an account was unlocked"
			if now.Disabled {
				event, what = EventDisabled, "an account was locked"
			}
			tell(event, what, "account", name)
		}
		if was.Display != now.Display || was.Admin != now.Admin {
			tell(EventEdited, "an account was changed", "account", name, "name", now.Display, "admin", now.Admin)
		}
		if now.Invited.After(was.Invited) {
			tell(EventInvited, "somebody may register a key with an invitation", "account", name, "until", now.Invited)
		}
		for _, k := range without(now.Keys, was.Keys) {
			tell(EventKey, "an account has got a key", "account", name, "key", k)
		}
		for _, k := range without(was.Keys, now.Keys) {
			tell(EventKeyGone, "an account has lost a key", "account", name, "key", k)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before.byName)) {
		if _, stays := after.byName[name]; !stays {
			tell(EventRemoved, "an account was removed", "account", name)
		}
	}
}

// without are the fingerprints of keys that are not among others.
func without(keys, others []store.Key) (left []string) {
	for _, k := range keys {
		if !slices.ContainsFunc(others, func(o store.Key) bool { return o.Fingerprint == k.Fingerprint }) {
			left = append(left, k.Fingerprint)
		}
	}
	return left
}

// tellPruned writes that old journals were deleted, beside the relay, since it was
// looked for last.
func (r *Relay) tellPruned(ctx context.Context) error {
	at, err := r.data.Store.Noted(ctx, store.NotePruned)
	if err != nil {
		return err
	}
	if old := r.pruned.Swap(&at); old != nil && !old.Equal(at) {
		r.security(EventPruned, "journals of ended support sessions were deleted", atMachine, "by", "operator")
	}
	return nil
}
