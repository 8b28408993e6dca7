package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/cmdline"
)

// I2: what cannot be done is refused with the reason and what to do next, and nothing is
// written. hack/e2e has what can.
func TestI2_ImprintIsRefused(t *testing.T) {
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	for file, content := range map[string]string{"script": "#!/bin/sh\n", "universal": "\xca\xfe\xba\xbe\x00\x00\x00\x02", "cut": "\x7fELF\x02\x01\x01", "is there": "mine"} {
		if err := os.WriteFile(name(file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(name("directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(name("is there"), name("link")); err != nil {
		t.Skip(err)
	}
	const key, other = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	var nine []string
	for _, c := range "abcdefghi" {
		nine = append(nine, "--relay", string(c)+".example")
	}
	full := []string{"--relay", "relay.example", "--relay-key", key}
	flags := func(more ...string) []string { return append(append([]string{}, full...), more...) }
	for what, c := range map[string]struct {
		program, out string
		flags        []string
		says         string
	}{
		"no relay":               {"script", "new", []string{"--relay-key", key}, "relay"},
		"no key":                 {"script", "new", []string{"--relay", "relay.example"}, "relay-key"},
		"an empty relay":         {"script", "new", []string{"--relay", "", "--relay-key", key}, "--relay: "},
		"a bad relay":            {"script", "new", []string{"--relay", "http://relay.example", "--relay-key", key}, "only https://"},
		"a hostile relay":        {"script", "new", []string{"--relay", "a\x1b[2J\nb", "--relay-key", key}, "--relay: "},
		"a bad key":              {"script", "new", []string{"--relay", "relay.example", "--relay-key", "SHA256:\x1b[2Jx"}, "a fingerprint is SHA256:"},
		"a relay twice":          {"script", "new", flags("--relay", "RELAY.example."), "--relay: two of them are the same"},
		"a key twice":            {"script", "new", flags("--relay-key", other, "--relay-key", key), "--relay-key: two of them are the same"},
		"nine relays":            {"script", "new", append(nine, "--relay-key", key), "--relay: 8 is the most"},
		"a long organisation":    {"script", "new", flags("--organisation", strings.Repeat("x", 61)), "at most 60 characters"},
		"a hostile organisation": {"script", "new", flags("--organisation", "Ex\u202eample"), "--organisation: "},
		"two lines":              {"script", "new", flags("--organisation", "Example\nType yes"), "--organisation: "},
		"no program there":       {"nothing", "new", full, "cannot read the program"},
		"a directory":            {"directory", "new", full, "no ordinary file"},
		"a script":               {"script", "new", full, "no program of 64 bits"},
		"universal":              {"universal", "new", full, "several processors"},
		"cut":                    {"cut", "new", full, "a part of it is missing"},
		"onto itself":            {"script", "script", full, "is the program itself"},
		"onto a directory":       {"script", "directory", full, "is no ordinary file"},
		"onto a link":            {"script", "link", full, "is no ordinary file"},
	} {
		out, problems, code := command(t, "", append([]string{"imprint", name(c.program), "--out", name(c.out)}, c.flags...)...)
		if code != cmdline.ExitUsage || out != "" || !strings.Contains(problems, c.says) || !strings.Contains(problems, "hint: ") || strings.ContainsAny(problems, "\x1b\u202e") {
			t.Errorf("%s: %d, %q, %q", what, code, out, problems)
		}
	}
	for file, want := range map[string]string{"is there": "mine", "script": "#!/bin/sh\n"} {
		if got, err := os.ReadFile(name(file)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if _, err := os.Stat(name("new")); err == nil {
		t.Error("something was written")
	}
	if info, err := os.Lstat(name("link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
}
