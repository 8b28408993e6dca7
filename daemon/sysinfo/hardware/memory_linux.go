package hardware

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Memory fills the category Memory: RAM, swap, modules.
func Memory(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	err := setMemory(m, s)
	t := s.Table("modules", document.Col("slot"), document.Col("size", document.Bytes), document.Col("kind"), document.Col("speed_mt_s"),
		document.Col("maker"), document.Col("part"), document.Col("serial", document.Serials))
	raw, unread := m.Read("/sys/firmware/dmi/tables/DMI")
	t.Fail(unread)
	for _, d := range formats.Modules(raw) {
		t.Add(d.Slot, d.Size, d.Kind, d.Speed, formats.Meant(d.Maker), formats.Meant(d.Part), formats.Meant(d.Serial))
	}
	return err
}

func setMemory(m *machine.Machine, s *document.Sheet) error {
	text, err := m.Read("/proc/meminfo")
	if err != nil {
		return err
	}
	v := parseMeminfo(text)
	total, ok := v["MemTotal"]
	if !ok {
		return document.ErrUnknown
	}
	available, ok := v["MemAvailable"]
	if !ok { // a kernel before 3.14
		available = v["MemFree"] + v["Buffers"] + v["Cached"]
	}
	available = min(available, total)
	s.Set("total", total, document.Bytes)
	s.Set("available", available, document.Bytes)
	s.Set("used", total-available, document.Bytes)
	if total > 0 {
		s.Set("used_percent", document.Round(100*float64(total-available)/float64(total)), document.Percent)
	}
	setLimit(m, s, total)
	s.Set("swap_total", v["SwapTotal"], document.Bytes)
	s.Set("swap_used", v["SwapTotal"]-min(v["SwapFree"], v["SwapTotal"]), document.Bytes)
	return nil
}

// parseMeminfo reads "Key: number kB"; the kB are of 1024 bytes.
func parseMeminfo(text []byte) map[string]uint64 {
	values := map[string]uint64{}
	formats.Lines(bytes.NewReader(text), func(line string) bool {
		key, rest, ok := strings.Cut(line, ":")
		f := strings.Fields(rest)
		if !ok || len(f) == 0 {
			return true
		}
		n, err := strconv.ParseUint(f[0], 10, 53)
		if err != nil {
			return true
		}
		if len(f) > 1 && f[1] == "kB" {
			n <<= 10
		}
		values[key] = n
		return true
	})
	return values
}

// setLimit sets how much memory a container may use, where it is less than there
// is: cgroup v2 has a file with a number or "max", v1 a very large number.
func setLimit(m *machine.Machine, s *document.Sheet, total uint64) {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if n, err := strconv.ParseUint(m.Line(file), 10, 64); err == nil && n < total {
			s.Set("limit", n, document.Bytes)
			return
		}
	}
	s.Fail("limit", errors.New("no limit"), document.Bytes)
}
