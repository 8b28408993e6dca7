package panics

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// P8: a panic stays where it was, is logged, and ends what it served.
func TestK1P8_KeepIsTheEndOfOneGoroutine(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, nil))
	ended := 0
	run := func(f func()) {
		defer Keep(log, "a test", func() { ended++ })
		f()
	}
	run(func() { panic("oh") })
	run(func() {})
	if ended != 1 || !strings.Contains(text.String(), "oh") || !strings.Contains(text.String(), "panics_test.go") || strings.Count(text.String(), "a handler panicked") != 1 {
		t.Errorf("ended %d times, logged %s", ended, text.String())
	}
	func() {
		defer Keep(log, "without an end", nil)
		panic("again")
	}()
}
