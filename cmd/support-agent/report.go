package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	shellquote "github.com/kballard/go-shellquote"
	"github.com/urfave/cli/v2"

	local "supportd/daemon/journal"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/report"
	"supportd/library/text"
)

// reportCommand is how a customer gets a copy that they can read and keep.
func (p *program) reportCommand() *cli.Command {
	return &cli.Command{
		Name: "report", Usage: phrase(p.lang, helpReportCommand, endings(p.lang)), ArgsUsage: "[FILE]",
		Flags: []cli.Flag{p.stateFlag()},
		Action: func(c *cli.Context) error {
			path := c.Args().First()
			if path == "" {
				var err error
				if path, err = p.newCopy(); err != nil {
					return err
				}
			} else if err := p.checkReport(path); err != nil {
				return err
			}
			kept, err := p.openState(c.String("state"))
			if err != nil {
				return err
			}
			defer kept.Close()
			journal, err := local.Latest(kept.Root())
			if errors.Is(err, local.ErrNone) {
				return p.fail(cmdline.ExitFailed, noReportHint, noReport)
			}
			if err != nil {
				return err
			}
			defer journal.Close()
			if err := p.saveReport(journal, path); err != nil {
				return err
			}
			_, err = io.WriteString(p.charset.writer(p.out), phrase(p.lang, reportSaved, text.Plain(path, 300))+"\n")
			return err
		},
	}
}

// endings are how the names of a report's files may end, for people.
func endings(l text.Language) string {
	all := []string{report.AsHTML.Ending()} // the one for most people
	for _, f := range report.Forms() {
		if f != report.AsHTML {
			all = append(all, f.Ending())
		}
	}
	last := len(all) - 1
	if l == text.Korean {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:last], ", ") + " or " + all[last]
}

// unwritten is the error for a report that cannot be written to path.
func (p *program) unwritten(code int, k key, path string) *cmdline.Error {
	return cmdline.Fail(code, phrase(p.lang, reportNameHint, endings(p.lang)), "%s", phrase(p.lang, k, text.Plain(path, 300)))
}

// reportPath is where --report wants the report, or "". What cannot work is told
// before a support session begins, but keeps none from going on.
func (p *program) reportPath(path string, begins bool) (string, error) {
	if path == "" {
		return "", nil
	}
	if err := p.checkReport(path); err != nil && begins {
		return "", err
	}
	return filepath.Abs(path)
}

// checkReport finds out beforehand whether a report can be written there.
func (p *program) checkReport(path string) error {
	if report.FormOfFile(path) == "" {
		return p.unwritten(cmdline.ExitUsage, reportName, path)
	}
	if _, err := os.Lstat(path); err == nil {
		return p.unwritten(cmdline.ExitUsage, reportExists, path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return p.unwritten(cmdline.ExitUsage, reportUnwritten, path)
	}
	return nil
}

// saveReport writes the report of a journal to a new file, for this user only.
// It never replaces one, and leaves none that is not whole.
func (p *program) saveReport(journal io.ReadSeeker, path string) error {
	src, err := report.Open(journal)
	if err != nil {
		return cmdline.Fail(cmdline.ExitFailed, "", "%s: %v", phrase(p.lang, reportDamaged), err)
	}
	style := report.Style{Language: p.lang, Zone: time.Local, BOM: true} // a person opens it
	err = disk.CreateFrom(path, 0o600, func(w io.Writer) error { return src.Render(w, report.FormOfFile(path), style) })
	if errors.Is(err, fs.ErrExist) {
		return p.unwritten(cmdline.ExitFailed, reportExists, path)
	}
	if err != nil {
		told := p.unwritten(cmdline.ExitFailed, reportUnwritten, path)
		told.Err = err
		return told
	}
	return nil
}

// stays reports whether a journal still lies where it was written: a program of the
// customer's user can remove it.
func stays(journal string) bool {
	info, err := os.Lstat(journal)
	return err == nil && info.Mode().IsRegular()
}

// onceVariable is set by what removes this program at its end: the join page's line.
const onceVariable = "SUPPORT_AGENT_ONCE"

// typedAs is this program as it was started, for a line that is typed in the same
// window: most people have it in a directory where a bare name is not found.
func (p *program) typedAs() string {
	called := text.Plain(p.called, 300)
	switch {
	case called == "" || called != p.called: // what cannot be shown cannot be typed
		return "support-agent"
	case strings.ContainsAny(called, " \t'\"$&;()<>|*?`") && runtime.GOOS == "windows":
		return `"` + called + `"`
	case runtime.GOOS == "windows": // backslashes mean themselves
		return called
	}
	return shellquote.Join(called)
}

// offer ends a support session for the customer: it writes the report that they
// asked for, or says where the journal is and how they get one.
func (p *program) offer(s *screen, journal, path, state string) error {
	if !stays(journal) {
		s.say(s.notice(phrase(p.lang, journalGone)))
		if path == "" {
			return nil
		}
	}
	if path == "" {
		s.say(phrase(p.lang, journalKept, text.Plain(journal, 300))) // in one piece, to be copied
		if p.getenv(onceVariable) != "" {
			return nil // what would be typed is gone by then
		}
		command := p.typedAs() + " report report.html"
		if state != "" {
			command += " --state " + text.Plain(state, 300)
		}
		s.say(phrase(p.lang, reportOffer, command))
		return nil
	}
	f, err := disk.Open(journal)
	if err == nil {
		err = errors.Join(p.saveReport(f, path), f.Close())
	}
	if err != nil {
		s.say(phrase(p.lang, reportUnwritten, text.Plain(path, 300)))
		return cmdline.Silent(cmdline.ExitFailed)
	}
	s.say(phrase(p.lang, reportSaved, text.Plain(path, 300)))
	return nil
}
