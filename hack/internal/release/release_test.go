package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPackagesHoldWhatTheyShould makes the packages of small files instead of the
// programs: paths, modes, owners, what is kept at an upgrade, and scripts.
func TestPackagesHoldWhatTheyShould(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	nfpm := packager(t, root)
	m := maker{options: options{version: "0.2.0", root: root, targets: targets()}, work: t.TempDir(), when: time.Unix(1795000000, 0), env: os.Environ()}
	if err := os.MkdirAll(filepath.Join(m.source(), "hack"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "hack", "packaging"), filepath.Join(m.source(), "hack", "packaging")); err != nil {
		t.Skipf("no link can be made here: %v", err)
	}
	on := target{"linux", "amd64"}
	for _, name := range programs() {
		parts := m.parts(on, name)
		for _, part := range parts {
			if part.mode.IsDir() {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(part.from), 0o700); err != nil {
				t.Fatal(err)
			}
			// Private, as with a strict umask: the packages must not be.
			if err := os.WriteFile(part.from, []byte(part.name+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		stage := filepath.Join(m.work, "stage", name)
		if err := lay(stage, parts, m.when); err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds() {
			file, err := m.pack(t.Context(), nfpm, stage, name, kind, on.arch)
			if err != nil {
				t.Fatal(err)
			}
			list, err := holds(file, kind)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			golden := filepath.Join("contents", name+"."+kind)
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(golden, []byte(describe(list)), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := check(file, name, kind, targets()); err != nil {
				t.Error(err)
			}
			if err := m.checkParts(file, stage, on, name, kind); err != nil {
				t.Error(err)
			}
			if err := os.WriteFile(filepath.Join(stage, name), []byte("another\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := m.checkParts(file, stage, on, name, kind); err == nil || !strings.Contains(err.Error(), "has another /usr/bin/") {
				t.Errorf("another program is not noticed in %s: %v", file, err)
			}
			if err := os.WriteFile(filepath.Join(stage, name), []byte(name+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// packager is the command nfpm. It is built where that takes no network, or a short time.
func packager(t *testing.T, root string) []string {
	t.Helper()
	const patience = 2 * time.Minute // once; the Go command keeps what it has built
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	find := exec.CommandContext(ctx, "go", "tool", "-modfile", filepath.Join(root, toolsMod), "-n", "nfpm")
	find.Dir = root
	var said strings.Builder // which modules it fetches, too
	find.Stderr = &said
	out, err := find.Output()
	if err != nil {
		t.Skipf("nfpm cannot be built here: %v\n%s", err, said.String())
	}
	return []string{strings.TrimSpace(string(out))}
}

// TestTheListOfAnRPMIsThatOfItsArchive: the rpm command shows the one and unpacks the other.
func TestTheListOfAnRPMIsThatOfItsArchive(t *testing.T) {
	member := func(path string, mode int64, content string) string {
		pad := func(s string) string { return s + strings.Repeat("\x00", (4-len(s)%4)%4) }
		return pad(fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path)+1, 0, path)) + pad(content)
	}
	dir, file, end := member("./usr", rpmDirectory|0o755, ""), member("/usr/a", 0o100644, "hello"), member("TRAILER!!!", 0, "")
	list := func() []held {
		return []held{{path: "/usr/", mode: 0o755}, {path: "/usr/a", mode: 0o644}, {path: "postin", script: true}}
	}
	for name, c := range map[string]struct{ archive, sum, says string }{
		"the same":        {dir + file + end, sumOf([]byte("hello")), ""},
		"another file":    {dir + file + member("/usr/b", 0o100644, "") + end, sumOf([]byte("hello")), "/usr/b is in the archive, and not listed"},
		"a file less":     {dir + end, sumOf([]byte("hello")), "/usr/a is listed, and not in the archive"},
		"another mode":    {dir + member("/usr/a", 0o100666, "hello") + end, sumOf([]byte("hello")), "has mode 644 in the list, and 100666"},
		"another content": {dir + file + end, sumOf([]byte("Hello")), "has the SHA-256"},
		"cut":             {dir + file[:60], sumOf([]byte("hello")), errRPM.Error()},
		"no end":          {dir + file, sumOf([]byte("hello")), errRPM.Error()},
		"no archive":      {"hello", "", errRPM.Error()},
	} {
		packed, err := gzipped([]byte(c.archive))
		if err != nil {
			t.Fatal(err)
		}
		all := list()
		switch err := agreeWithPayload(all, []string{"", c.sum}, packed); {
		case c.says == "" && (err != nil || all[1].sum != c.sum):
			t.Errorf("%s: %q, %v", name, all[1].sum, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, not %q", name, err, c.says)
		}
	}
}
