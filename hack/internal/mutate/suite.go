//go:build linux

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// suite is a package whose tests judge mutants.
type suite struct {
	listed
	program string        // its tests, without any mutant
	skip    []string      // tests that fail without any mutant
	slow    []string      // tests that run only when the others have noticed nothing
	limit   time.Duration // for one run
	given   time.Duration // the limit as the command line has it; 0 is by need

	confine func(ctx context.Context, limit time.Duration, dir string, program ...string) (verdict, error)
}

const (
	unchangedLimit = 5 * time.Minute // bounds a run without a mutant
	slowTest       = 300 * time.Millisecond
)

var (
	failed  = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)
	passed  = regexp.MustCompile(`(?m)^--- PASS: (\S+) \(([0-9.]+)s\)`)
	running = regexp.MustCompile(`(?m)^\t\t([^\s/]+) \(`) // below "running tests:", when the time was over
)

// baseline runs the tests of p without a mutant: what fails then can judge nothing,
// and how long it takes says in which order tests run, and when to stop waiting.
func (j *judge) baseline(ctx context.Context, p listed) (suite, error) {
	name := "unchanged-" + strconv.Itoa(j.built)
	j.built++
	u := suite{listed: p, program: filepath.Join(j.work, name), limit: unchangedLimit, given: j.limit, confine: confine}
	if out, err := j.build(ctx, p, "", u.program); err != nil {
		return u, fmt.Errorf("the tests of %s do not compile without a mutant: %w\n%s", p.ImportPath, err, out)
	}
	for {
		v, err := u.run(ctx, u.program, u.limit, append(u.choose(false), "-test.v")...)
		if err != nil {
			return u, err
		}
		names := v.suspects()
		if len(names) > 0 { // one that passes by itself can judge
			again, err := u.run(ctx, u.program, u.limit, "-test.run="+oneOf(names))
			if err != nil {
				return u, err
			}
			v.passed = again.passed
		}
		if v.passed {
			fmt.Fprintf(j.progress, "%s: its tests take %v\n", p.ImportPath, v.took.Round(time.Second/10))
			u.limit = u.need(v.took)
			u.slow = slowTests(v.output)
			return u, nil
		}
		if len(names) == 0 || len(u.skip) > 50 {
			return u, fmt.Errorf("the tests of %s fail without a mutant:\n%s", p.ImportPath, v.output)
		}
		for _, n := range names {
			u.skip = append(u.skip, n)
			fmt.Fprintf(j.progress, "%s: left out, because it fails here without a mutant: %s\n", p.ImportPath, n)
		}
	}
}

func slowTests(output string) (names []string) {
	for _, m := range passed.FindAllStringSubmatch(output, -1) {
		if took, err := strconv.ParseFloat(m[2], 64); err == nil && took >= slowTest.Seconds() {
			names = append(names, m[1])
		}
	}
	return names
}

// need is how long tests may take that took so long without a mutant.
func (u suite) need(took time.Duration) time.Duration {
	if u.given != 0 {
		return u.given
	}
	return 15*time.Second + 3*took
}

// choose selects the slow tests or all others.
func (u suite) choose(slow bool) (args []string) {
	skip := u.skip
	if slow {
		args = append(args, "-test.run="+oneOf(u.slow))
	} else {
		skip = slices.Concat(skip, u.slow)
	}
	if len(skip) > 0 {
		args = append(args, "-test.skip="+oneOf(skip))
	}
	return args
}

func oneOf(tests []string) string { return "^(" + strings.Join(tests, "|") + ")$" }

func (u suite) run(ctx context.Context, program string, limit time.Duration, args ...string) (verdict, error) {
	return u.confine(ctx, limit, u.Dir, append([]string{program, "-test.timeout=" + limit.String(), "-test.count=1"}, args...)...)
}

// notices runs the quick tests against a mutant, and then the slow ones, until one of
// them fails or does not end, and [suite.again] agrees.
func (u suite) notices(ctx context.Context, program string) (verdict, error) {
	for _, slow := range []bool{false, true} {
		for !slow || len(u.slow) > 0 {
			v, err := u.run(ctx, program, u.limit, append(u.choose(slow), "-test.failfast")...)
			if err != nil {
				return v, err
			}
			if v.passed {
				break
			}
			names := slices.DeleteFunc(v.suspects(), func(n string) bool { return slices.Contains(u.skip, n) })
			args := u.choose(slow)
			if len(names) > 0 {
				args = []string{"-test.run=" + oneOf(names)}
			}
			v, err = u.again(ctx, program, args)
			if err != nil || !v.passed {
				return v, err
			}
			if len(names) == 0 {
				break
			}
			u.skip = append(slices.Clip(u.skip), names...)
		}
	}
	return verdict{passed: true}, nil
}

// suspects are the tests that failed, or were running when the time was over.
func (v verdict) suspects() (names []string) {
	form := failed
	if v.timeout {
		form = running
	}
	for _, m := range form.FindAllStringSubmatch(v.output, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// again looks a second time at tests that failed or did not end: at the same moment
// they have to pass without the mutant, and how long that takes says how long they may
// take with it. So a test that fails now and then, or a busy machine, is not taken for
// tests that notice.
func (u suite) again(ctx context.Context, program string, args []string) (verdict, error) {
	without, err := u.run(ctx, u.program, unchangedLimit, args...)
	if err != nil {
		return without, err
	}
	if !without.passed {
		return verdict{passed: true}, nil // they judge nothing now
	}
	return u.run(ctx, program, u.need(without.took), args...)
}
