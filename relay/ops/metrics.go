package ops

import (
	"bytes"
	"maps"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"supportd/relay"
)

// metrics are the numbers of a relay, which are counted when they are asked for.
type metrics struct {
	opts  Options
	relay atomic.Pointer[relay.Relay] // nil before there is one
	took  map[string]*histogram       // by work; the map never changes
}

func newMetrics(opts Options) *metrics {
	m := &metrics{opts: opts, took: map[string]*histogram{}}
	for _, work := range []string{relay.WorkJoin, relay.WorkJournal} {
		m.took[work] = newHistogram(.001, .005, .01, .05, .1, .5, 1, 5, 10, 60)
	}
	return m
}

// metric is one of the numbers, or one for each value of its label.
type metric struct {
	name, help, label string
	kind              kind
	of                func(relay.Stats) map[string]float64
}

// alone is a number without a label.
func alone(n float64) map[string]float64 { return map[string]float64{"": n} }

// each converts numbers by label.
func each[K ~string, V int | int64](all map[K]V) map[string]float64 {
	values := map[string]float64{}
	for label, n := range all {
		values[string(label)] = float64(n)
	}
	return values
}

// unix is a time in seconds since 1970, 0 for never.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func all() []metric {
	return []metric{
		{"supportd_started_seconds", "When the relay was started, in seconds since 1970.", "", gauge, func(s relay.Stats) map[string]float64 { return alone(unix(s.Started)) }},
		{"supportd_sessions", "Open support sessions by state; in a group those of all its relays.", "state", gauge, func(s relay.Stats) map[string]float64 { return each(s.Sessions) }},
		{"supportd_tunnels", "Customers' computers that are connected.", "", gauge, func(s relay.Stats) map[string]float64 { return alone(float64(s.Tunnels)) }},
		{"supportd_unjoined", "Computers that are connected and have not joined a support session.", "", gauge, func(s relay.Stats) map[string]float64 { return alone(float64(s.Unjoined)) }},
		{"supportd_csr_connections", "Connections of CSRs.", "", gauge, func(s relay.Stats) map[string]float64 { return alone(float64(s.Connections)) }},
		{"supportd_joins_total", "Answers to computers that join or come back, by cause.", "cause", counter, func(s relay.Stats) map[string]float64 { return each(s.Joins) }},
		{"supportd_logins_total", "Logins of CSRs.", "", counter, func(s relay.Stats) map[string]float64 { return alone(float64(s.Logins)) }},
		{"supportd_refused_logins_total", "Logins that were refused, by cause.", "cause", counter, func(s relay.Stats) map[string]float64 { return each(s.Refusals) }},
		{"supportd_wrong_numbers_total", "Wrong session numbers that were tried.", "", counter, func(s relay.Stats) map[string]float64 { return alone(float64(s.Wrong)) }},
		{"supportd_number_alarms_total", "Alarms, because somebody may be searching for session numbers.", "", counter, func(s relay.Stats) map[string]float64 { return alone(float64(s.Alarms)) }},
		{"supportd_spliced_bytes_total", "Bytes between CSRs and computers, of connections that have ended.", "direction", counter, func(s relay.Stats) map[string]float64 {
			return map[string]float64{"to_computer": float64(s.In), "from_computer": float64(s.Out)}
		}},
		{"supportd_last_backup_seconds", "When the last backup was made, in seconds since 1970; 0 is never.", "", gauge, func(s relay.Stats) map[string]float64 {
			if s.CopiedElsewhere {
				return nil // or an alert would never end
			}
			return alone(unix(s.LastBackup))
		}},
	}
}

// text is all of them, in the form that Prometheus reads.
func (m *metrics) text() []byte {
	var b bytes.Buffer
	family(&b, "supportd_build_info", "The program; always 1.", gauge)
	sample(&b, "supportd_build_info", 1, "go", runtime.Version(), "version", m.opts.Version)
	if m.opts.LostLines != nil {
		family(&b, "supportd_log_lost_lines_total", "Lines of the log that could not be written.", counter)
		sample(&b, "supportd_log_lost_lines_total", float64(m.opts.LostLines()))
	}
	const took = "supportd_work_seconds"
	family(&b, took, "How long works of the relay took: join (a computer's request), journal (events that arrived, until they are on the disk).", histogramKind)
	for _, work := range slices.Sorted(maps.Keys(m.took)) {
		m.took[work].write(&b, took, "work", work)
	}
	r := m.relay.Load()
	if r == nil {
		return b.Bytes()
	}
	stats := r.Stats()
	for _, one := range all() {
		family(&b, one.name, one.help, one.kind)
		values := one.of(stats)
		for _, label := range slices.Sorted(maps.Keys(values)) {
			if one.label == "" {
				sample(&b, one.name, values[label])
				continue
			}
			sample(&b, one.name, values[label], one.label, label)
		}
	}
	return b.Bytes()
}
