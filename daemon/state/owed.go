package state

import (
	"encoding/json"
	"errors"
	"io/fs"
	"sort"
	"time"

	local "supportd/daemon/journal"
	"supportd/library/disk"
	"supportd/library/wire"
)

const (
	// owedPrefix begins the names of files that tell what the relay has not got.
	owedPrefix = "owed-"
	// owedLife is how long it is tried to bring it.
	owedLife = 30 * 24 * time.Hour
	// mostOwed bounds them; the oldest is given up.
	mostOwed = 50
)

// Owed is the rest of a journal that the relay could not be given at the end of
// its support session. The next daemon in the state directory brings it; until then
// the session's key is kept, because the relay knows the computer by it.
type Owed struct {
	Relay    Relay       `json:"relay"`
	Number   wire.Number `json:"number"`
	Identity []byte      `json:"identity"` // ed25519 seed (RFC 8032 section 5.1.5)
	Journal  string      `json:"journal"`  // file name in the state directory
	By       string      `json:"by"`       // who ended the session
	Reason   string      `json:"reason,omitempty"`
	Since    time.Time   `json:"since"`
}

// OwedOf is what is owed of a support session that has ended so.
func OwedOf(s Saved, end wire.End) Owed {
	return Owed{
		Relay: s.Relay, Number: s.Number, Identity: s.Identity, Journal: s.Journal,
		By: end.By, Reason: end.Reason, Since: time.Now(),
	}
}

// End is how the support session ended.
func (o Owed) End() wire.End { return wire.End{By: o.By, Reason: o.Reason} }

// name is the file that tells of it.
func (o Owed) name() string {
	return owedPrefix + local.Stem(o.Journal) + ".json"
}

// Owe remembers what the relay has not got.
func (d *Dir) Owe(o Owed) error { return d.write(o.name(), o) }

// Brought forgets what the relay has by now.
func (d *Dir) Brought(o Owed) error { return d.remove(o.name()) }

// Owing lists what the relay has not got, the oldest first. What is damaged or too
// old is forgotten.
func (d *Dir) Owing() ([]Owed, error) {
	names, err := fs.Glob(d.root.FS(), owedPrefix+"*.json")
	if err != nil {
		return nil, err
	}
	var list []Owed
	var left error
	for _, name := range names {
		var file struct {
			Owed
			older
		}
		data, err := disk.ReadIn(d.root, name)
		if errors.Is(err, disk.ErrNotRegular) {
			left = errors.Join(left, d.remove(name))
			continue
		}
		if err != nil {
			left = errors.Join(left, err)
			continue
		}
		unread := json.Unmarshal(data, &file)
		o := file.Owed
		if unread != nil || o.Relay.adopt(file.older) != nil || !local.IsName(o.Journal) || o.name() != name || time.Since(o.Since) > owedLife {
			left = errors.Join(left, d.remove(name))
			continue
		}
		list = append(list, o)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Since.Before(list[j].Since) })
	for len(list) > mostOwed {
		left = errors.Join(left, d.Brought(list[0]))
		list = list[1:]
	}
	return list, left
}
