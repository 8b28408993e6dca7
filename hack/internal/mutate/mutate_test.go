//go:build linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain stands in for the tool where the tool calls itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == insideCommand {
		os.Exit(runInside(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func needConfinement(t *testing.T) {
	t.Helper()
	if v, err := confine(t.Context(), time.Minute, ".", "/bin/true"); err != nil {
		t.Skip(err)
	} else if !v.passed {
		t.Fatal("true fails inside: ", v.output)
	}
}

// fixtureJudge judges mutants of the package in testdata.
func fixtureJudge(t *testing.T) *judge {
	t.Helper()
	root, err := filepath.Abs("testdata/fixture")
	if err != nil {
		t.Fatal(err)
	}
	return &judge{
		options: options{root: root, limit: 3 * time.Second, jobs: 1}, work: t.TempDir(), progress: t.Output(),
		group: group{name: "fixture", bar: 85, parts: []part{{dir: "."}}},
	}
}

// TestOutcomes makes every mistake in a small package: one that is noticed, one
// that is not, one that does not end, one that does not compile.
func TestOutcomes(t *testing.T) {
	needConfinement(t)
	j := fixtureJudge(t)
	j.known = []equivalent{{".", "Check", `return errors.New("too large")`, "return nil", "a test of entries by text"}}
	s, err := j.judgeGroup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	show := func(all []mutant) (lines []string) {
		for _, m := range all {
			lines = append(lines, m.Function+": "+m.Old+" → "+m.New)
		}
		slices.Sort(lines)
		return lines
	}
	if got := show(s.Survivors); !slices.Equal(got, []string{
		"Check: if n > 100 { → if false {", "Check: if n > 100 { → if n > 101 {", "Check: if n > 100 { → if n >= 100 {",
	}) {
		t.Errorf("survived: %q", got)
	}
	if got := show(s.Hung); !slices.Equal(got, []string{"Count: for n > 0 { → for !(n > 0) {"}) {
		t.Errorf("did not end: %q", got)
	}
	if s.Uncompiled != 1 || s.Equivalent != 1 || s.Holds || s.Killed == 0 {
		t.Errorf("%+v", s)
	}
	if !slices.Equal(s.LeftOut, []string{"TestAlwaysFails"}) {
		t.Errorf("left out: %q", s.LeftOut)
	}
	if sum := s.Killed + s.Timeouts + s.Survived + s.Equivalent + s.Uncompiled; sum != s.Possible {
		t.Errorf("%d of %d are judged", sum, s.Possible)
	}
}

// TestSeed makes sure that a seed stands for a choice.
func TestSeed(t *testing.T) {
	needConfinement(t)
	chosen := func(seed uint64) string {
		j := fixtureJudge(t)
		var progress strings.Builder
		j.seed, j.sample, j.progress = seed, 3, &progress
		s, err := j.judgeGroup(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Killed + s.Timeouts + s.Survived; n != 3 {
			t.Errorf("%d mutants in a sample of 3", n)
		}
		return regexp.MustCompile(`(?m)^.*(takes?|left out).*\n`).ReplaceAllString(progress.String(), "")
	}
	if a, b := chosen(1), chosen(1); a != b {
		t.Errorf("seed 1 chose\n%s\nand then\n%s", a, b)
	}
	if chosen(1) == chosen(2) {
		t.Error("seeds 1 and 2 chose the same")
	}
}

// TestConfined does what a mutant might do, as root.
func TestConfined(t *testing.T) {
	needConfinement(t)
	if os.Geteuid() != 0 {
		t.Skip("only root has namespaces here")
	}
	outside := t.TempDir()
	for name, script := range map[string]string{
		"kills everything it sees":         `kill -9 -1; exit 3`,
		"writes outside its directory":     `touch ` + outside + `/x && exit 0; exit 3`,
		"removes what is not its own":      `rm -rf ` + outside + ` && exit 0; exit 3`,
		"sees other processes":             `for p in /proc/[0-9]*; do n=$((n+1)); done; [ $n -gt 3 ] && exit 0; exit 3`,
		"asks the kernel for a restart":    `echo b >/proc/sysrq-trigger && exit 0; exit 3`,
		"leaves a process behind and ends": `setsid sleep 1000 & exit 3`,
		"has no temporary directory":       `touch "$TMPDIR/x" && exit 3`,
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			v, err := confine(t.Context(), time.Minute, outside, "/bin/sh", "-c", script)
			if err != nil {
				t.Fatal(err)
			}
			if v.passed || v.timeout || time.Since(begun) > 30*time.Second {
				t.Errorf("%+v", v)
			}
			if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
				t.Errorf("outside there is %v, %v", left, err)
			}
			if left, _ := filepath.Glob("/sys/fs/cgroup/*/" + groupName("*")); len(left) > 0 {
				t.Errorf("control groups left: %q", left)
			}
		})
	}
}

// TestNothingStaysAfterTheLimit ends a program that does not end by itself, with
// what it started.
func TestNothingStaysAfterTheLimit(t *testing.T) {
	needConfinement(t)
	v, err := confine(t.Context(), 100*time.Millisecond-grace, ".", "/bin/sh", "-c", "sleep 1000 & sleep 1000")
	if err != nil || !v.timeout || v.passed {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestEquivalentsAreStillThere finds entries for code that has changed since.
func TestEquivalentsAreStillThere(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	known, err := readEquivalents(filepath.Join(root, equivalentsFile))
	if err != nil {
		t.Fatal(err)
	}
	module, err := loadModule(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	var all []mutant
	for _, g := range groups() {
		j := judge{options: options{root: root}, group: g, module: module}
		found, err := j.find(&score{})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) < 100 {
			t.Errorf("group %s has %d mutants only", g.name, len(found))
		}
		for _, p := range g.parts {
			for _, file := range p.files {
				if _, err := os.Stat(filepath.Join(root, p.dir, file)); err != nil {
					t.Errorf("group %s: %v", g.name, err)
				}
			}
			for _, pattern := range p.without {
				one := judge{options: options{root: root}, group: group{parts: []part{{dir: p.dir, without: []string{pattern}}}}, module: module}
				var s score
				if _, err := one.find(&s); err != nil || s.Without == 0 {
					t.Errorf("group %s: there is no mutant %q to leave out, %v", g.name, pattern, err)
				}
			}
		}
		all = append(all, found...)
	}
	for _, e := range known {
		if !slices.ContainsFunc(all, e.is) {
			t.Errorf("there is no such mutant any more:\n%s %s\n- %s\n+ %s", e.dir, e.function, e.old, e.new)
		}
	}
}
