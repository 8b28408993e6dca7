package daemon

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLastJournal(t *testing.T) {
	s, err := OpenState(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if f, err := s.LastJournal(); !errors.Is(err, ErrNoJournal) {
		t.Fatalf("%v, %v", f, err)
	}
	for i, name := range []string{"journal-20260101T000000Z-1.jsonl", "journal-20260101T000000Z.jsonl", "other.jsonl"} {
		path := filepath.Join(s.Dir(), name)
		at := time.Unix(int64(1000*(3-i)), 0)
		if name == "other.jsonl" {
			at = time.Unix(9000, 0)
		}
		if err := errors.Join(os.WriteFile(path, []byte(name), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := s.LastJournal()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); err != nil || string(text) != "journal-20260101T000000Z-1.jsonl" {
		t.Errorf("%s, %v", text, err)
	}
}
