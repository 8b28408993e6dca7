package api

import (
	"time"

	"supportd/library/cmdline"
)

// HostKey is one of a relay's host keys, or of the keys that certify customers' computers.
type HostKey struct {
	Key   string    `json:"key"` // SHA256:…
	State string    `json:"state"`
	Made  time.Time `json:"made,omitzero"`  // when its file was written; zero for the one before
	Until time.Time `json:"until,omitzero"` // for how long the one before, or what it has certified, is good
}

// The states of such a key.
const (
	HostKeyInUse  = "in use" // the relay shows it, or certifies with it
	HostKeyNext   = "new"    // the relay tells of it
	HostKeyBefore = "before" // it vouches for that in use; or its certificates are still good
)

// HostKeys are the columns of a relay's host keys, or of those that certify computers.
func (t Tables) HostKeys() []cmdline.Column[HostKey] {
	return []cmdline.Column[HostKey]{
		{Title: "STATE", Value: func(k HostKey) string { return k.State }},
		{Title: "KEY", Value: func(k HostKey) string { return k.Key }},
		cmdline.TimeColumn("MADE", func(k HostKey) time.Time { return k.Made }, t.Time),
		cmdline.TimeColumn("UNTIL", func(k HostKey) time.Time { return k.Until }, t.Time),
	}
}
