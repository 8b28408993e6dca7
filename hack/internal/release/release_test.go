package main

import (
	"context"
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
