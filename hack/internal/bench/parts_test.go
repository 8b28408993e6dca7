//go:build linux

package main

import (
	"context"
	"io"
	"testing"
)

// A row that misses is measured twice more, and the medians of the three decide.
func TestAMissIsMeasuredAgain(t *testing.T) {
	for _, c := range []struct {
		values []float64
		rounds int
		want   float64
		holds  bool
	}{
		{[]float64{5}, 1, 5, true},
		{[]float64{20, 5, 6}, 3, 6, true},
		{[]float64{20, 5, 30}, 3, 20, false},
	} {
		rounds := 0
		b := &bench{progress: io.Discard}
		rows, err := b.judge(t.Context(), part{name: "test", measure: func(*bench, context.Context) ([]row, error) {
			value := c.values[rounds]
			rounds++
			return []row{within("a time", "s", value, 10).beside(2 * value), told("another", "s", 1)}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if rounds != c.rounds || rows[0].Ours != c.want || rows[0].Holds != c.holds || rows[0].Ratio != 0.5 || !rows[1].Holds {
			t.Errorf("%v: %d rounds, %+v", c.values, rounds, rows)
		}
	}
}

func TestPartsAreChosen(t *testing.T) {
	if _, err := choose("memory,none", false); err == nil {
		t.Error("a part that is none is chosen")
	}
	some, err := choose("storm,memory", true)
	if err != nil || len(some) != 2 || some[0].name != "storm" {
		t.Errorf("%v, %v", some, err)
	}
	all, _ := choose("", false)
	quick, _ := choose("", true)
	if len(all) != len(parts()) || len(quick) == 0 || len(quick) >= len(all) {
		t.Errorf("%d of %d, %d of them quick", len(all), len(parts()), len(quick))
	}
}
