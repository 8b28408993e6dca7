//go:build unix

// Package e2e_test runs the scripts of testdata against the real programs, a
// real relay on loopback, customers at real terminals, and the clients that
// people have: ssh, sftp, scp, PuTTY's, dropbear's, paramiko, lftp. A script's name
// begins with the ids of the catalogue that it proves.
package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit/pgtest"
)

func TestMain(m *testing.M) {
	if err := trapped(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "supportd-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// With the commit, also where the environment says otherwise; and without what only a
	// debugger reads, which is half of what customers would download.
	flags := append(raceFlags(), "-buildvcs=auto", "-ldflags=-s -w")
	programs, err := rig.Build(context.Background(), "../..", dir, flags...)
	if err == nil && coverDir() != "" {
		err = rig.Cover(context.Background(), "../..", programs.Control, flags...)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	err = errors.Join(
		os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")),
		os.Setenv(raceOptions, "atexit_sleep_ms=0"),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// raceOptions names the variable that the race detector reads. A program under it waits
// for a second when it ends, and scripts run hundreds of programs.
const raceOptions = "GORACE"

// coverDir is where supportctl writes which of its statements were run, "" for
// nowhere: see "./hack/test cover". The customer's program starts itself with an
// empty environment, in which that cannot be said.
func coverDir() string { return os.Getenv("GOCOVERDIR") }

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		RequireUniqueNames: true,
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "computer": // a script can make one, see commands
				return noComputer() == "", nil
			case "postgres": // a server is installed
				return pgtest.Installed(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Setup: func(env *testscript.Env) error {
			p := newPlay(env)
			env.Values[playKey{}] = p
			env.Defer(p.end)
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			packaging, err := filepath.Abs("../packaging")
			if err != nil {
				return err
			}
			env.Setenv("PACKAGING", packaging)
			if dir := coverDir(); dir != "" {
				env.Setenv("GOCOVERDIR", dir)
			}
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Setenv("TERM", "xterm-256color")
			env.Setenv(raceOptions, os.Getenv(raceOptions))
			return os.Mkdir(home, 0o700)
		},
		Cmds: commands(),
	})
}
