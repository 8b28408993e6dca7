//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// score is what is known of a group in the end.
type score struct {
	Group      string   `json:"group"`
	Bar        int      `json:"bar"` // percent
	Possible   int      `json:"possible"`
	Killed     int      `json:"killed"`
	Timeouts   int      `json:"timeouts"` // noticed, by not ending
	Equivalent int      `json:"equivalent"`
	Survived   int      `json:"survived"`
	Uncompiled int      `json:"uncompiled"` // not counted
	Percent    float64  `json:"percent"`    // noticed, of those that are no equivalents
	Holds      bool     `json:"holds"`
	LeftOut    []string `json:"left_out"` // tests that fail here without any mutant
	Without    int      `json:"without"`  // mutants that are not judged, and not counted in Possible
	Why        string   `json:"why"`      // they are not
	Survivors  []mutant `json:"survivors"`
	Hung       []mutant `json:"hung"`
}

// judge finds the score of a group.
type judge struct {
	options
	group    group
	work     string // directory for what is built
	known    []equivalent
	progress io.Writer

	module module
	suites map[string][]suite // by the directory of a mutant's package
	built  int                // programs without a mutant
}

// judgeGroup judges as many mutants of the group as the sample asks for.
func (j *judge) judgeGroup(ctx context.Context) (s score, err error) {
	s = score{Group: j.group.name, Bar: j.group.bar, LeftOut: []string{}, Survivors: []mutant{}, Hung: []mutant{}}
	if j.group.kills && os.Geteuid() != 0 {
		return s, errors.New("its code kills processes or removes directories: only root can run mutants of it, in namespaces of their own")
	}
	if j.module, err = loadModule(ctx, j.root); err != nil {
		return s, err
	}
	all, err := j.find(&s)
	if err != nil {
		return s, err
	}
	s.Possible = len(all)
	random := rand.New(rand.NewPCG(j.seed, 0)) //nolint: it only has to repeat itself
	random.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	if err := j.prepare(ctx, all, &s); err != nil {
		return s, err
	}
	if err := j.judgeAll(ctx, all, &s); err != nil {
		return s, err
	}
	order := func(a, b mutant) int {
		if c := strings.Compare(a.Package+"/"+a.File, b.Package+"/"+b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	}
	slices.SortFunc(s.Survivors, order)
	slices.SortFunc(s.Hung, order)
	if counted := s.Killed + s.Timeouts + s.Survived; counted > 0 {
		s.Percent = 100 * float64(s.Killed+s.Timeouts) / float64(counted)
		s.Holds = s.Percent >= float64(s.Bar)
	}
	return s, nil
}

// find lists every mutant of the group, and counts those that are left out.
func (j *judge) find(s *score) (all []mutant, err error) {
	for _, p := range j.group.parts {
		l, err := j.module.at(p.dir)
		if err != nil {
			return nil, err
		}
		c, err := j.module.check(l)
		if err != nil {
			return nil, err
		}
		for _, name := range l.GoFiles {
			if !p.has(name) {
				continue
			}
			for _, m := range c.mutants(p.dir, name) {
				switch {
				case p.leavesOut(m):
					s.Without, s.Why = s.Without+1, p.why
				case j.only == nil || j.only.MatchString(m.File+" "+m.Function):
					all = append(all, m)
				}
			}
		}
	}
	return all, nil
}

// prepare runs every suite without a mutant: what fails then can judge nothing, and
// how long it takes says when to stop waiting.
func (j *judge) prepare(ctx context.Context, all []mutant, s *score) error {
	j.suites = map[string][]suite{}
	for _, m := range all {
		if j.suites[m.Package] != nil {
			continue
		}
		own, err := j.module.at(m.Package)
		if err != nil {
			return err
		}
		packages := []listed{own}
		if j.importers {
			packages = append(packages, j.module.importers(own)...)
		}
		for _, p := range packages {
			u, err := j.baseline(ctx, p)
			if err != nil {
				return err
			}
			s.LeftOut = append(s.LeftOut, u.skip...)
			j.suites[m.Package] = append(j.suites[m.Package], u)
		}
	}
	return nil
}

// build compiles the tests of p, with the files that overlay names in place of
// those of the tree. A package without tests has no program.
func (j *judge) build(ctx context.Context, p listed, overlay, program string) ([]byte, error) {
	args := []string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-o", program}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, p.ImportPath)...)
	cmd.Dir = j.root
	return cmd.CombinedOutput()
}

// judgeAll judges mutants in their order until the sample is full, some at once.
func (j *judge) judgeAll(ctx context.Context, all []mutant, s *score) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex // guards s and next
	next, running := 0, 0
	take := func() (m mutant, n int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		judged := s.Killed + s.Timeouts + s.Survived + s.Equivalent + running
		if ctx.Err() != nil || next == len(all) || j.sample > 0 && judged >= j.sample {
			return m, 0, false
		}
		next++
		running++
		return all[next-1], next, true
	}
	var workers sync.WaitGroup
	for range j.jobs {
		workers.Go(func() {
			for {
				m, n, ok := take()
				if !ok {
					return
				}
				o, err := j.judge(ctx, m, filepath.Join(j.work, strconv.Itoa(n)))
				if err != nil {
					cancel(err)
				}
				mu.Lock()
				running--
				if err == nil {
					o.count(s, m)
					fmt.Fprintf(j.progress, "%s %d: %s %s:%d %s\n", j.group.name, n, o, m.Package+"/"+m.File, m.Line, m.Kind)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// outcome is what became of a mutant.
type outcome string

const (
	killed     outcome = "killed"
	timedOut   outcome = "timeout"
	survived   outcome = "SURVIVED"
	named      outcome = "equivalent"
	uncompiled outcome = "does not compile"
)

func (o outcome) count(s *score, m mutant) {
	switch o {
	case killed:
		s.Killed++
	case timedOut:
		s.Timeouts++
		s.Hung = append(s.Hung, m)
	case survived:
		s.Survived++
		s.Survivors = append(s.Survivors, m)
	case named:
		s.Equivalent++
	case uncompiled:
		s.Uncompiled++
	}
}

// judge builds and runs the suites against one mutant, in a directory that it makes
// and removes.
func (j *judge) judge(ctx context.Context, m mutant, dir string) (o outcome, err error) {
	if slices.ContainsFunc(j.known, func(e equivalent) bool { return e.is(m) }) {
		return named, nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := m.overlay(j.root, dir)
	if err != nil {
		return "", err
	}
	for i, u := range j.suites[m.Package] {
		program := filepath.Join(dir, fmt.Sprintf("%d.test", i))
		if _, err := j.build(ctx, u.listed, overlay, program); err != nil {
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
			return uncompiled, nil
		}
		if _, err := os.Stat(program); errors.Is(err, os.ErrNotExist) {
			continue // no test files
		}
		v, err := u.notices(ctx, program)
		switch {
		case err != nil:
			return "", err
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case v.timeout:
			return timedOut, nil
		case !v.passed:
			return killed, nil
		}
	}
	return survived, nil
}

// overlay writes the changed file, and what tells the compiler to take it, into dir.
func (m mutant) overlay(root, dir string) (file string, err error) {
	path := filepath.Join(root, m.Package, m.File)
	changed := filepath.Join(dir, m.File)
	text := slices.Concat(m.text[:m.from], []byte(m.by), m.text[m.to:])
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, errors.Join(os.WriteFile(changed, text, 0o600), os.WriteFile(file, replace, 0o600))
}
