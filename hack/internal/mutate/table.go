//go:build linux

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// writeTable writes what a person reads: a line per group, then every survivor in
// the form that [readEquivalents] reads.
func writeTable(w io.Writer, o options, all []score) error {
	for _, s := range all {
		for _, list := range []struct {
			what    string
			mutants []mutant
		}{{"survived", s.Survivors}, {"did not end", s.Hung}} {
			for _, m := range list.mutants {
				fmt.Fprintf(w, "%s/%s:%d %s (%s)\n%s %s\n- %s\n+ %s\n\n", m.Package, m.File, m.Line, list.what, m.Kind, m.Package, m.Function, m.Old, m.New)
			}
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "group\tpossible\tkilled\ttimeouts\tsurvived\tequivalent\tscore\tbar\t\t")
	for _, s := range all {
		holds := ""
		if !s.Holds {
			holds = "FAILS"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%.1f %%\t%d %%\t%s\t\n", s.Group, s.Possible, s.Killed, s.Timeouts, s.Survived, s.Equivalent, s.Percent, s.Bar, holds)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, s := range all {
		if s.Without > 0 {
			fmt.Fprintf(w, "%s: %d more mutants are left out: %s\n", s.Group, s.Without, s.Why)
		}
	}
	_, err := fmt.Fprintf(w, "seed %d, sample %d\n", o.seed, o.sample)
	return err
}
