package sysinfo

import (
	"context"

	"github.com/shirou/gopsutil/v3/mem"
)

// setMemory sets what gopsutil knows without cgo.
func setMemory(ctx context.Context, s *sheet) error {
	v, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return err
	}
	s.set("total", v.Total, Bytes)
	s.set("available", v.Available, Bytes)
	s.set("used", v.Total-min(v.Available, v.Total), Bytes)
	if v.Total > 0 {
		s.set("used_percent", round(100-100*float64(v.Available)/float64(v.Total)), Percent)
	}
	swap, err := mem.SwapMemoryWithContext(ctx)
	if err != nil {
		s.fail("swap_total", err, Bytes)
		return nil
	}
	s.set("swap_total", swap.Total, Bytes)
	s.set("swap_used", swap.Used, Bytes)
	return nil
}
