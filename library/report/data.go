package report

import (
	"encoding/json"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/wire"
)

// data is everything that an event of any kind may hold, as far as a report
// tells it. What does not decode stays empty: events are foreign.
type data struct {
	// session.join, session.resume, session.end
	Number wire.Number    `json:"number"`
	Name   string         `json:"name"`
	Host   string         `json:"host"`
	OS     string         `json:"os"`
	Owner  string         `json:"owner"`
	Allow  []consent.Kind `json:"allow"`
	By     string         `json:"by"`
	Reason string         `json:"reason"`

	// access.change, connection.open, connection.close
	May   []consent.Person `json:"may_enter"`
	Who   consent.Person   `json:"who"`
	From  string           `json:"from"`
	Cause string           `json:"cause"`

	// consent.answer
	Question consent.Question `json:"question"`
	Answer   answer           `json:"answer"`

	// sysinfo.view
	Categories []string         `json:"categories"`
	As         string           `json:"as"`
	Withheld   consent.Withheld `json:"withheld"`

	// file.… (with name), run.start … run.end
	Size     int64          `json:"size"`
	To       string         `json:"to"`
	SHA256   string         `json:"sha256"`
	Run      string         `json:"run"`
	Step     int            `json:"step"`
	Scripts  []consent.File `json:"scripts"`
	Stream   string         `json:"stream"`
	Text     string         `json:"text"` // also chat.message
	Outcome  *outcome       `json:"outcome"`
	Outcomes []outcome      `json:"outcomes"`
	Aborted  bool           `json:"aborted"`

	// reboot.…, logon.…
	Delay  string `json:"delay"`
	Took   string `json:"took"`
	Boot   string `json:"boot"`   // tells one start of the computer from another
	Before string `json:"before"` // the one before
	Why    string `json:"why"`
	User   string `json:"user"`

	// problem.report
	Problem string `json:"problem"`
	Detail  string `json:"detail"`

	Survivors int    `json:"survivors"` // processes of the user's that could not be ended
	Stays     string `json:"stays"`     // the same for a directory
}

// answer is a [consent.Answer] in a journal.
type answer struct {
	Decision string           `json:"decision"`
	Why      consent.Why      `json:"why"`
	Via      string           `json:"via"`
	Withheld consent.Withheld `json:"withheld"`
}

// outcome is how a script went.
type outcome struct {
	Name    string        `json:"name"`
	Reason  string        `json:"reason"`
	Code    int           `json:"code"`
	Signal  string        `json:"signal"`
	Problem string        `json:"problem"`
	Took    time.Duration `json:"took_ns"`
	Bytes   int64         `json:"bytes"`
	Dropped int64         `json:"dropped"`
}

func dataOf(e journal.Event) (d data) {
	_ = json.Unmarshal(e.Data, &d)
	return d
}
