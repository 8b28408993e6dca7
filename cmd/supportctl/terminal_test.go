package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"supportd/library/cmdline"
)

// Whoever has gone needs no message: "| head", "| more".
func TestAReaderWhoHasGoneIsToldNothing(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	_, err = output{file: w}.Write([]byte("text"))
	var e *cmdline.Error
	if !errors.As(err, &e) || e.Code != cmdline.ExitFailed || e.Text != "" || e.Hint != "" || e.Err != nil {
		t.Errorf("%v", err)
	}
}

func TestSecretsAsTheyAreTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"open sesame\r":     "open sesame",
		"open sesame\nrest": "open sesame",
		"opem\x7fn\r":       "open",
		"열려\x08라\r":         "열라",
		"wrong\x15right\r":  "right",
		"\x7f\x7fa\r":       "a",
		"a\x04b\r":          "ab",
		"\r":                "",
	} {
		if got, err := readSecret(strings.NewReader(typed)); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", typed, got, err, want)
		}
	}
	for typed, want := range map[string]error{"abc\x03def\r": context.Canceled, "\x04": context.Canceled, "abc": io.EOF} {
		if got, err := readSecret(strings.NewReader(typed)); got != nil || !errors.Is(err, want) {
			t.Errorf("%q: %q, %v, want %v", typed, got, err, want)
		}
	}
}

// Nobody is asked where nobody is.
func TestK4_NoTerminal(t *testing.T) {
	b := newBench(t)
	if _, err := b.ask(t.Context(), "? "); !errors.Is(err, errNoTerminal) {
		t.Errorf("ask: %v", err)
	}
	if _, err := b.askSecret(t.Context(), "? "); !errors.Is(err, errNoTerminal) {
		t.Errorf("askSecret: %v", err)
	}
	if err := b.confirm(t.Context(), false, "?"); err == nil {
		t.Error("confirmed by nobody")
	}
	if err := b.confirm(t.Context(), true, "?"); err != nil || b.err.Len() > 0 {
		t.Errorf("--yes: %v, %q", err, b.err.String())
	}
}
