package api

import (
	"fmt"
	"time"

	"supportd/library/cmdline"
	"supportd/library/wire"
)

// Tables are how a program shows rows to people. In CSV, numbers are digits and times
// are in UTC, whatever the table has. All fields are required.
type Tables struct {
	Number func(wire.Number) string
	State  func(Session) string // also in CSV
	Time   func(time.Time) string
}

// Sessions are the columns of a list of support sessions.
func (t Tables) Sessions() []cmdline.Column[Session] {
	return []cmdline.Column[Session]{
		{Title: "NUMBER", Value: func(s Session) string { return t.Number(s.Number) }, Data: func(s Session) string { return string(s.Number) }},
		{Title: "STATE", Value: t.State},
		{Title: "CUSTOMER", Value: func(s Session) string { return s.Customer }, Cut: true},
		{Title: "HOST", Value: func(s Session) string { return s.Host }, Cut: true},
		{Title: "OS", Value: func(s Session) string { return s.OS }, Cut: true},
		{Title: "OWNER", Value: func(s Session) string { return s.Owner }},
		cmdline.TimeColumn("CREATED", func(s Session) time.Time { return s.Created }, t.Time),
	}
}

// Session are the columns of one support session: those of a list, and more.
func (t Tables) Session() []cmdline.Column[Session] {
	return append(t.Sessions(), []cmdline.Column[Session]{
		cmdline.TimeColumn("EXPIRES", func(s Session) time.Time { return s.Expires }, t.Time),
		cmdline.TimeColumn("JOINED", func(s Session) time.Time { return s.Joined }, t.Time),
		cmdline.TimeColumn("AWAY SINCE", func(s Session) time.Time { return s.AwaySince }, t.Time),
		cmdline.TimeColumn("ENDED", func(s Session) time.Time { return s.Ended }, t.Time),
		{Title: "ENDED BY", Value: func(s Session) string { return s.EndedBy }},
		{Title: "REASON", Value: func(s Session) string { return s.Reason }},
		{Title: "TICKET", Value: func(s Session) string { return s.Ticket }},
		{Title: "NOTE", Value: func(s Session) string { return s.Note }},
	}...)
}

// Reports are the columns of a list of reports.
func (t Tables) Reports() []cmdline.Column[Report] {
	return []cmdline.Column[Report]{
		{Title: "NUMBER", Value: func(r Report) string { return t.Number(r.Number) }, Data: func(r Report) string { return string(r.Number) }},
		{Title: "STATE", Value: func(r Report) string { return r.State }},
		{Title: "TICKET", Value: func(r Report) string { return r.Ticket }, Cut: true},
		{Title: "CUSTOMER", Value: func(r Report) string { return r.Customer }, Cut: true},
		{Title: "HOST", Value: func(r Report) string { return r.Host }, Cut: true},
		{Title: "OWNER", Value: func(r Report) string { return r.Owner }},
		cmdline.TimeColumn("CREATED", func(r Report) time.Time { return r.Created }, t.Time),
		cmdline.TimeColumn("ENDED", func(r Report) time.Time { return r.Ended }, t.Time),
		{Title: "MINUTES", Value: func(r Report) string { return fmt.Sprint(r.Connected / 60) }},
		{Title: "JOURNAL", Value: Report.Journal},
	}
}

// Categories are the columns of a list of categories.
func (t Tables) Categories() []cmdline.Column[Category] {
	return []cmdline.Column[Category]{
		{Title: "NAME", Value: func(c Category) string { return c.Name }},
		cmdline.TimeColumn("CREATED", func(c Category) time.Time { return c.Created }, t.Time),
	}
}
