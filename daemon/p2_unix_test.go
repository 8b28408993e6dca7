//go:build unix

package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
)

// A script puts a pipe in the place of a directory of ours: neither the end of the run
// nor a Stop, behind the run or in the middle of it, waits for somebody to write into it.
// A Stop has a second.
func TestK1P2_APipeInThePlaceOfADirectory(t *testing.T) {
	for name, script := range map[string]string{
		"staging": `rm -rf "$1/staging"; mkfifo "$1/staging"`,
		"work":    `rm -rf "$1/work"; mkfifo "$1/work"`,
		"the run": `cd "$1/work" && for r in run-*; do rm -rf "$r"; mkfifo "$r"; done`,
	} {
		for when, last := range map[string]string{"behind the run": "echo done", "in the run": "echo done; exec sleep 1000"} {
			t.Run(name+", "+when, func(t *testing.T) {
				withinASecond(t, func() time.Duration {
					w := newWorld(t, allowing)
					c := w.csr()
					stage(t, c, map[string]string{"x.sh": sh("set -- "+w.dir, script, last)})
					wait := start(t, c, "run x.sh")
					if when == "in the run" {
						testkit.Eventually(t, "the pipe", w.journalHas(journal.KindScriptOutput))
					} else {
						testkit.Eventually(t, "the end of the run", w.journalHas(journal.KindRunEnd))
						wait()
					}
					took := w.stopped()
					if when == "in the run" {
						wait()
					}
					return took
				})
			})
		}
	}
}

// Only what the CSR has sent is run: a script of before can leave another one under a
// name in the staging area, or change one.
func TestK1P25_OnlyWhatWasSentIsRun(t *testing.T) {
	w := newWorld(t, allowing)
	c := w.csr()
	stage(t, c, map[string]string{
		"evil.sh": sh("cd "+w.dir+"/staging/1", "printf '#!/bin/sh\\necho EVIL\\n' >new.sh", "cp new.sh good.sh", "mkdir -p pkg && cp new.sh pkg/beside"),
		"good.sh": sh("echo good"), "pkg/run.sh": sh("echo pkg"),
	})
	if got := run(t, c, "run evil.sh"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	for _, name := range []string{"new.sh", "good.sh", "pkg/run.sh"} {
		got := run(t, c, "run "+name)
		if got.code == 0 || strings.Contains(got.out, "EVIL") || !strings.Contains(got.err, "something on the customer's computer has") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What the customer withholds stays withheld when a script takes it out of the saved
// session.
func TestK1_WhatIsWithheldIsNotTakenBackByAScript(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) {
		o.Join.Withheld = consent.Withheld{Categories: []string{"processes"}, Fields: []string{"addresses"}}
	})
	w.csr()
	s, err := w.killedNow()
	if err != nil {
		t.Fatal(err)
	}
	s.Withheld = consent.Withheld{}
	w.saves(s)
	w.run(func(_ *world, o *Options) { o.Join = nil })
	c := w.csr()
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := run(t, c, "sysinfo processes"); got.code != 0 || !strings.Contains(got.out, "withheld") {
		t.Errorf("%+v", got)
	}
}

// killedNow ends the daemon as a kill does: what it saved stays as it was.
func (w *world) killedNow() (state.Saved, error) {
	saved := w.daemon.session.Saved()
	w.daemon.session.End(state.ErrRestarting) // leaves the files
	_ = w.ended()
	<-w.finished
	return saved, nil
}

// saves writes a saved session.
func (w *world) saves(s state.Saved) {
	w.t.Helper()
	dir, err := state.Open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(dir.Save(s), dir.Close()); err != nil {
		w.t.Fatal(err)
	}
}
