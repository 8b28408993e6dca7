package store

import (
	"path/filepath"
	"testing"
)

// What each login asks: whether another process has changed the accounts.
func BenchmarkRevision(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "db"), 0)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		if _, err := s.Revision(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
