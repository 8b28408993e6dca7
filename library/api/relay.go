package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"supportd/library/cmdline"
)

// Status is what a relay does, for its operator.
type Status struct {
	Serving bool `json:"serving"` // a relay serves the data directory
	// Version is that of the relay's program, and Since when it was started; "" and zero
	// where none serves.
	Version string    `json:"version,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Open sessions by state.
	Waiting int `json:"waiting"`
	Active  int `json:"active"`
	Away    int `json:"away"`
	// Connected is how many customers' computers are.
	Connected int `json:"connected"`
	// Slowed are the addresses from which too many wrong numbers came, the longest first.
	Slowed []Slowed `json:"slowed"`
	// Alarm is when so many wrong numbers came from everywhere that somebody may have
	// been searching; the last time, zero is never.
	Alarm time.Time `json:"alarm,omitzero"`
	// Backup is when the last backup was made of the data directory; zero is never.
	Backup time.Time `json:"backup,omitzero"`
	// Files are the relay's open files: each connection is one. Memory is what its process
	// has in memory, in bytes. Null is that none serves, or that it is not known.
	Files  *Usage `json:"files"`
	Memory *Usage `json:"memory"`
	// Limits are what is near a limit, in words.
	Limits []string `json:"limits"`
	// Group are the relays of the group that share the database; none where there is no group.
	Group []Node `json:"group"`
}

// Node is a relay of a group.
type Node struct {
	Name  string    `json:"name"`
	Peer  string    `json:"peer"` // HOST:PORT, where the others reach it
	Alive bool      `json:"alive"`
	Until time.Time `json:"until"` // the end of its lease, which a relay that lives renews each second
}

// nodes are the relays of a group in words.
func nodes(all []Node, none, between string) string {
	var said []string
	for _, n := range all {
		if n.Alive {
			said = append(said, n.Name)
		} else {
			said = append(said, n.Name+" (stopped)")
		}
	}
	if said == nil {
		return none
	}
	return strings.Join(said, between)
}

// Usage is how much there is of something, and at most may be; 0 is that there is no limit.
type Usage struct {
	Have int64 `json:"have"`
	Most int64 `json:"most"`
}

// Near reports whether so many percent of the limit are reached.
func (u Usage) Near(percent int64) bool { return u.Most > 0 && u.Have >= u.Most/100*percent }

// In says it in units of so many.
func (u Usage) In(unit int64, name string) string {
	if u.Most == 0 {
		return fmt.Sprintf("%d%s, no limit", u.Have/unit, name)
	}
	return fmt.Sprintf("%d of %d%s", u.Have/unit, u.Most/unit, name)
}

// Mebibyte is the unit in which a person is told of memory.
const Mebibyte = 1 << 20

// Slowed is an address from which too many wrong numbers came.
type Slowed struct {
	From  string    `json:"from"`  // an IPv4 address, or an IPv6 network
	Until time.Time `json:"until"` // if no further wrong number comes
	Next  time.Time `json:"next"`  // when one who waits there may try the next number
}

// Status are the columns of a relay's status.
func (t Tables) Status() []cmdline.Column[Status] {
	count := func(title string, n func(Status) int) cmdline.Column[Status] {
		return cmdline.Column[Status]{Title: title, Value: func(s Status) string { return strconv.Itoa(n(s)) }}
	}
	list := func(nothing, between string, when func(time.Time) string) func(Status) string {
		return func(s Status) string {
			var all []string
			for _, one := range s.Slowed {
				all = append(all, one.From+" until "+when(one.Until))
			}
			if all == nil {
				return nothing
			}
			return strings.Join(all, between)
		}
	}
	usage := func(title string, unit int64, name string, of func(Status) *Usage) cmdline.Column[Status] {
		return cmdline.Column[Status]{Title: title, Value: func(s Status) string {
			if of(s) == nil {
				return "-"
			}
			return of(s).In(unit, name)
		}, Data: func(s Status) string {
			if of(s) == nil {
				return ""
			}
			return strconv.FormatInt(of(s).Have, 10)
		}}
	}
	utc := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	return []cmdline.Column[Status]{
		{Title: "SERVING", Value: func(s Status) string { return cmdline.YesNo(s.Serving) }},
		count("WAITING", func(s Status) int { return s.Waiting }),
		count("ACTIVE", func(s Status) int { return s.Active }),
		count("AWAY", func(s Status) int { return s.Away }),
		count("CONNECTED", func(s Status) int { return s.Connected }),
		{Title: "SLOWED", Value: list("-", ", ", t.Time), Data: list("", " ", utc)},
		cmdline.TimeColumn("ALARM", func(s Status) time.Time { return s.Alarm }, t.Time),
		cmdline.TimeColumn("BACKUP", func(s Status) time.Time { return s.Backup }, t.Time),
		{Title: "VERSION", Value: func(s Status) string { return s.Version }},
		cmdline.TimeColumn("SINCE", func(s Status) time.Time { return s.Since }, t.Time),
		{Title: "LIMITS", Value: func(s Status) string {
			if len(s.Limits) == 0 {
				return "none is near"
			}
			return strings.Join(s.Limits, ", ")
		}, Data: func(s Status) string { return strings.Join(s.Limits, ", ") }},
		usage("FILES", 1, "", func(s Status) *Usage { return s.Files }),
		usage("MEMORY", Mebibyte, " MiB", func(s Status) *Usage { return s.Memory }),
		{Title: "GROUP", Value: func(s Status) string { return nodes(s.Group, "-", ", ") }, Data: func(s Status) string { return nodes(s.Group, "", " ") }},
	}
}
