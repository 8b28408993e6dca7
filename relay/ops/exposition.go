package ops

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// contentType is the text form of Prometheus, in which every version of it can read.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// kind is what a number is, in the words of the form.
type kind string

const (
	gauge         kind = "gauge"
	counter       kind = "counter" // never gets less while the program runs
	histogramKind kind = "histogram"
)

// family begins a number, or several that differ by their labels.
func family(b *bytes.Buffer, name, help string, k kind) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help), name, k)
}

// sample writes one number. labels are names, each with its value behind it.
func sample(b *bytes.Buffer, name string, value float64, labels ...string) {
	b.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		b.WriteByte("{,"[min(i, 1)])
		fmt.Fprintf(b, `%s="%s"`, labels[i], strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	b.WriteString(number(value))
	b.WriteByte('\n')
}

func number(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }

// histogram counts how often something took up to so long.
type histogram struct {
	bounds []float64 // in seconds, rising; "longer than the last" is behind them

	mu     sync.Mutex // no other lock is taken under it
	counts []uint64   // of each bound alone, and of what is longer
	sum    float64
}

func newHistogram(bounds ...float64) *histogram {
	return &histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

func (h *histogram) observe(seconds float64) {
	at, _ := slices.BinarySearch(h.bounds, seconds) // a bound is part of what is up to it
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[at]++
	h.sum += seconds
}

// write writes it for one value of its label.
func (h *histogram) write(b *bytes.Buffer, name, label, value string) {
	h.mu.Lock()
	counts, sum := slices.Clone(h.counts), h.sum
	h.mu.Unlock()
	var n uint64
	for i, bound := range h.bounds {
		n += counts[i]
		sample(b, name+"_bucket", float64(n), label, value, "le", number(bound))
	}
	n += counts[len(h.bounds)]
	sample(b, name+"_bucket", float64(n), label, value, "le", "+Inf")
	sample(b, name+"_sum", sum, label, value)
	sample(b, name+"_count", float64(n), label, value)
}
