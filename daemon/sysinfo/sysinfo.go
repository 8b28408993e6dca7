// Package sysinfo reads what a CSR needs to know about a customer's computer:
// 21 categories with stable names, each collected on its own, each under its own
// time limit. The daemon asks for them after the customer has said yes, and
// writes them as text for people or as JSON for programs.
//
// What it promises: a category never fails the document, it says why it has no
// answer; what is not known is said to be unknown and never 0; values are typed
// and come from native interfaces, files, and tools run with LC_ALL=C, never from
// translated text; what looks like a secret is masked before it leaves this
// package; and what the customer withholds is shown as withheld, wherever it
// stands.
//
// This package starts the collectors and bounds their time. Below it, each
// importing only what stands further down:
//
//	system              summary, version, environment, security
//	software            packages, updates, processes, services, log
//	hardware network users
//	machine             what they ask: files, tools, clock, kernel
//	formats             parsers: bytes in, values out
//	withhold            hides what the customer keeps back
//	document            sections, and how they are written
//	secrets             masks what looks like a password
//
// None of them imports this package. Only collectors and the machine use gopsutil.
package sysinfo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/withhold"
)

const (
	// DefaultTimeout bounds one category unless [Options] say otherwise.
	DefaultTimeout = machine.Longest
	// documentLimit bounds a whole document, below the 5 s that a CSR is promised.
	documentLimit = 4800 * time.Millisecond
	// busyTimeout bounds one category where many programs want each processor: the CSR
	// gets what was ready, soon, and is told so.
	busyTimeout = 900 * time.Millisecond
	// Up to calm programs for each processor a category has all its time, and from
	// burdened on busyTimeout. Between them it is less by degrees: a computer that installs
	// its updates still tells everything.
	calm, burdened = 4.0, 10.0
)

// Options say what to collect. The zero value collects everything.
type Options struct {
	// Categories to collect; they come in document order. Empty is all.
	Categories []document.Category
	// WithholdCategories are shown as withheld and not collected.
	WithholdCategories []document.Category
	// WithholdClasses are replaced wherever they stand, inside paths, command
	// lines and log messages too. Nothing is delivered before everything has been
	// read then: a name that only the last section knows must not be in the first.
	WithholdClasses []document.Class
	// Timeout of one category; 0 is [DefaultTimeout]. Whatever it is, a document
	// takes less than 5 s.
	Timeout time.Duration
	// Environment is the customer's, as of os.Environ, for that category.
	Environment []string
	// OnSection, if set, receives each section in document order as soon as it
	// is ready. It is called by the goroutine that called Collect.
	OnSection func(document.Section)
}

// errNotSearched stands where a section may hold what is withheld.
var errNotSearched = errors.New("not shown: there was no time to look for what is withheld")

// Collector collects documents. Use one for the life of the process: it bounds
// how many readings may hang in the operating system at once, over all documents.
// The zero Collector is ready for use, by any number of goroutines.
type Collector struct {
	hanging machine.Guard
}

// Collect reads the system information. It never fails: a section that could not
// be read says why. All categories are read at the same time. When ctx ends, the
// sections that are not ready say so.
func (c *Collector) Collect(ctx context.Context, o Options) document.Document {
	return c.collect(ctx, o, probes(), machine.New(&c.hanging))
}

func (c *Collector) collect(ctx context.Context, o Options, all map[document.Category]machine.Probe, m *machine.Machine) document.Document {
	ctx, cancel := context.WithTimeout(ctx, documentLimit)
	defer cancel()
	if o.Timeout <= 0 || o.Timeout > documentLimit {
		o.Timeout = DefaultTimeout
	}
	m.Environment = o.Environment
	doc := document.Document{Collected: m.Now().Round(time.Second)}
	doc.Host, _ = m.Hostname()
	limit := min(o.Timeout, timeFor(m.Wanting()))

	var ready []chan document.Section
	for _, category := range document.Categories() {
		if len(o.Categories) > 0 && !slices.Contains(o.Categories, category) {
			continue
		}
		ch := make(chan document.Section, 1)
		ready = append(ready, ch)
		if slices.Contains(o.WithholdCategories, category) {
			ch <- document.Section{Category: category, Withheld: true}
			continue
		}
		go func() { ch <- c.section(ctx, limit, limit < o.Timeout, category, all[category], m) }()
	}
	var hide *withhold.Redactor
	if len(o.WithholdClasses) > 0 {
		hide = withhold.New(o.WithholdClasses, c.people(ctx, m))
	}
	deliver := func(s document.Section) {
		doc.Sections = append(doc.Sections, s)
		if o.OnSection != nil {
			o.OnSection(s)
		}
	}
	var held []document.Section
	for _, ch := range ready {
		switch s := <-ch; {
		case hide != nil:
			hide.Learn(s)
			held = append(held, s)
		default:
			deliver(s)
		}
	}
	if hide != nil {
		doc.Host = hide.Text(doc.Host)
		for _, s := range held {
			if ctx.Err() != nil { // it may hold a name that was not looked for
				s = document.Section{Category: s.Category, Withheld: s.Withheld, Reason: errNotSearched.Error(), Took: s.Took}
			}
			deliver(hide.Section(s))
		}
	}
	return doc
}

// timeFor is the time of one category where so many programs want each processor.
func timeFor(wanting float64) time.Duration {
	share := min(1, max(0, (wanting-calm)/(burdened-calm)))
	return DefaultTimeout - time.Duration(share*float64(DefaultTimeout-busyTimeout))
}

// section runs one probe to its end or its time limit, which is shorter on a busy computer.
func (c *Collector) section(ctx context.Context, limit time.Duration, busy bool, category document.Category, p machine.Probe, m *machine.Machine) document.Section {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	start := time.Now()
	s := document.NewSheet(category)
	err := c.hanging.Do(ctx, string(category), func() error {
		if p == nil {
			return document.ErrUnknown
		}
		return p(ctx, m.Filling(s), s)
	})
	if errors.Is(err, context.DeadlineExceeded) && busy {
		err = fmt.Errorf("this computer is busy: what was ready after %v is shown", limit.Round(100*time.Millisecond))
	}
	sec := s.Seal(err)
	sec.Took = time.Since(start).Round(time.Millisecond)
	return sec
}

// people asks who uses this computer. Where home directories lie on a share that does not
// answer, most names are still learnt from the sections.
func (c *Collector) people(ctx context.Context, m *machine.Machine) withhold.Known {
	found, _ := machine.Ask(ctx, &c.hanging, "people", time.Second, func() (withhold.Known, error) { return known(ctx, m), nil })
	return found
}
