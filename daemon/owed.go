package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	local "supportd/daemon/journal"
	"supportd/library/wire"
)

const (
	// owedPrefix begins the names of files that tell what the relay has not got.
	owedPrefix = "owed-"
	// owedLife is how long it is tried to bring it.
	owedLife = 30 * 24 * time.Hour
	// mostOwed bounds them; the oldest is given up.
	mostOwed = 50
	// settlePatience bounds one attempt.
	settlePatience = 5 * time.Minute
)

// owed is the rest of a journal that the relay could not be given at the end of
// its support session. The next daemon in the state directory brings it; until then
// the session's key is kept, because the relay knows the computer by it.
type owed struct {
	Relay    string      `json:"relay"`     // HOST:PORT
	RelayKey string      `json:"relay_key"` // SHA256:…
	Number   wire.Number `json:"number"`
	Identity []byte      `json:"identity"` // ed25519 seed (RFC 8032 section 5.1.5)
	Journal  string      `json:"journal"`  // file name in the state directory
	By       string      `json:"by"`       // who ended the session
	Reason   string      `json:"reason,omitempty"`
	Since    time.Time   `json:"since"`
}

func owedOf(s Saved, end wire.End) owed {
	return owed{
		Relay: s.Relay, RelayKey: s.RelayKey, Number: s.Number, Identity: s.Identity, Journal: s.Journal,
		By: end.By, Reason: end.Reason, Since: time.Now(),
	}
}

func (o owed) end() wire.End { return wire.End{By: o.By, Reason: o.Reason} }

// name is the file that tells of it.
func (o owed) name() string {
	return owedPrefix + local.Stem(o.Journal) + ".json"
}

// owe remembers what the relay has not got.
func (s *State) owe(o owed) error { return s.write(o.name(), o) }

// settled forgets it.
func (s *State) settled(o owed) error { return s.remove(o.name()) }

// owing lists what the relay has not got, the oldest first. What is damaged or too
// old is forgotten.
func (s *State) owing() ([]owed, error) {
	names, err := filepath.Glob(filepath.Join(s.dir, owedPrefix+"*.json"))
	if err != nil {
		return nil, err
	}
	var list []owed
	var left error
	for _, name := range names {
		var o owed
		if info, err := s.root.Lstat(filepath.Base(name)); err == nil && !info.Mode().IsRegular() {
			left = errors.Join(left, s.remove(filepath.Base(name))) // a pipe would hold up the end
			continue
		}
		data, err := s.root.ReadFile(filepath.Base(name))
		if err != nil {
			left = errors.Join(left, err)
			continue
		}
		if json.Unmarshal(data, &o) != nil || !local.IsName(o.Journal) || o.name() != filepath.Base(name) || time.Since(o.Since) > owedLife {
			left = errors.Join(left, s.remove(filepath.Base(name)))
			continue
		}
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b owed) int { return a.Since.Compare(b.Since) })
	for len(list) > mostOwed {
		left = errors.Join(left, s.settled(list[0]))
		list = list[1:]
	}
	return list, left
}

// settle brings the relay what earlier support sessions here still owe it. What does
// not work is left for the next daemon.
func (d *Daemon) settle(ctx context.Context) {
	list, err := d.opts.State.owing()
	if err != nil {
		d.opts.Log.Warn("what is still to be handed over", "err", err)
	}
	for _, o := range list {
		if ctx.Err() != nil {
			return
		}
		err := d.bring(ctx, o)
		d.opts.Log.Info("an earlier journal was handed over", "journal", o.Journal, "err", err)
		if err == nil || refused(err) || errors.Is(err, os.ErrNotExist) {
			if err := d.opts.State.settled(o); err != nil {
				d.opts.Log.Warn("what is handed over cannot be forgotten", "err", err)
			}
		}
	}
}

func (d *Daemon) bring(ctx context.Context, o owed) error {
	id, err := identityOf(o.Identity)
	if err != nil {
		return err
	}
	j, err := local.Open(d.opts.State.root, o.Journal)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	err = d.deliver(ctx, o, id.signer, j)
	return errors.Join(err, j.Close())
}
