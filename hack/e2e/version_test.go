package e2e_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The three programs as they were built tell what they are of: a person who
// reports a fault has no other way to say it.
func TestVersionTellsTheCommit(t *testing.T) {
	want := " built without knowing its commit"
	// The Go command knows no commit in a work tree of another checkout ("git worktree").
	repository, err := os.Stat("../../.git")
	if err == nil && repository.IsDir() {
		out, err := exec.Command("git", "log", "-1", "--format=%H %cI").Output()
		if err != nil {
			t.Fatal(err)
		}
		commit, when, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
		made, err := time.Parse(time.RFC3339, when)
		if err != nil {
			t.Fatal(err)
		}
		want = " commit " + commit[:12] + " of " + made.UTC().Format(time.DateTime) + " UTC"
	}
	for _, program := range []string{"support-relay", "support-agent", "supportctl"} {
		out, err := exec.Command(program, "--version").CombinedOutput()
		version, build, _ := strings.Cut(strings.TrimSpace(string(out)), ",")
		if err != nil || !strings.HasPrefix(version, program+" ") || strings.TrimSuffix(build, " and changes to it") != want {
			t.Errorf("%v, %q, want %q", err, out, want)
		}
	}
}
