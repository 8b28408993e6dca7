package api_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/report"
	"supportd/library/text"
)

// theSession is the support session of the golden texts: a report as "report export" writes it.
func theSession(t *testing.T) report.Source {
	t.Helper()
	f, err := os.Open("testdata/session.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	src, err := report.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestReportIn80Columns holds the report of the session as a terminal of 80 columns shows
// it, and that folding has lost nothing: who puts the rows together again has every word.
func TestReportIn80Columns(t *testing.T) {
	src := theSession(t)
	for _, l := range text.Languages() {
		style := report.Style{Language: l, Zone: time.FixedZone("", 9*3600)}
		var narrow cmdlinetest.Narrow
		folding := cmdline.Folding(&narrow)
		var whole strings.Builder
		if err := src.Text(folding, style); err != nil || folding.Flush() != nil || src.Text(&whole, style) != nil {
			t.Fatal(err)
		}
		cmdlinetest.Golden(t, "report-80."+string(l), narrow.String(), os.Getenv("UPDATE_GOLDEN") != "")
		cmdlinetest.Fits(t, "the report on any terminal", narrow.String())
		if got, want := unfolded(narrow.String()), unfolded(whole.String()); got != want {
			t.Errorf("%s: what was folded is\n%s\nand not\n%s", l, got, want)
		}
	}
}

// unfolded is a text without its spaces and its line ends, and without the marks at which
// what a script wrote goes on.
func unfolded(s string) string {
	s = strings.NewReplacer("\n    |>", "", "\n    !>", "").Replace(s)
	return strings.Join(strings.Fields(s), "")
}

// TestOneThingIn80Columns is the same for what "show" says of a session and of a script.
func TestOneThingIn80Columns(t *testing.T) {
	h := theSession(t).Header
	sum := "d7508c7e9cf31f86a5c62288b7083d903df71730fbcdddb9f3a5cfa7f49734fb"
	for _, l := range text.Languages() {
		tables := tablesIn(l)
		var out cmdlinetest.Narrow
		err := cmdline.Show(&out, cmdline.Table, api.Session{
			Number: h.Number, State: api.Ended, Customer: h.Customer, Host: h.Host, OS: h.OS, Owner: h.Owner, Ticket: h.Ticket, Name: h.Name, Note: h.Note,
			Created: h.Created, Joined: h.Joined, Ended: h.Ended, EndedBy: h.EndedBy, Reason: h.Reason,
		}, tables.Session())
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("\n")
		err = tables.WriteScript(&out, cmdline.Table, api.Script{
			Name: "restart-print-spooler", Category: "Printing", Owner: h.Owner, Published: true, Version: 2, Executable: "run.sh", Size: 2048, SHA256: sum, Created: h.Created, Changed: h.Created,
			Description: "Stops the print spooler, empties its queue, and starts it again; documents that wait are lost.\nAsk the customer first.",
			Files:       []api.ScriptFile{{Path: "run.sh", Size: 2000, SHA256: sum}, {Path: "a", Size: 48, SHA256: sum}},
			Versions:    []api.ScriptVersion{{Version: 2, Changed: h.Created, By: h.Owner, Size: 2048, SHA256: sum}},
		})
		if err != nil {
			t.Fatal(err)
		}
		cmdlinetest.Golden(t, "show-80."+string(l), out.String(), os.Getenv("UPDATE_GOLDEN") != "")
		cmdlinetest.Fits(t, "one thing on any terminal", out.String())
	}
}
