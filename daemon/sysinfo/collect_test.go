package sysinfo

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

// say is a probe with one item.
func say(value any, marks ...document.Mark) machine.Probe {
	return func(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
		s.Set("said", value, marks...)
		return nil
	}
}

// everywhere gives every category the same probe.
func everywhere(p machine.Probe) map[document.Category]machine.Probe {
	all := map[document.Category]machine.Probe{}
	for _, c := range document.Categories() {
		all[c] = p
	}
	return all
}

func TestSectionsComeInOrderAndAsSoonAsTheyAreReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := everywhere(say("at once"))
		all[document.OS] = func(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
			time.Sleep(time.Second)
			return nil
		}
		start := time.Now()
		var order []document.Category
		var at []time.Duration
		var c Collector
		c.collect(t.Context(), Options{OnSection: func(s document.Section) {
			order, at = append(order, s.Category), append(at, time.Since(start))
		}}, all, machinetest.New(nil))
		if !slices.Equal(order, document.Categories()) {
			t.Errorf("order %v", order)
		}
		if at[0] != 0 || at[1] != time.Second || at[20] != time.Second {
			t.Errorf("the first came after %v, the second after %v, the last after %v", at[0], at[1], at[20])
		}
	})
}

func TestOnlyWhatWasAskedFor(t *testing.T) {
	var c Collector
	d := c.collect(t.Context(), Options{Categories: []document.Category{document.Printers, document.CPU}}, everywhere(say("x")), machinetest.New(nil))
	if len(d.Sections) != 2 || d.Sections[0].Category != document.CPU || d.Sections[1].Category != document.Printers {
		t.Errorf("sections %+v", d.Sections)
	}
}

// A probe that hangs in the operating system hears no context.
func TestA16_ProbeThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		all := everywhere(say("fine"))
		all[document.Disks] = func(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
			s.Set("said", "before it hung")
			<-release
			s.Set("late", "after")
			return nil
		}
		var c Collector
		for round := range 3 {
			start := time.Now()
			d := c.collect(t.Context(), Options{}, all, machinetest.New(nil))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("document took %v", took)
			}
			hung := machinetest.SectionOf(t, d, document.Disks)
			if hung.Reason == "" || len(d.Sections) != 21 || machinetest.SectionOf(t, d, document.Printers).Reason != "" {
				t.Errorf("round %d: %+v", round, hung)
			}
			if round == 0 && (len(hung.Items) != 1 || hung.Items[0].Value != "before it hung") {
				t.Errorf("what was known is lost: %+v", hung)
			}
			if n := c.hanging.Stuck(); n != 1 {
				t.Errorf("round %d: %d readings hang, want 1", round, n)
			}
		}
		close(release)
		synctest.Wait()
		if n := c.hanging.Stuck(); n != 0 {
			t.Errorf("%d readings hang after the release", n)
		}
		if d := c.collect(t.Context(), Options{}, all, machinetest.New(nil)); machinetest.SectionOf(t, d, document.Disks).Reason != "" {
			t.Errorf("the category did not come back: %+v", machinetest.SectionOf(t, d, document.Disks))
		}
	})
}

func TestA16_EveryProbeHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		start := time.Now()
		var c Collector
		d := c.collect(t.Context(), Options{}, everywhere(func(context.Context, *machine.Machine, *document.Sheet) error { <-release; return nil }), machinetest.New(nil))
		if took := time.Since(start); took > 5*time.Second || len(d.Sections) != 21 {
			t.Errorf("%d sections after %v", len(d.Sections), took)
		}
		close(release)
		synctest.Wait()
	})
}

func TestA16_ProbeThatPanics(t *testing.T) {
	all := everywhere(say("fine"))
	all[document.Log] = func(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
		s.Set("said", "before it broke")
		var none []int
		_ = none[3]
		return nil
	}
	var c Collector
	s := machinetest.SectionOf(t, c.collect(t.Context(), Options{}, all, machinetest.New(nil)), document.Log)
	if !strings.Contains(s.Reason, "broke") || len(s.Items) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestA16_ProbeThatReturns10MB(t *testing.T) {
	const flood = 10 << 20
	all := everywhere(say("fine"))
	all[document.Log] = func(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
		s.Set("one_value", strings.Repeat("x", flood))
		rows := s.Table("many_rows", document.Col("text"))
		for range flood / 1000 {
			rows.Add(strings.Repeat("y", 1000))
		}
		for range 2 * document.MaxItems {
			s.Set("again", "z")
		}
		return errors.New(strings.Repeat("e", flood))
	}
	var d document.Document
	synctest.Test(t, func(t *testing.T) { // where no time passes, however busy this machine is
		var c Collector
		d = c.collect(t.Context(), Options{}, all, machinetest.New(nil))
	})
	var text, js bytes.Buffer
	if err := errors.Join(document.WriteText(&text, d), document.WriteJSON(&js, d)); err != nil {
		t.Fatal(err)
	}
	if text.Len() > 2*document.MaxBytes || js.Len() > 3*document.MaxBytes {
		t.Errorf("%d bytes of text, %d of JSON", text.Len(), js.Len())
	}
	for _, want := range []string{"… (10485760 bytes, cut)", "more, left out"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	s := machinetest.SectionOf(t, d, document.Log)
	if s.Omitted == 0 || s.Tables[0].Omitted+len(s.Tables[0].Rows) != flood/1000 {
		t.Errorf("omitted %d items, %d rows", s.Omitted, s.Tables[0].Omitted)
	}
}

func TestCSRGoneWhileCollecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		var c Collector
		d := c.collect(ctx, Options{}, everywhere(func(ctx context.Context, _ *machine.Machine, _ *document.Sheet) error { <-ctx.Done(); return ctx.Err() }), machinetest.New(nil))
		if time.Since(start) != 0 || d.Sections[0].Reason != "the request was cancelled" {
			t.Errorf("%v, %+v", time.Since(start), d.Sections[0])
		}
	})
}

// Two CSRs may ask at the same time: one waits for the other, nobody is told
// that something hangs.
func TestTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := everywhere(func(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
			time.Sleep(time.Second)
			s.Set("said", "done")
			return nil
		})
		var c Collector
		docs := make(chan document.Document, 2)
		for range 2 {
			go func() { docs <- c.collect(t.Context(), Options{}, slow, machinetest.New(nil)) }()
		}
		for range 2 {
			for _, s := range (<-docs).Sections {
				if s.Reason != "" {
					t.Errorf("%s: %s", s.Category, s.Reason)
				}
			}
		}
	})
}

func TestCategoriesAreThoseOfTheDesign(t *testing.T) {
	const want = "summary os updates cpu memory disks graphics network connections devices firmware sensors processes services startup" +
		" software users environment security log printers"
	got := []string{}
	for _, c := range document.Categories() {
		got = append(got, string(c))
	}
	if strings.Join(got, " ") != want {
		t.Errorf("%v", got)
	}
	for _, c := range document.Categories() {
		if probes()[c] == nil {
			t.Errorf("%s has no collector", c)
		}
	}
}
