package journal

import (
	"log/slog"

	"supportd/library/journal"
	"supportd/library/text"
)

// MaxDetail bounds what an event quotes of what the system said, in runes.
const MaxDetail = 300

// Report writes something that went wrong into log and journal, so that customer and
// CSRs find it in the report.
func (j *Journal) Report(log *slog.Logger, p journal.Problem, err error) {
	log.Error("something went wrong", "problem", p, "err", err)
	data := journal.ProblemReport{Problem: p, Detail: text.Plain(err.Error(), MaxDetail)}
	if err := j.Append(journal.ByDaemon, data); err != nil {
		log.Error("a problem is not in the journal", "problem", p, "err", err)
	}
}
