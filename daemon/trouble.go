package daemon

import (
	"supportd/library/journal"
	"supportd/library/text"
)

// trouble is something that went wrong on the computer and that customer and CSRs
// should find in the report, beside what the log says of it.
type trouble string

// The troubles. Their texts are part of the journal.
const (
	troubleNotLocked   trouble = "desktop-not-locked"
	troubleNotUnlocked trouble = "desktop-not-unlocked"
	troubleLogonEnd    trouble = "logon-not-ended"
	troubleWhoIsThere  trouble = "screen-unknown"
	troubleStartsAgain trouble = "autostart-stays"
	troubleFilesStay   trouble = "files-stay"
)

// maxDetail bounds what the system said, in runes.
const maxDetail = 300

type troubleData struct {
	Problem trouble `json:"problem"`
	Detail  string  `json:"detail,omitempty"`
}

// report writes a trouble into log and journal.
func (d *Daemon) report(t trouble, err error) {
	d.opts.Log.Error("something went wrong", "problem", t, "err", err)
	data := troubleData{Problem: t, Detail: text.Plain(err.Error(), maxDetail)}
	if err := d.journal.Append(journal.KindProblem, actorDaemon, data); err != nil {
		d.opts.Log.Error("a problem is not in the journal", "problem", t, "err", err)
	}
}
