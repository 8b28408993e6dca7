// Package document is the system information of one computer: its 21 categories
// with their stable names, the sections with their items and tables, and the two
// forms in which they are written, text for people and JSON for programs.
//
// A [Sheet] is a section being filled. Whatever a collector puts on it is bounded,
// valid UTF-8 and masked (package secrets), and what is not known gets a reason
// instead of a value, never 0. A document knows nothing of where its values come
// from: this package imports no collector, no machine and nothing that asks the
// operating system.
package document

import (
	"math"
	"time"
)

// Unit is the unit of a number. Values without one count things, or are texts.
type Unit string

// The units. JSON carries them beside each value.
const (
	Bytes      Unit = "bytes"
	Percent    Unit = "percent" // 0 to 100
	Celsius    Unit = "celsius"
	Hertz      Unit = "hertz"
	BitsPerSec Unit = "bits_per_second"
	Watthours  Unit = "watt_hours"
	Seconds    Unit = "seconds" // set for every time.Duration
	Instant    Unit = "time"    // set for every time.Time, RFC 3339 in JSON
)

// Document is the system information of one computer at one time.
type Document struct {
	Host      string
	Collected time.Time
	Sections  []Section // in the order of [Categories]
}

// Section is one category's answer. A section with a Reason may still have
// items: they are what was known when it failed.
type Section struct {
	Category Category
	Items    []Item
	Tables   []Table
	Omitted  int    // items and values left out because the category said too much
	Withheld bool   // by the customer; then there is nothing else
	Reason   string // why it is incomplete; empty when it is complete
	Took     time.Duration
}

// Item is one fact.
type Item struct {
	Name   string // stable, snake_case
	Value  any    // string, bool, int64, uint64, float64, time.Time, time.Duration; nil when Reason or Withheld says why
	Unit   Unit
	Class  Class
	Reason string // why there is no value
	// Withheld says that the customer keeps this value to themselves.
	Withheld bool
}

// Table is a list of like things.
type Table struct {
	Name    string // stable, snake_case
	Columns []Column
	Rows    [][]any // as Item.Value; nil is not known
	Omitted int     // rows left out because there were too many
	Reason  string  // why it is incomplete
}

// Column describes one cell of each row.
type Column struct {
	Name     string // stable, snake_case
	Unit     Unit
	Class    Class
	Withheld bool
}

// Mark is a property of an item or a column: a [Unit] or a [Class].
type Mark interface{ apply(*Column) }

func (u Unit) apply(c *Column)  { c.Unit = u }
func (k Class) apply(c *Column) { c.Class = k }

// Col describes a column with that name, and its unit and class if it has them.
func Col(name string, marks ...Mark) Column {
	c := Column{Name: name}
	for _, m := range marks {
		m.apply(&c)
	}
	return c
}

// normal brings a value to one of the types a document may hold; nil stands for
// everything that is not known, an empty text included.
func normal(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
		return v
	case bool, int64, uint64, time.Duration, Masked:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case uint:
		return uint64(v)
	case uint8:
		return uint64(v)
	case uint16:
		return uint64(v)
	case uint32:
		return uint64(v)
	case float32:
		return normal(float64(v))
	}
	return nil
}

// unitOf completes the unit of values whose type says it.
func unitOf(v any, u Unit) Unit {
	switch v.(type) {
	case time.Time:
		return Instant
	case time.Duration:
		return Seconds
	}
	return u
}

// Round keeps one decimal.
func Round(v float64) float64 { return math.Round(v*10) / 10 }
