package hardware

import (
	"context"

	"github.com/shirou/gopsutil/v3/load"

	"supportd/daemon/sysinfo/document"
)

// setLoad sets how many programs wanted to run on average.
func setLoad(ctx context.Context, s *document.Sheet) {
	l, err := load.AvgWithContext(ctx)
	if err != nil {
		l = &load.AvgStat{}
	}
	s.Try("load_1_min", l.Load1, err)
	s.Try("load_5_min", l.Load5, err)
	s.Try("load_15_min", l.Load15, err)
}
