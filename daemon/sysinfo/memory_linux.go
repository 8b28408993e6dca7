package sysinfo

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
)

func probeMemory(_ context.Context, m *machine, s *sheet) error {
	err := setMemory(m, s)
	t := s.table("modules", col("slot"), col("size", Bytes), col("kind"), col("speed_mt_s"), col("maker"), col("part"), col("serial", Serials))
	raw, unread := m.read("/sys/firmware/dmi/tables/DMI")
	t.fail(unread)
	for _, d := range parseModules(raw) {
		t.add(d.slot, d.size, d.kind, d.speed, meant(d.maker), meant(d.part), meant(d.serial))
	}
	return err
}

func setMemory(m *machine, s *sheet) error {
	text, err := m.read("/proc/meminfo")
	if err != nil {
		return err
	}
	v := parseMeminfo(text)
	total, ok := v["MemTotal"]
	if !ok {
		return errUnknown
	}
	available, ok := v["MemAvailable"]
	if !ok { // a kernel before 3.14
		available = v["MemFree"] + v["Buffers"] + v["Cached"]
	}
	available = min(available, total)
	s.set("total", total, Bytes)
	s.set("available", available, Bytes)
	s.set("used", total-available, Bytes)
	if total > 0 {
		s.set("used_percent", round(100*float64(total-available)/float64(total)), Percent)
	}
	setLimit(m, s, total)
	s.set("swap_total", v["SwapTotal"], Bytes)
	s.set("swap_used", v["SwapTotal"]-min(v["SwapFree"], v["SwapTotal"]), Bytes)
	return nil
}

// parseMeminfo reads "Key: number kB"; the kB are of 1024 bytes.
func parseMeminfo(text []byte) map[string]uint64 {
	values := map[string]uint64{}
	lines(bytes.NewReader(text), func(line string) bool {
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
func setLimit(m *machine, s *sheet, total uint64) {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if n, err := strconv.ParseUint(m.line(file), 10, 64); err == nil && n < total {
			s.set("limit", n, Bytes)
			return
		}
	}
	s.fail("limit", errors.New("no limit"), Bytes)
}
