// Command release makes a release of what is committed: programs, archives, packages,
// bills of materials and their sums. Whoever makes it of the same commit, wherever, gets
// the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// target is a system and processor, as Go names them.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "/" + t.arch }

// exe is the ending of a program's name.
func (t target) exe() string {
	if t.os == "windows" {
		return ".exe"
	}
	return ""
}

func targets() []target {
	var all []target
	for _, system := range []string{"linux", "windows", "darwin"} {
		for _, arch := range []string{"amd64", "arm64"} {
			all = append(all, target{system, arch})
		}
	}
	return all
}

const (
	relay = "support-relay"
	ctl   = "supportctl"
	agent = "support-agent"
)

func programs() []string { return []string{relay, ctl, agent} }

// options say what is made.
type options struct {
	version      string // X.Y.Z
	root         string // of the checkout
	out          string
	agentTags    string // of the build of the customer's program
	agentLdflags string // likewise
	targets      []target
}

func readOptions(args []string) (o options, err error) {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.root, "root", ".", "")
	flags.StringVar(&o.out, "out", "", "")
	flags.StringVar(&o.agentTags, "agent-tags", "", "")
	flags.StringVar(&o.agentLdflags, "agent-ldflags", "", "")
	only := flags.String("targets", "", "")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() != 1 {
		return o, errors.New("which VERSION? As in: ./hack/release v0.2.0")
	}
	o.version = strings.TrimPrefix(flags.Arg(0), "v")
	if !regexp.MustCompile(`^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$`).MatchString(o.version) {
		return o, fmt.Errorf("%q is no version: write three numbers, as in v0.2.0", flags.Arg(0))
	}
	o.targets = targets()
	if *only != "" {
		o.targets = nil
		for _, name := range strings.Split(*only, ",") {
			at := slices.IndexFunc(targets(), func(t target) bool { return t.String() == name })
			if at < 0 {
				return o, fmt.Errorf("--targets: no target %q; there are: %v", name, targets())
			}
			o.targets = append(o.targets, targets()[at])
		}
	}
	if o.root, err = filepath.Abs(o.root); err != nil {
		return o, err
	}
	if o.out == "" {
		o.out = filepath.Join(o.root, "dist", "v"+o.version)
	}
	if o.out, err = filepath.Abs(o.out); err != nil {
		return o, err
	}
	if there, _ := os.ReadDir(o.out); len(there) > 0 { // what is there would stand beside sums that do not name it
		return o, fmt.Errorf("%s is not empty: remove it, or name another directory with --out", o.out)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	o, err := readOptions(args)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "supportd-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	m := maker{options: o, work: work, log: stdout}
	if err := m.takeSource(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"tools", m.buildTools}, {"programs", m.buildPrograms}, {"manual pages and completions", m.writeTexts}, {"licences", m.writeLicences}, {"bills of materials", m.writeBills},
		{"archives", m.writeArchives}, {"packages", m.writePackages}, {"sums", m.writeSums},
	} {
		fmt.Fprintln(stdout, "==", step.name)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return m.handOver()
}
