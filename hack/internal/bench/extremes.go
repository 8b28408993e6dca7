//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"supportd/hack/internal/ordeal"
)

const (
	// extremeTries is how often each extreme computer is asked for its system information.
	extremeTries = 3
	// extremeLimit is how many seconds an answer may take where nothing else wants the
	// processors: less than the product promises, which is several times of what it needs.
	extremeLimit = 1
)

// extremes measures the system information of all categories on computers in trouble, as
// "hack/soak sysinfo" makes them. A computer answers in time whatever happens, and says what
// it leaves out for that: so it also counts that an answer has everything. Where others want
// the processors, it need not.
func (b *bench) extremes(ctx context.Context) (rows []row, err error) {
	b.say("sysinfo of extreme computers: %d rounds", extremeTries)
	for _, s := range ordeal.Situations() {
		if !s.Extreme() {
			continue // that is the part "sysinfo"
		}
		if s.NeedsRoot && os.Geteuid() != 0 {
			b.say("  %s: left out, it needs root", s.Name)
			continue
		}
		dir, err := b.place("extreme")
		if err != nil {
			return nil, err
		}
		a, err := s.Measure(ctx, b.programs, dir, extremeTries, b.progress)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("sysinfo, %s: %w", s.Name, err), os.RemoveAll(dir))
		}
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
		name := "sysinfo: all, " + s.Name
		if !s.NeedsRoot {
			rows = append(rows, within(name, "s", a.Median().Seconds(), s.Limit.Seconds()))
			continue
		}
		rows = append(rows,
			within(name, "s", a.Median().Seconds(), extremeLimit),
			atLeast(fmt.Sprintf("  answers that had everything, of %d", extremeTries), "", float64(a.Whole()), 1))
	}
	return rows, nil
}
