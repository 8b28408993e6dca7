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

// CopyReport runs one of the relay's other report commands. What it writes goes
// to out as it comes, hostile as it is: it may be long.
func (r *Relay) CopyReport(ctx context.Context, out io.Writer, args ...string) error {
	return execute(ctx, r.side(), out, append([]string{"report"}, args...)...)
}
