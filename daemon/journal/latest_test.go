package journal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLatest(t *testing.T) {
	s := newRoot(t)
	if f, err := Latest(s); !errors.Is(err, ErrNone) {
		t.Fatalf("%v, %v", f, err)
	}
	for i, name := range []string{"journal-20260101T000000Z-1.jsonl", "journal-20260101T000000Z.jsonl", "other.jsonl"} {
		path := filepath.Join(s.Name(), name)
		at := time.Unix(int64(1000*(3-i)), 0)
		if name == "other.jsonl" {
			at = time.Unix(9000, 0)
		}
		if err := errors.Join(os.WriteFile(path, []byte(name), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Latest(s)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); err != nil || string(text) != "journal-20260101T000000Z-1.jsonl" {
		t.Errorf("%s, %v", text, err)
	}
}
