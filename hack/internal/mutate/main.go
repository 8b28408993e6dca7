//go:build linux

// Command mutate asks whether the tests would notice a mistake. It makes small
// mistakes in the code, one at a time (see [mutant]), and runs the tests of the
// package against each. A mistake that no test notices "survives": it shows which
// test is missing, or a line that does nothing.
//
// The tree itself is never changed: the compiler gets the changed file by
// "-overlay". What is changed may kill processes or remove directories, so the
// tests run in namespaces of their own (see confine_linux.go).
//
// No tool that is well kept (gremlins is, go-mutesting is not) has overlays, seeds,
// groups with a bar each, and namespaces.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == insideCommand {
		os.Exit(runInside(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	held, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	if err != nil || !held {
		stop()
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	root      string // of the module
	groups    []group
	seed      uint64
	sample    int           // mutants per group that are judged; 0 is all
	limit     time.Duration // of the tests of one mutant; 0 is by how long they take without one
	jobs      int           // mutants at once
	importers bool          // run the tests of importing packages, too
	only      *regexp.Regexp
	json      bool
}

func parse(args []string, errs io.Writer) (options, error) {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(errs)
	names := flags.String("group", "", "groups, separated by commas; all of them when absent: "+strings.Join(groupNames(), ", "))
	packages := flags.String("packages", "", "directories of packages instead of groups, separated by commas")
	bar := flags.Int("bar", 0, "percent that --packages have to reach")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "repeats the same choice of mutants")
	sample := flags.Int("sample", 100, "mutants per group; 0 is all of them")
	limit := flags.Duration("limit", 0, "for the tests of one mutant; when absent, thrice what they need without one, and 15 s")
	jobs := flags.Int("jobs", runtime.NumCPU(), "mutants at once")
	tests := flags.String("tests", "own", "whose tests run: own, or also those of importers")
	only := flags.String("only", "", "regular expression for \"FILE FUNCTION\", e.g. 'ask.go Gate.Ask'")
	asJSON := flags.Bool("json", false, "the result as JSON")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o := options{seed: *seed, sample: *sample, limit: *limit, jobs: *jobs, importers: *tests == "importers", json: *asJSON}
	var err error
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("what is %q? Groups are named with --group", flags.Arg(0))
	case *tests != "own" && *tests != "importers":
		return o, fmt.Errorf("--tests is own or importers, not %q", *tests)
	case *jobs < 1 || *sample < 0:
		return o, errors.New("--jobs is at least 1, --sample at least 0")
	case *packages != "" && *names != "":
		return o, errors.New("--packages and --group exclude each other")
	case *packages != "":
		for dir := range strings.SplitSeq(*packages, ",") {
			o.groups = append(o.groups, group{name: dir, bar: *bar, kills: true, parts: []part{{dir: dir}}})
		}
	default:
		if o.groups, err = chooseGroups(*names); err != nil {
			return o, err
		}
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("--only: %w", err)
	}
	o.root, err = os.Getwd()
	return o, err
}

// run judges every group that was asked for, and reports whether each holds its
// bar.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (held bool, err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return false, err
	}
	known, err := readEquivalents(filepath.Join(o.root, equivalentsFile))
	if err != nil {
		return false, err
	}
	work, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	held = true
	var all []score
	for _, g := range o.groups {
		j := judge{options: o, group: g, work: work, known: known, progress: stderr}
		s, err := j.judgeGroup(ctx)
		if err != nil {
			return false, fmt.Errorf("group %s: %w", g.name, err)
		}
		all = append(all, s)
		held = held && s.Holds
	}
	if o.json {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return held, enc.Encode(map[string]any{"seed": o.seed, "groups": all})
	}
	return held, writeTable(stdout, o, all)
}
