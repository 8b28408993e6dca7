package daemon

import (
	"supportd/library/journal"
	"supportd/library/text"
)

// maxDetail bounds what the system said, in runes.
const maxDetail = 300

// report writes something that went wrong into log and journal, so that customer and
// CSRs find it in the report.
func (d *Daemon) report(t journal.Problem, err error) {
	d.opts.Log.Error("something went wrong", "problem", t, "err", err)
	data := journal.ProblemReport{Problem: t, Detail: text.Plain(err.Error(), maxDetail)}
	if err := d.journal.Append(journal.ByDaemon, data); err != nil {
		d.opts.Log.Error("a problem is not in the journal", "problem", t, "err", err)
	}
}
