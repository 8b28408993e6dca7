package client

import (
	"context"
	"encoding/json"
	"io"

	"supportd/library/report"
)

// Report is a report in a list, as the relay tells it. Every text in it is
// hostile until escaped.
type Report struct {
	report.Header
	Sealed bool `json:"sealed"` // the computer has signed the journal

	raw json.RawMessage
}

type reportFields Report

// UnmarshalJSON decodes what the relay sent.
func (r *Report) UnmarshalJSON(data []byte) error {
	r.raw = append(json.RawMessage(nil), data...)
	return json.Unmarshal(data, (*reportFields)(r))
}

// MarshalJSON returns what the relay sent.
func (r Report) MarshalJSON() ([]byte, error) {
	if r.raw != nil {
		return r.raw, nil
	}
	return json.Marshal(reportFields(r))
}

// Reports lists reports; args are the flags of the relay's "report list".
func (r *Relay) Reports(ctx context.Context, args ...string) (list []Report, err error) {
	return list, r.query(ctx, &list, append([]string{"report", "list"}, args...)...)
}

// CopyReport runs one of the relay's other report commands. What it writes goes
// to out as it comes, hostile as it is: it may be long.
func (r *Relay) CopyReport(ctx context.Context, out io.Writer, args ...string) error {
	return execute(ctx, r.ssh, whereRelay, out, append([]string{"report"}, args...)...)
}
