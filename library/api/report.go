package api

import (
	"encoding/json"
	"time"

	"supportd/library/report"
	"supportd/library/wire"
)

// Report is a report in a list: its header, and whether the computer has signed
// the journal.
type Report struct {
	report.Header
	Sealed bool `json:"sealed"`
	// CountedTo is up to when connected_seconds counts, by the relay's clock, where the
	// computer is connected still; nil where it is not.
	CountedTo *time.Time `json:"counted_to"`

	came json.RawMessage
}

type reportFields Report

// UnmarshalJSON decodes what the relay sent.
func (r *Report) UnmarshalJSON(data []byte) error { return read(data, (*reportFields)(r), &r.came) }

// MarshalJSON returns what the relay sent, if it did.
func (r Report) MarshalJSON() ([]byte, error) { return write(r.came, reportFields(r)) }

// Minutes is how long the computer has been connected, up to now where it is.
func (r Report) Minutes(now time.Time) int64 {
	seconds := r.Connected
	if r.CountedTo != nil {
		seconds += int64(max(now.Sub(*r.CountedTo), 0) / time.Second)
	}
	return seconds / 60
}

// Journal says in a word what there is to verify.
func (r Report) Journal() string {
	switch {
	case r.Pruned != nil && r.Pruned.End != nil && r.Sealed:
		return "deleted, provable"
	case r.Pruned != nil && r.Sealed:
		return "deleted, was signed"
	case r.Pruned != nil:
		return "deleted"
	case r.Sealed:
		return "signed"
	case State(r.State) != Ended:
		return "open"
	}
	return "not signed"
}

// Filter is a flag that chooses among reports.
type Filter struct{ Name, Usage string }

// The filters that take a time, which means something else in each time zone,
// and the one that only admins have.
const (
	FilterSince = "since"
	FilterUntil = "until"
	FilterCSR   = "csr"
)

// ReportFilters are the flags of "report list" and "report export"; what they are for is
// said in English.
func ReportFilters() []Filter {
	return []Filter{
		{Name: "customer", Usage: "`TEXT` in the customer's name"},
		{Name: "state", Usage: "`STATE`: waiting, active, away, ended"},
		{Name: "script", Usage: "`TEXT` in the name of a script that was run"},
		{Name: "ticket", Usage: "`TEXT` in the tracking code"},
		{Name: FilterSince, Usage: "created at this `TIME` or later: 2026-03-01, or 7d ago"},
		{Name: FilterUntil, Usage: "created before this `TIME`"},
		{Name: FilterCSR, Usage: "of this `ACCOUNT`; only admins may, and see those of every CSR without it"},
	}
}

// Proofs beyond those of package report: what a verdict says of a report that is
// none.
const (
	Broken     report.Proof = "broken"      // it is not what the computer wrote
	OtherKey   report.Proof = "another-key" // another computer, or nobody's, signed it
	UnknownKey report.Proof = "unknown-key" // whether it is the computer's that signed is not known
	OtherCA    report.Proof = "another-ca"  // somebody has entered by a certificate that is not the organisation's
)

// Verdict is what "report verify" says of a report.
type Verdict struct {
	Number wire.Number  `json:"number"`
	Proof  report.Proof `json:"proof"`
	Events uint64       `json:"events"`
	Key    string       `json:"key"` // SHA256:… of the key that signed
	Text   string       `json:"text"`
	// Differs is true where the header says something else of the end than the
	// event that the computer has signed.
	Differs bool `json:"header_differs"`
}
