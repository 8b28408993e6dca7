package visit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"supportd/consent"
	"supportd/daemon/account"
	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/script"
	"supportd/daemon/script/process"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/journal"
	"supportd/library/text"
)

// runs is what CSRs bring and run in a support session: a staging area for each
// account, and one run at a time.
type runs struct {
	runner *script.Runner
	dir    string // of the staging areas

	mu      sync.Mutex                 // taken after access.mu, before those of the runner, the journal and the UI
	staging map[string]*script.Staging // by account
	claimed *text.Message              // who asks the customer about what; then no run starts
	owner   string                     // the account whose run is the last one
	as      *account.Logon             // and as whom it runs; nil is the customer
}

// The names in the state directory of what CSRs bring, and of what runs.
const (
	stagingName = "staging"
	workName    = "work"
)

// prepareRuns makes the directories anew.
func (s *Server) prepareRuns() (err error) {
	dir := s.Session.Dir()
	if err := RemoveRuns(dir, s.Log); err != nil {
		// What cannot be removed must not keep the customer from being helped.
		s.Log.Error("files of an earlier support session stay", "err", err)
		s.UI.Notify(notice.FilesStay{Why: err.Error()})
	}
	work, err := fresh(dir.Root(), workName)
	if err != nil {
		return err
	}
	staging, err := fresh(dir.Root(), stagingName)
	if err != nil {
		return err
	}
	s.runs.dir, s.runs.staging = dir.Path(staging), map[string]*script.Staging{}
	s.runs.runner, err = script.NewRunner(script.Options{
		WorkDir: dir.Path(work), Supervisor: s.Supervisor, Environ: s.Environment, Log: s.Log,
		Spare: func() []int {
			if s.Accounts == nil {
				return nil
			}
			return s.Accounts.Guards()
		},
	})
	return err
}

// RemoveRuns removes what CSRs brought and what ran when the daemon was killed.
func RemoveRuns(s *state.Dir, log *slog.Logger) error {
	var problems []error
	for _, name := range []string{workName, stagingName} {
		found, err := fs.Glob(s.Root().FS(), name+"*")
		problems = append(problems, err)
		for _, dir := range found {
			if name == workName {
				left, err := script.CleanLeftovers(s.Path(dir))
				if len(left) > 0 {
					log.Info("removed what a killed daemon left behind", "runs", left)
				}
				if err != nil {
					problems = append(problems, err)
					continue
				}
			}
			problems = append(problems, disk.RemoveTree(s.Path(dir)))
		}
	}
	return errors.Join(problems...)
}

// fresh makes a directory of this name, or of one that begins with it where something
// could not be removed.
func fresh(root *os.Root, name string) (string, error) {
	err := root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		name += "-" + rand.Text()[:8]
		err = root.Mkdir(name, 0o700)
	}
	return name, err
}

// remove ends what runs and deletes what was brought.
func (r *runs) remove() error {
	r.runner.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	var problems []error
	for _, s := range r.staging {
		problems = append(problems, s.Remove())
	}
	return errors.Join(problems...)
}

// stagingOf is the CSR's own area, made when it is first needed. Its name on
// the disk tells nothing and cannot be chosen by anyone.
func (r *runs) stagingOf(who consent.Person) (*script.Staging, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.staging[who.Account]; s != nil {
		return s, nil
	}
	s, err := script.OpenStaging(filepath.Join(r.dir, strconv.Itoa(len(r.staging)+1)))
	if err != nil {
		return nil, err
	}
	r.staging[who.Account] = s
	return s, nil
}

type stagedView struct {
	Entries int   `json:"entries"` // files and folders
	Bytes   int64 `json:"bytes"`
}

type runView struct {
	Scripts []string  `json:"scripts"`
	By      string    `json:"by"`   // account
	Step    int       `json:"step"` // from 1; 0 before the first has started
	Of      int       `json:"of"`
	Since   time.Time `json:"since"`
}

// show is what "status" says about a CSR's staging area and about the run.
func (r *runs) show(who consent.Person) (staged stagedView, running *runView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.staging[who.Account]; s != nil {
		staged.Entries, staged.Bytes = s.Usage()
	}
	if run, err := r.runner.Last(); err == nil && run.Running() {
		running = &runView{Since: run.Started.UTC().Truncate(time.Second)}
		for _, s := range run.Steps() {
			running.Scripts = append(running.Scripts, s.Name)
		}
	}
	return staged, running
}

// claim makes sure that nothing runs and that no run starts until giveBack is called:
// the customer is not asked for a run that could not start, and no script of a run
// can answer a question about more than a run. what is what the customer is asked.
func (r *runs) claim(who consent.Person, what string) (giveBack func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	const hint = "\"run --attach\" follows it, \"cancel\" ends it"
	if run, err := r.runner.Last(); err == nil && run.Running() {
		return nil, cmdline.Fail(cmdline.ExitFailed, hint, "a run is going on already, since %s UTC: %s",
			run.Started.UTC().Format(time.TimeOnly), text.Plain(run.Steps()[0].Name, 60))
	}
	if r.claimed != nil {
		return nil, cmdline.Fail(cmdline.ExitFailed, "wait for the answer", "%s right now", r.claimed)
	}
	claimed := text.Later("%s is asking the customer about %s", who.String(), text.Later(what))
	r.claimed = &claimed
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.claimed = nil
	}, nil
}

// start starts a run that belongs to a CSR's account, as the other user or, with
// nil, as the customer.
func (r *runs) start(owner string, as *account.Logon, plan *script.Plan, o script.RunOptions) (*script.Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.As = asOther(as)
	run, err := r.runner.Start(plan, o)
	if err == nil {
		r.owner, r.as = owner, as
	}
	return run, err
}

// asOther is what a run needs to run as the other user; nil is the customer.
func asOther(l *account.Logon) process.User {
	if l == nil {
		return nil
	}
	return otherUser{l}
}

// endUnless ends the run that is going on unless it belongs to one of the accounts.
func (r *runs) endUnless(may func(account string) bool, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if run, err := r.runner.Last(); err == nil && run.Running() && !may(r.owner) {
		run.Cancel(why)
	}
}

// endAs ends the run that is going on if it runs as the other user. One that
// began as the customer while somebody was logging on stays theirs.
func (r *runs) endAs(logon *account.Logon, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if run, err := r.runner.Last(); err == nil && run.Running() && r.as == logon {
		run.Cancel(why)
	}
}

// question shows exactly what a plan would run, and as whom: another user, or the
// customer's own where as is "".
func question(plan *script.Plan, as, own string) consent.Question {
	q := consent.Question{Kind: consent.Script, As: as}
	if as == "" {
		q.Own = own
	}
	for _, s := range plan.Steps {
		p := consent.Program{File: s.Executable}
		p.Name = s.Name
		p.With = append(p.With, s.With...)
		q.Programs = append(q.Programs, p)
	}
	return q
}

// startRun asks the customer and starts what they allowed.
func (v *visit) startRun(ctx context.Context, paths []string, o script.RunOptions) (*script.Run, error) {
	staging, err := v.server.runs.stagingOf(v.who)
	if err != nil {
		return nil, err
	}
	plan, err := staging.Plan(paths)
	if err != nil {
		return nil, cmdline.Usage("sftp to this computer uploads scripts; its \"ls\" shows what is there", "%v", err)
	}
	giveBack, err := v.server.runs.claim(v.who, "a run")
	if err != nil {
		return nil, err
	}
	defer giveBack()
	// Whoever logs on or off while the question stands changes nothing about what
	// was asked.
	logon := v.server.acting.now()
	if err := v.server.runs.runner.MayStart(asOther(logon)); err != nil {
		return nil, cmdline.Fail(cmdline.ExitFailed, process.HowToBound, "%v; the customer was not asked", err)
	}
	q := question(plan, nameOf(logon), v.server.Session.Computer.User)
	said := v.server.authors.take(v.who.Account)
	signed, err := v.signersOf(plan, said)
	if err != nil {
		return nil, err
	}
	q.Authors, q.Seconds = signed.authors, signed.seconds
	q.KeepGoing = o.KeepGoing && len(plan.Steps) > 1
	if o.Timeout > script.DefaultTimeout {
		q.Limit = o.Timeout
	}
	// The list has to fit into the journal, and a longer one nobody would read.
	if shown, err := json.Marshal(q.Programs); err != nil || len(shown) > journal.MaxEvent/2 {
		return nil, cmdline.Usage("run fewer scripts at once, or ones with fewer files", "the list of files is too long for one question")
	}
	if _, err := v.askCustomer(ctx, q); err != nil {
		return nil, err
	}
	// What a signature is worth may have ended while the customer thought.
	if _, err := v.signersOf(plan, said); err != nil {
		return nil, err
	}
	o.Record = v.recorder(q)
	run, err := v.server.runs.start(v.who.Account, logon, plan, o)
	switch {
	case errors.Is(err, local.ErrWrite):
		return nil, v.denied(consent.Answer{Why: consent.Unwritten})
	case err != nil:
		return nil, fmt.Errorf("the run did not start: %w", err)
	}
	// Access that was taken away before the start found no run to end.
	if err := v.stillHere(); err != nil {
		run.Cancel(errRemoved)
		return nil, err
	}
	return run, nil
}

// recorder writes a run's events into the journal and tells the UI. It is called
// for one event at a time, before anybody else sees it.
func (v *visit) recorder(q consent.Question) func(script.Event) error {
	var names []string
	var ran []journal.Ran
	for i, p := range q.Programs {
		r := journal.Ran{File: p.File, Package: p.Sum()}
		if len(q.Authors) > 0 {
			r.Author = q.Authors[i]
		}
		if len(q.Seconds) > 0 {
			r.Second = q.Seconds[i]
		}
		ran, names = append(ran, r), append(names, p.Name)
	}
	id := ""
	return func(e script.Event) error {
		if e.Kind == script.RunStart {
			id = e.Text
		}
		mark := journal.Mark{ID: id}
		step := journal.Step{Mark: journal.Mark{ID: id + "/" + strconv.Itoa(e.Step)}, Run: id, Step: e.Step}
		var p journal.Payload
		switch e.Kind {
		case script.RunStart:
			p = journal.RunStart{Mark: mark, Run: id, Scripts: ran, As: q.As}
		case script.ScriptStart:
			p = journal.ScriptStart{Step: step, Name: e.Text}
		case script.Output:
			p = journal.ScriptOutput{Step: step, Stream: e.Stream, Text: e.Text}
		case script.ScriptExit:
			p = journal.ScriptExit{Step: step, Outcome: e.Outcome}
		default:
			p = journal.RunEnd{Mark: mark, Run: id, Outcomes: e.Outcomes}
		}
		if err := v.server.Journal.Append(v.who.Account, p); err != nil {
			return err
		}
		switch e.Kind {
		case script.RunStart:
			v.server.UI.Notify(notice.RunStarted{Who: v.who, Scripts: names})
		case script.Output:
			v.server.UI.Notify(notice.Printed{Step: e.Step, Text: e.Text})
		case script.RunEnd:
			n := notice.RunEnded{Who: v.who}
			for _, o := range e.Outcomes {
				switch {
				case o.OK():
				case o.Reason == script.NotReached:
					n.Skipped++
				case o.Reason == script.Cancelled:
					n.Cancelled++
				default:
					n.Failed++
				}
				if o.Left(text.English) != "" {
					n.Left = append(n.Left, o)
				}
			}
			v.server.UI.Notify(n)
		}
		return nil
	}
}
