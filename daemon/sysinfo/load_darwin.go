package sysinfo

import (
	"context"

	"github.com/shirou/gopsutil/v3/load"
)

// setLoad sets how many programs wanted to run on average.
func setLoad(ctx context.Context, s *sheet) {
	l, err := load.AvgWithContext(ctx)
	if err != nil {
		l = &load.AvgStat{}
	}
	s.try("load_1_min", l.Load1, err)
	s.try("load_5_min", l.Load5, err)
	s.try("load_15_min", l.Load15, err)
}
