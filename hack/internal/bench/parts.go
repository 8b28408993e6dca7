//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"supportd/hack/internal/rig"
)

// part is what is measured together.
type part struct {
	name    string
	beside  bool // it needs both sides set up
	long    bool // it is left out of a quick run
	rivals  bool // it measures rivals, too
	measure func(b *bench, ctx context.Context) ([]row, error)
}

func parts() []part {
	return []part{
		{"throughput", true, false, true, (*bench).throughput},
		{"files", true, false, false, (*bench).files},
		{"first-byte", true, false, true, (*bench).firstByte},
		{"sysinfo", true, false, false, (*bench).sysinfo},
		{"agent", true, false, false, (*bench).agent},
		{"extremes", false, false, false, (*bench).extremes},
		{"many", true, true, false, (*bench).many},
		{"library", false, true, false, (*bench).library},
		{"ways", false, true, false, (*bench).ways},
		{"memory", false, false, true, (*bench).idleTunnels},
		{"distance", false, false, false, (*bench).distance},
		{"journal", false, false, false, (*bench).journal},
		{"storm", false, true, false, (*bench).storm},
		{"group", false, true, false, (*bench).group},
	}
}

func partNames() []string { return namesOf(parts()) }

func namesOf(parts []part) (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// choose takes the parts with these names, or all; of all, a quick run leaves some out.
func choose(names string, quick bool) (chosen []part, err error) {
	if names == "" {
		return slices.DeleteFunc(parts(), func(p part) bool { return quick && p.long }), nil
	}
	all := parts()
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(p part) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("%w: there is no part %q; there are %s", errUsage, name, strings.Join(partNames(), ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// run builds the programs and measures one part after the other.
func (b *bench) run(ctx context.Context, parts []part) (rows []row, err error) {
	b.say("building")
	if b.programs, err = rig.Build(ctx, ".", filepath.Join(b.dir, "bin")); err != nil {
		return nil, err
	}
	if err := b.buildRivals(ctx); err != nil {
		return nil, err
	}
	if err := keys(ctx, b.dir); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(parts, func(p part) bool { return p.beside }) {
		stop, setUp := b.setUp(ctx)
		if setUp != nil {
			return nil, setUp
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	for _, p := range parts {
		more, err := b.judge(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// setUp starts both sides.
func (b *bench) setUp(ctx context.Context) (stop func() error, err error) {
	inner, err := startServer(ctx, b.dir)
	if err != nil {
		return nil, err
	}
	stop = func() error { inner.stop(); return nil }
	after := func(this func() error) {
		before := stop
		stop = func() error { return errors.Join(this(), before()) }
	}
	if b.peer, err = newOpenSSH(ctx, b.dir, inner.addr, ""); err != nil {
		return nil, errors.Join(err, stop())
	}
	after(b.peer.stop)
	if b.peerPinned, err = newOpenSSH(ctx, b.dir, inner.addr, pinned); err != nil {
		return nil, errors.Join(err, stop())
	}
	after(b.peerPinned.stop)
	if b.own, err = newOurs(ctx, b.dir, inner.addr, b.programs); err != nil {
		return nil, errors.Join(err, stop())
	}
	after(b.own.stop)
	for _, r := range b.rivals {
		undo, err := r.setUp(ctx, b.dir, inner.addr)
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		after(undo)
	}
	return stop, nil
}

// judge measures a part. Where a row misses its limit, all is measured twice more and the
// medians of the three decide: the machine may have been busy with something else.
func (b *bench) judge(ctx context.Context, p part) ([]row, error) {
	rounds := make([][]row, 1, 3)
	var err error
	if rounds[0], err = p.measure(b, ctx); err != nil {
		return nil, err
	}
	for len(rounds) < 3 && missed(rounds[0]) != nil {
		for _, r := range rounds[len(rounds)-1] {
			if !r.Holds {
				b.say("  again: %s was %s %s, wanted %s", strings.TrimSpace(r.Name), number(r.Ours), r.Unit, r.Wanted)
			}
		}
		more, err := p.measure(b, ctx)
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, more)
	}
	return medians(rounds), nil
}

// medians makes of several rounds of the same rows one.
func medians(rounds [][]row) []row {
	rows := slices.Clone(rounds[0])
	for i := range rows {
		of := func(value func(r row) float64) float64 {
			var values []float64
			for _, round := range rounds {
				values = append(values, value(round[i]))
			}
			return median(values)
		}
		rows[i].Ours = of(func(r row) float64 { return r.Ours })
		rows[i].OpenSSH = of(func(r row) float64 { return r.OpenSSH })
		rows[i].Rivals = maps.Clone(rows[i].Rivals)
		for name := range rows[i].Rivals {
			rows[i].Rivals[name] = of(func(r row) float64 { return r.Rivals[name] })
		}
		rows[i] = rows[i].judged()
	}
	return rows
}

// place makes a directory for one measurement.
func (b *bench) place(name string) (string, error) { return os.MkdirTemp(b.dir, name+"-") }
