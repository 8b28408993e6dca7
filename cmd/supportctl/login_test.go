package main

import (
	"errors"
	"strings"
	"testing"

	"supportd/library/cmdline"
)

// A login that is written as a URL is refused with what it means.
func TestLoginsWrittenAsURLs(t *testing.T) {
	for typed, want := range map[string]string{
		"https://alice@relay.example":       "perhaps alice@https://relay.example",
		"https://alice@relay.example:8443/": "perhaps alice@https://relay.example:8443",
		"ssh://alice@relay.example":         "perhaps alice@relay.example",
		"ssh://alice@relay.example:2222":    "perhaps alice@relay.example:2222",
		"SSH://alice:secret@relay.example":  "perhaps alice@relay.example",
		"ftp://alice@relay.example":         "it looks like alice@",
		"ssh://a b@relay.example":           "it looks like alice@",
		"https://relay.example":             "it looks like alice@",
	} {
		_, _, err := parseTarget(typed)
		var told *cmdline.Error
		if !errors.As(err, &told) || told.Code != cmdline.ExitUsage || !strings.HasPrefix(told.Hint, want) || strings.HasPrefix(want, "perhaps") && told.Hint != want {
			t.Errorf("%s: %v", typed, err)
		}
	}
}
