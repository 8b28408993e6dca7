package sysinfo

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

// What takes too long on a busy computer leaves what was ready, and says so.
func TestK3S5_ABusyComputerGivesWhatIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := machinetest.New(machinetest.Tree(map[string]string{"proc/loadavg": "25.00 10.00 5.00 50000/90000 1234\n", "run/systemd/system/x": "", "proc/self/mountinfo": machinetest.Mounts(50)}))
		m.Kernel.Space = func(string) (machine.Space, error) {
			time.Sleep(300 * time.Millisecond)
			return machine.Space{Size: 1 << 20, Free: 1 << 20}, nil
		}
		start := time.Now()
		all := probes()
		all[document.Services] = func(ctx context.Context, _ *machine.Machine, s *document.Sheet) error {
			s.Set("early", "known")
			<-ctx.Done()
			return ctx.Err()
		}
		var c Collector
		d := c.collect(t.Context(), Options{}, all, m)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
		if s := machinetest.SectionOf(t, d, document.Services); !strings.Contains(s.Reason, "busy") || len(s.Items) != 1 {
			t.Errorf("%+v", s)
		}
		sizes, reasons := 0, 0
		for _, row := range machinetest.Cells(t, machinetest.TableOf(t, d, document.Disks, "volumes"), "size", "reason") {
			switch row {
			case "1048576 | -":
				sizes++
			case "- | " + "not asked: there was no time left for it", "- | it took too long":
				reasons++
			default:
				t.Errorf("%s", row)
			}
		}
		if sizes == 0 || sizes+reasons != 51 {
			t.Errorf("%d sizes and %d reasons of 51", sizes, reasons)
		}
		time.Sleep(time.Minute)
	})
}

// A computer with a few programs too many has nearly all its time.
func TestK3S5_TheTimeGetsShorterByDegrees(t *testing.T) {
	for wanting, want := range map[float64]time.Duration{
		0: 4 * time.Second, 4: 4 * time.Second, 7: 2450 * time.Millisecond, 10: 900 * time.Millisecond, 1000: 900 * time.Millisecond,
	} {
		if got := timeFor(wanting); got != want {
			t.Errorf("%v for each processor: %v, want %v", wanting, got, want)
		}
	}
}
