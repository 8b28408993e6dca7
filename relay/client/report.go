package client

import (
	"context"
	"io"

	"supportd/library/api"
)

// Reports lists reports; args are the flags of the relay's "report list".
func (r *Relay) Reports(ctx context.Context, args ...string) (list []api.Report, err error) {
	return list, r.query(ctx, &list, append([]string{"report", "list"}, args...)...)
}

// maxReportRow bounds a report in a list, in bytes: it names everybody who was there.
const maxReportRow = 1 << 20

// EachReport gives the same reports to sink one after the other, however many there are.
func (r *Relay) EachReport(ctx context.Context, sink func(api.Report) error, args ...string) error {
	rows := &jsonLines[api.Report]{sink: sink, where: whereRelay(), most: maxReportRow}
	return execute(ctx, r.side(), rows, append([]string{"report", "list", "-o", "jsonl"}, args...)...)
}

// CopyReport runs one of the relay's other report commands. What it writes goes
// to out as it comes, hostile as it is: it may be long. Only the form jsonl is for more than
// reading in: everything that a person opens is made here, from that.
func (r *Relay) CopyReport(ctx context.Context, out io.Writer, args ...string) error {
	return execute(ctx, r.side(), out, append([]string{"report"}, args...)...)
}
