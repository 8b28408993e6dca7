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
	tables := Tables{Number: wire.Number.Spoken, Time: func(t time.Time) string { return t.Format("Jan 2") }}
	const session = "NUMBER,STATE,CUSTOMER,HOST,NOW,TICKET,NAME,OS,OWNER,CREATED"
	for got, want := range map[string]string{
		titles(tables.Sessions()):                                    session,
		titles(tables.Session()):                                     session + ",EXPIRES,JOINED,AWAY SINCE,ENDED,ENDED BY,REASON,NOTE,QUESTION,UNREAD,ACTING AS,RUN,LAST EVENT,DELAY",
		titles(tables.Reports()):                                     "NUMBER,STATE,TICKET,NAME,CUSTOMER,HOST,OWNER,CREATED,ENDED,MINUTES,JOURNAL",
		titles(tables.Categories()):                                  "NAME,CREATED",
		titles(tables.Scripts()):                                     "NAME,CATEGORY,OWNER,PUBLISHED,CHANGED,SIZE,RUNS,LAST RESULT,DESCRIPTION",
		titles(Tables{}.WhoAmI(WhoAmI{})):                            "ACCOUNT,NAME,ADMIN,KEY",
		titles(Tables{}.WhoAmI(WhoAmI{Certificate: &Certificate{}})): "ACCOUNT,NAME,ADMIN,KEY,CERTIFICATE",
		titles(tables.Status()):                                      "SERVING,WAITING,ACTIVE,AWAY,CONNECTED,SLOWED,ALARM,BACKUP,VERSION,SINCE,LIMITS,FILES,MEMORY,GROUP",
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
	if _, line, _ := strings.Cut(b.String(), "\n"); line != "482913077,active,,,,,,2026-03-01T09:00:00Z,,2,open\n" {
		t.Errorf("%q", line)
	}
	if shown := tables.Reports()[0].Value(row); shown != "482 913 077" {
		t.Error(shown)
	}
}

// What people read as nothing is nothing for programs, and a state is one word.
func TestTablesForPrograms(t *testing.T) {
	tables := Tables{Number: wire.Number.Spoken, Time: func(time.Time) string { return "-" }}
	var b strings.Builder
	if err := cmdline.List(&b, cmdline.CSV, []Script{{Name: "fix", Description: "one\ntwo"}}, tables.Scripts()); err != nil {
		t.Fatal(err)
	}
	if _, line, _ := strings.Cut(b.String(), "\n"); line != "fix,,,no,,0,0,,one…\n" {
		t.Errorf("%q", line)
	}
	away := Session{State: Away, Reason: "restarting"}
	if c := tables.Sessions()[1]; c.Value(away) != "away (restarting)" || c.Data(away) != "away" {
		t.Errorf("%q, %q", c.Value(away), c.Data(away))
	}
	b.Reset()
	if err := tables.WriteScript(&b, cmdline.Table, Script{Name: "fix", Description: "one\ntwo \x1b[2J", Files: []ScriptFile{{"a.sh", 3, "aa"}}, Versions: []ScriptVersion{{1, at(1), "alice", 3, "bb", "", ""}}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"LAST RESULT  -\n", "\nFiles:\n         3  aa  a.sh\n", "\nVersions:\n     1  -  alice  3 bytes  bb\n", "\none\ntwo \\x1b[2J\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

// A CSR reads who waits, until when, why, and what can be done.
func TestW4_ADelayIsShown(t *testing.T) {
	tables := Tables{Number: wire.Number.Spoken, Time: func(t time.Time) string { return t.Format(time.TimeOnly) }}
	s := Session{State: Waiting, Delay: &Delay{"203.0.113.7", at(1)}}
	columns := tables.Session()
	const want = "a computer tried this number from 203.0.113.7 and has to wait until 09:00:00, because five wrong numbers came from there; " +
		"wait, it tries again by itself, or ask the relay's admin: support-relay unlock 203.0.113.7 --data DIR"
	if got := columns[len(columns)-1].Value(s); got != want {
		t.Error(got)
	}
	if c := columns[1]; c.Value(s) != "waiting (delayed)" || c.Data(s) != "waiting" {
		t.Errorf("%q, %q", c.Value(s), c.Data(s))
	}
	if got := columns[len(columns)-1].Value(Session{}); got != "" {
		t.Error(got)
	}
}

func TestW4_StatusIsShown(t *testing.T) {
	tables := Tables{Number: wire.Number.Spoken, Time: func(t time.Time) string { return t.Format(time.TimeOnly) }}
	status := Status{Serving: true, Waiting: 1, Active: 2, Away: 3, Connected: 2, Alarm: at(2), Slowed: []Slowed{
		{"203.0.113.7", at(1), at(1)}, {"2001:db8::/64", at(1), at(1)},
	}, Files: &Usage{812, 65536}, Memory: &Usage{300 << 20, 0}, Group: []Node{{Name: "a", Alive: true}, {Name: "b"}}}
	for format, want := range map[cmdline.Format]string{
		cmdline.Table: "SLOWED     203.0.113.7 until 09:00:00, 2001:db8::/64 until 09:00:00\n",
		cmdline.CSV:   "yes,1,2,3,2,203.0.113.7 until 2026-03-01T09:00:00Z 2001:db8::/64 until 2026-03-01T09:00:00Z,2026-03-02T09:00:00Z,,,,,812,314572800,a b (stopped)\n",
		cmdline.JSONL: `"slowed":[{"from":"203.0.113.7","until":"2026-03-01T09:00:00Z","next":"2026-03-01T09:00:00Z"},`,
	} {
		var b strings.Builder
		if err := cmdline.Show(&b, format, status, tables.Status()); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v: %v\n%s", format, err, b.String())
		}
	}
	for format, want := range map[cmdline.Format]string{
		cmdline.Table: "FILES      812 of 65536\nMEMORY     300 MiB, no limit\nGROUP      a, b (stopped)\n",
		cmdline.JSONL: `"files":{"have":812,"most":65536},"memory":{"have":314572800,"most":0}`,
	} {
		var b strings.Builder
		if err := cmdline.Show(&b, format, status, tables.Status()); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v: %v\n%s", format, err, b.String())
		}
	}
	var b strings.Builder
	if err := cmdline.Show(&b, cmdline.CSV, Status{}, tables.Status()); err != nil || !strings.HasSuffix(b.String(), "\nno,0,0,0,0,,,,,,,,,\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// The seconds are left out whatever they are, also where they are those of the minute, and
// in zones that are not a whole hour away.
func TestAMinuteHasNoSeconds(t *testing.T) {
	at := time.Date(2026, 11, 27, 19, 43, 43, 0, time.UTC)
	for zone, want := range map[*time.Location]string{
		time.UTC: "2026-11-27 19:43", time.FixedZone("", 5*3600+1800): "2026-11-28 01:13", time.FixedZone("", 9*3600): "2026-11-28 04:43",
	} {
		tables := Tables{Time: func(t time.Time) string { return t.In(zone).Format(time.DateTime) }}
		if got := tables.minute(at); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
