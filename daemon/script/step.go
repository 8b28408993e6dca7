package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"supportd/daemon/script/process"
	"supportd/library/disk"
	"supportd/library/journal"
	"supportd/library/panics"
)

// step extracts a package, runs its script, and removes both. For each event of a
// beginning there is one of an end, whatever happens between.
func (r *Run) step(i int) Outcome {
	s := r.plan.Steps[i]
	o := Outcome{Name: s.Name, Reason: Unstarted}
	if err := r.record(Event{Kind: ScriptStart, Step: i + 1, Text: s.Name}); err != nil {
		o.Problem, o.Because = err.Error(), journal.CauseNoRecord.Of("")
		return o
	}
	began := time.Now()
	dir := filepath.Join(r.dir, fmt.Sprint(i+1))
	r.execute(i, dir, &o)
	o.Took = time.Since(began)
	if err := disk.RemoveTree(dir); err != nil {
		staying(&o, dir, err.Error())
	}
	_ = r.record(Event{Kind: ScriptExit, Step: i + 1, Outcome: &o}) // kept in r.err
	return o
}

// staying adds to an outcome that a directory of the script could not be removed, and
// why.
func staying(o *Outcome, dir, why string) {
	o.Stays = dir
	o.Problem = strings.TrimPrefix(o.Problem+"; "+why, "; ")
	if o.CauseCode == "" {
		o.Because = journal.CauseFilesStay.Of(why)
	}
}

// execute fills in the outcome of one script.
func (r *Run) execute(i int, dir string, o *Outcome) {
	s := r.plan.Steps[i]
	unstarted := func(err error) {
		o.Problem, o.Because = err.Error(), journal.CauseNoStart.Of(err.Error())
		if errors.Is(err, ErrChanged) {
			o.Reason, o.Because = Changed, journal.CauseFilesChanged.Of("")
		}
	}
	pkg, tmp := filepath.Join(dir, "package"), filepath.Join(dir, "tmp")
	for _, d := range []string{dir, pkg, tmp} {
		if err := os.Mkdir(d, 0o700); err != nil {
			unstarted(err)
			return
		}
	}
	executable, err := r.plan.extract(i, pkg)
	if err != nil {
		unstarted(err)
		return
	}
	argv := append(append([]string{}, s.Command...), executable)
	j := process.Job{Argv: argv, Dir: pkg, Env: process.Environ(r.opts.Environ, tmp, r.ID), Timeout: r.how.Timeout, Run: r.ID, RunDir: r.dir}
	if r.how.As != nil {
		err = j.Pack(dir)
	}
	var c *process.Script
	if err == nil {
		c, err = process.Start(r.hard, process.Options{Supervisor: r.opts.Supervisor, Spare: r.opts.Spare}, r.how.As, j)
	}
	if err != nil {
		unstarted(err)
		return
	}
	defer context.AfterFunc(r.ctx, c.Cancel)()
	defer context.AfterFunc(r.hard, c.Kill)()
	var out outputs
	watched := false
	defer func() {
		if !watched { // a panic: nobody else ends the script
			c.Kill()
			c.Wait()
			out.finish(r.hard, c.Stdout, c.Stderr)
		}
	}()
	for stream, from := range map[string]io.Reader{journal.Stdout: c.Stdout, journal.Stderr: c.Stderr} {
		out.copy(from, func(text string, raw []byte) (err error) {
			defer panics.Keep(r.opts.Log, "a script's output", func() {
				err = errors.New("the output could not be kept")
				r.cancel(err)
			})
			e := Event{Kind: Output, Step: i + 1, Stream: stream, Text: text}
			if string(raw) != text {
				e.Raw = raw
			}
			return r.record(e)
		})
	}
	st := c.Wait()
	watched = true
	out.finish(r.hard, c.Stdout, c.Stderr)
	if out.dropped() > 0 {
		marker := fmt.Sprintf("\n[output cut: %d bytes after the first %d are not shown]\n", out.dropped(), MaxOutput)
		_ = r.record(Event{Kind: Output, Step: i + 1, Stream: journal.Stderr, Text: marker}) // kept in r.err
	}
	o.Reason, o.Code, o.Signal, o.Survivors = st.Reason, st.Code, st.Signal, st.Survivors
	o.Problem, o.Because = st.Problem, st.Because
	if st.Stays != "" {
		staying(o, st.Stays, st.StaysWhy)
	}
	o.Bytes, o.Dropped = out.taken(), out.dropped()
	if cause := context.Cause(r.ctx); o.Reason == Cancelled && cause != nil && o.Problem == "" {
		o.Problem, o.Because = cause.Error(), journal.CauseNoRecord.Of("")
		var known *journal.CauseError
		if errors.As(cause, &known) {
			o.Because = known.Because
		}
	}
}
