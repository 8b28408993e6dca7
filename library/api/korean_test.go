package api_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
)

// TestKorean holds that every text of the package is in Korean.
func TestKorean(t *testing.T) {
	cmdlinetest.Texts(t, ".", cmdlinetest.Says{"add": {0}, "relay.go": nil, string(api.Active): nil, string(api.Ended): nil}, api.Korean(), cmdline.Korean())
	for _, f := range api.ReportFilters() {
		if f.Name == "state" && !strings.Contains(f.Usage, api.StateNames(", ")) {
			t.Errorf("%q does not name the states: %s", f.Usage, api.StateNames(", "))
		}
	}
}

// TestKoreanRules is the same for the packages whose errors a CSR reads.
func TestKoreanRules(t *testing.T) {
	wrapped := cmdlinetest.Says{
		"this is no public key: nothing stands behind its type; it has to stand in one line":       nil,
		"this is no public key: it is cut or damaged; it has to stand in one line, as in the file": nil,
		"this is no public key: it is damaged":                                                     nil, "this is no public key: its last line is missing, or it is damaged": nil, "this is no public key for SSH": nil,
	}
	cmdlinetest.Texts(t, ".. ../wire ../filename ../sshd ../../relay/store", wrapped, api.KoreanRules(), cmdline.Korean())
	cmdlinetest.Texts(t, ".. ../filename", cmdlinetest.Says{"errors.New": {0}}, nil, api.KoreanRules())
}

// TestTablesFitInBothLanguages holds the tables of a day as a terminal of 80 columns shows
// them.
func TestTablesFitInBothLanguages(t *testing.T) {
	for _, l := range text.Languages() {
		cmdlinetest.Golden(t, "tables-80."+string(l), tablesOfADay(t, l), os.Getenv("UPDATE_GOLDEN") != "")
	}
}

// tablesIn shows rows in a language.
func tablesIn(l text.Language) api.Tables {
	return api.Tables{Number: wire.Number.Spoken, Speaker: text.NewSpeaker(l, api.Korean(), cmdline.Korean()), Time: func(at time.Time) string {
		if at.IsZero() {
			return "-"
		}
		return at.UTC().Format("2006-01-02 15:04")
	}}
}

// tablesOfADay are what a CSR lists, as a terminal of 80 columns shows it in a language.
func tablesOfADay(t *testing.T, l text.Language) string {
	t.Helper()
	now := time.Now()
	tables, header := tablesIn(l), theSession(t).Header
	at := time.Date(2026, 11, 26, 9, 30, 0, 0, time.UTC)
	var out cmdlinetest.Narrow
	add := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("\n")
	}
	add(cmdline.List(&out, cmdline.Table, []api.Session{
		{Number: header.Number, State: api.Active, Customer: header.Customer, Host: header.Host, OS: header.OS, Owner: header.Owner, Ticket: header.Ticket, Name: header.Name,
			Question: &api.Question{Kind: "sysinfo", By: "alice", Until: now.Add(40 * time.Second)}, Unread: 2},
		{Number: "123456782", State: api.Away, Reason: "reboot", Customer: "Kim", Host: "vm", Owner: "alice"},
		{Number: "987654321", State: api.Waiting, Owner: "alice"},
	}, tables.Sessions()))
	add(cmdline.List(&out, cmdline.Table, []api.Script{
		{Name: "restart-print-spooler", Category: "Printing", Description: "Restarts the print spooler and empties its queue", Owner: "alice", Published: true, Version: 3,
			Executable: "run.sh", Size: 2048, Created: at, Changed: at, Runs: 12, LastRun: at, LastResult: "ok"},
		{Name: "인터넷-점검", Category: "네트워크", Description: "인터넷 연결을 점검합니다", Owner: "minji", Version: 1, Executable: "check.ps1", Size: 900, Created: at, Changed: at},
	}, tables.Scripts()))
	add(cmdline.List(&out, cmdline.Table, []api.Report{
		{Header: header, Sealed: true},
		{Header: report.Header{Number: "123456782", State: "active", Owner: "alice", Created: at, Presence: journal.Presence{Customer: "Kim", Host: "vm", Connected: 120}}},
	}, tables.Reports()))
	return out.String()
}
