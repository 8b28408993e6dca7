package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"supportd/hack/testkit"
	"supportd/library/journal"
)

// What Append has written must be there after a power cut, line by line: the relay
// and CSRs are told of it.
func TestK7T6_EveryLineIsOnTheDisk(t *testing.T) {
	files := regexp.MustCompile(`/journal-[^/]*\.jsonl$`)
	if lost := testkit.UnsyncedWrites(t, "TestJournalIsVerifiedAndContinued", files); len(lost) > 0 {
		t.Errorf("lines that a power cut takes away: %q", lost)
	}
	if lost := testkit.UnsyncedNames(t, "TestJournalIsVerifiedAndContinued", files); len(lost) > 0 {
		t.Errorf("names that a power cut undoes are in %q", lost)
	}
}

// The rest of a line that a crash cut short is gone when the journal is open again,
// also where nothing is appended behind it.
func TestK7T6_ATornTailIsCutOff(t *testing.T) {
	for name, tail := range map[string]string{"half a line": `{"seq":3,"ti`, "a lost end": `{"seq":3}`, "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			s := newRoot(t)
			j, file := newJournal(t, s)
			appendAll(t, j, "session.join", "consent.answer")
			if err := j.End("alice", "alice", ""); err != nil {
				t.Fatal(err)
			}
			j.Close()
			path := filepath.Join(s.Name(), file)
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, append(slices.Clone(whole), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := Open(t.Context(), s, file)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			got, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, whole) {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}

// A line that was not written to its end is taken back, and the next one stands in
// its place.
func TestK7T6_ALineThatDidNotFitIsTakenBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	testkit.SmallDisk(t, dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	j, name := newJournal(t, root)
	appendAll(t, j, "session.join")
	ballast := filepath.Join(dir, "ballast")
	testkit.Fill(t, ballast)
	refused := 0
	for range 100 { // the last block of the file has room for some
		if err := j.Append("alice", journal.ChatMessage{Text: "0123456789012345678901234567890123456789"}); err != nil {
			refused++
			break
		}
	}
	if refused == 0 {
		t.Fatal("a full disk took everything")
	}
	before := kindsOf(t, j)
	if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.HasSuffix(data, []byte("\n")) {
		t.Errorf("half a line stands there: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "run.start")
	if got := kindsOf(t, j); !slices.Equal(got, append(before, "run.start")) {
		t.Errorf("%d events, then %q", len(before), got)
	}
	j.Close()
}
