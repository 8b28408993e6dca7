package api

import (
	"strings"
	"testing"
	"time"

	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/wire"
)

func titles[T any](columns []cmdline.Column[T]) string {
	var all []string
	for _, c := range columns {
		all = append(all, c.Title)
	}
	return strings.Join(all, ",")
}

// Headings of CSV are keys as those of JSON are.
func TestTables(t *testing.T) {
	tables := Tables{Number: wire.Number.Spoken, State: func(s Session) string { return string(s.State) }, Time: func(t time.Time) string { return t.Format("Jan 2") }}
	const session = "NUMBER,STATE,CUSTOMER,HOST,OS,OWNER,CREATED"
	for got, want := range map[string]string{
		titles(tables.Sessions()):   session,
		titles(tables.Session()):    session + ",EXPIRES,JOINED,AWAY SINCE,ENDED,ENDED BY,REASON,TICKET,NOTE",
		titles(tables.Reports()):    "NUMBER,STATE,TICKET,CUSTOMER,HOST,OWNER,CREATED,ENDED,MINUTES,JOURNAL",
		titles(tables.Categories()): "NAME,CREATED",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	row := Report{Header: report.Header{Number: "482913077", State: string(Active), Created: at(1), Presence: journal.Presence{Connected: 179}}}
	var b strings.Builder
	if err := cmdline.List(&b, cmdline.CSV, []Report{row}, tables.Reports()); err != nil {
		t.Fatal(err)
	}
	if _, line, _ := strings.Cut(b.String(), "\n"); line != "482913077,active,,,,,2026-03-01T09:00:00Z,,2,open\n" {
		t.Errorf("%q", line)
	}
	if shown := tables.Reports()[0].Value(row); shown != "482 913 077" {
		t.Error(shown)
	}
}
