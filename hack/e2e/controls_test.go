//go:build unix

package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// spare is a test that may fail without harm to the one that runs it.
type spare struct {
	*testing.T
	failed bool
}

func (s *spare) FailNow()                             { s.failed = true; panic(s) }
func (s *spare) Fatal(args ...any)                    { s.Log(args...); s.FailNow() }
func (s *spare) Parallel()                            {}
func (s *spare) Verbose() bool                        { return false }
func (s *spare) Run(_ string, f func(t testscript.T)) { f(s) }
func (s *spare) Skip(args ...any)                     { s.Fatal(args...) }

// fails runs a script, without programs, and reports whether it fails.
func fails(t *testing.T, script string) bool {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "script.txtar"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &spare{T: t}
	func() {
		defer func() {
			if r := recover(); r != nil && r != any(s) {
				panic(r)
			}
		}()
		testscript.RunT(s, testscript.Params{Dir: dir, Cmds: commands(), Setup: func(env *testscript.Env) error {
			p := newPlay(env)
			p.cancel()
			p.ctx, p.cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
			env.Values[playKey{}] = p
			env.Defer(p.end)
			return nil
		}})
	}()
	return s.failed
}

// T11: "nothing is left there" is told only of a place where something was, and
// every such sentence can be wrong.
func TestK7T11_EmptyCanFail(t *testing.T) {
	const files = "-- dir/run-1/litter --\n-- other/x --\n"
	for script, want := range map[string]bool{
		"holds dir ^run-\nexec rm -r dir/run-1\nempty dir\n":               false,
		"holds dir ^run-\nexec rm -r dir\nempty dir\nempty dir ^run-\n":    false,
		"holds dir litter$\nexec rm dir/run-1/litter\nempty dir litter$\n": false,
		"empty dir\n":                  true, // it is not
		"exec rm -r dir\nempty dir\n":  true, // nobody has looked before
		"empty missing\n":              true,
		"holds dir ^run-\nempty dir\n": true,
		"holds dir ^run-\nexec rm -r dir\nempty dir ^walk-\n": true, // another name
		"holds other x\nexec rm -r dir\nempty dir\n":          true, // another place
		"holds dir ^walk-\n":                                  true,
		"holds missing .\n":                                   true,
	} {
		if got := fails(t, script+files); got != want {
			t.Errorf("it fails: %v, want %v:\n%s", got, want, script)
		}
	}
}

// What a script waits to see the end of has to be something that it has begun.
func TestK7T11_WhatIsGoneWasBegun(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	gone := regexp.MustCompile(`(?m)^(?:gone|gone-soon) '?([^'\n]+)'?$`)
	seen := 0
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var begun strings.Builder
		begun.WriteString(gone.ReplaceAllString(string(a.Comment), ""))
		for _, f := range a.Files {
			begun.Write(f.Data)
		}
		for _, m := range gone.FindAllStringSubmatch(string(a.Comment), -1) {
			if strings.Contains(m[1], "$") { // a variable, of what the script itself has started
				continue
			}
			seen++
			if !strings.Contains(begun.String(), strings.TrimPrefix(m[1], "^")) {
				t.Errorf("%s: %q is waited for, but nothing has it in its command line", name, m[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no script waits for the end of a process")
	}
}
