package machine

import (
	"strconv"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
)

// Uptime is what /proc/uptime says. A container may have that file to itself; then
// it is how long the container runs.
func (m *Machine) Uptime() (time.Duration, error) {
	text, err := m.Read("/proc/uptime")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), " ")
	seconds, err := strconv.ParseFloat(strings.TrimSpace(first), 64)
	if err != nil || seconds < 0 || seconds > 1e10 {
		return 0, document.ErrUnknown
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// KernelStart is when the kernel started. In a container that is long before what
// /proc/uptime says; times of processes and of the kernel's log count from it.
func (m *Machine) KernelStart() time.Time {
	if m.Kernel.SinceBoot != nil {
		if since, err := m.Kernel.SinceBoot(); err == nil {
			return m.Now().Add(-since)
		}
	}
	text, _ := m.Read("/proc/stat")
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "btime "); ok {
			if sec, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
				return time.Unix(sec, 0)
			}
		}
	}
	if up, err := m.Uptime(); err == nil {
		return m.Now().Add(-up)
	}
	return time.Time{}
}

// TicksPerSecond is the unit in which the kernel tells programs how long something took.
// Its own unit may be another one.
const TicksPerSecond = 100

// TicksAfter is the time so many ticks of the kernel after boot, in whole seconds;
// zero when boot is, or when the number makes no sense.
func TicksAfter(boot time.Time, ticks uint64) time.Time {
	if boot.IsZero() || ticks > 1<<50 {
		return time.Time{}
	}
	return boot.Add(time.Duration(ticks) * (time.Second / TicksPerSecond)).Round(time.Second)
}

// SinceStart turns seconds since the start of the kernel into a time.
func SinceStart(boot time.Time, seconds string) time.Time {
	v, err := strconv.ParseFloat(strings.TrimSpace(seconds), 64)
	if err != nil || boot.IsZero() || v < 0 || v > 1e9 {
		return time.Time{}
	}
	return boot.Add(time.Duration(v * float64(time.Second))).Truncate(time.Second)
}
