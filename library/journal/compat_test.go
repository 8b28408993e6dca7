package journal_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportd/library/journal"
)

// kindsOf01 are the kinds of event that programs of version 0.1 wrote. The list
// is frozen: a kind that is renamed or dropped later still stands in reports.
func kindsOf01() []string {
	return strings.Fields(`access.change chat.message connection.close connection.open consent.answer
		file.move file.remove file.stage logon.end logon.refuse logon.start problem.report
		reboot.refuse reboot.request reboot.return run.end run.start script.exit script.output script.start
		session.end session.join session.lost session.resume sysinfo.view`)
}

// TestJournalsOf01AreRead reads what programs of version 0.1 have written, with
// every kind of event in it. Reports are kept for years, so this must never fail.
func TestJournalsOf01AreRead(t *testing.T) {
	names, err := filepath.Glob("testdata/0.1/*.jsonl")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	seen := map[string]bool{}
	for _, name := range names {
		for _, kind := range readOld(t, name) {
			seen[kind] = true
		}
	}
	for _, kind := range kindsOf01() {
		if !seen[kind] {
			t.Errorf("no journal has an event %s", kind)
		}
		delete(seen, kind)
	}
	if len(seen) > 0 {
		t.Errorf("version 0.1 wrote kinds that are not listed: %v", seen)
	}
}

// readOld follows the chain of one file and returns the kinds in it.
func readOld(t *testing.T, name string) (kinds []string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var last journal.Event
	sealed := false
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, journal.MaxLine)
	for lines.Scan() {
		line := slices.Clone(lines.Bytes())
		switch {
		case bytes.HasPrefix(line, []byte(`{"report":`)): // package report reads it
		case journal.IsSealLine(line):
			seal, err := journal.ParseSeal(line)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := seal.Verify(last); last.Seq > 0 && err != nil {
				t.Errorf("%s: %v", name, err)
			}
			sealed = true
		default:
			e, err := journal.ParseEvent(line)
			if err == nil {
				err = e.Follows(last)
			}
			if err != nil {
				t.Fatalf("%s: after event %d: %v", name, last.Seq, err)
			}
			if sealed {
				t.Errorf("%s: event %d stands behind the seal", name, e.Seq)
			}
			kinds, last = append(kinds, e.Kind), e
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return kinds
}
