package hardware

import (
	"context"

	"github.com/shirou/gopsutil/v3/mem"

	"supportd/daemon/sysinfo/document"
)

// setMemory sets what gopsutil knows without cgo.
func setMemory(ctx context.Context, s *document.Sheet) error {
	v, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return err
	}
	s.Set("total", v.Total, document.Bytes)
	s.Set("available", v.Available, document.Bytes)
	s.Set("used", v.Total-min(v.Available, v.Total), document.Bytes)
	if v.Total > 0 {
		s.Set("used_percent", document.Round(100-100*float64(v.Available)/float64(v.Total)), document.Percent)
	}
	swap, err := mem.SwapMemoryWithContext(ctx)
	if err != nil {
		s.Fail("swap_total", err, document.Bytes)
		return nil
	}
	s.Set("swap_total", swap.Total, document.Bytes)
	s.Set("swap_used", swap.Used, document.Bytes)
	return nil
}
