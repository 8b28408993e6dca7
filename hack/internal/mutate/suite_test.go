//go:build linux

package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestASecondLook makes sure that neither a test that fails now and then nor a busy
// machine counts as a test that notices. No program runs: the fakes answer by what the
// tests are asked for.
func TestASecondLook(t *testing.T) {
	pass := verdict{passed: true}
	fails := func(test string) verdict { return verdict{output: "--- FAIL: " + test + " (0.00s)\n"} }
	hangs := verdict{timeout: true, output: "panic: test timed out after 1s\n\trunning tests:\n\t\tTestA (1s)\n\t\tTestA/sub (1s)\n"}
	dies := verdict{output: "panic: of a goroutine\n"}
	always := func(v verdict) func(string) verdict { return func(string) verdict { return v } }
	once := func(v verdict) func(string) verdict {
		return func(args string) verdict {
			if strings.Contains(args, "failfast") && !strings.Contains(args, "-test.skip=^(TestA)$") {
				return v
			}
			return pass
		}
	}
	inSlow := func(args string) verdict {
		if strings.Contains(args, "-test.run=^(TestB)$") {
			return fails("TestB")
		}
		return pass
	}
	for name, test := range map[string]struct {
		unchanged, mutant func(args string) verdict
		slow              []string
		want              verdict
	}{
		"passes":                    {mutant: always(pass), want: pass},
		"fails twice":               {mutant: always(fails("TestA"))},
		"fails once":                {mutant: once(fails("TestA")), want: pass},
		"fails also without it now": {unchanged: always(fails("TestA")), mutant: once(fails("TestA")), want: pass},
		"does not end, twice":       {mutant: always(hangs), want: verdict{timeout: true}},
		"does not end once":         {mutant: once(hangs), want: pass},
		"dies without a name":       {mutant: always(dies)},
		"dies once":                 {mutant: once(dies), want: pass},
		"only a slow test notices":  {mutant: inSlow, slow: []string{"TestB"}},
		"slow tests are left out":   {mutant: inSlow, want: pass},
		"fails though skipped": {mutant: func(args string) verdict {
			if strings.Contains(args, "failfast") {
				return fails("TestA")
			}
			return pass
		}, want: pass},
	} {
		t.Run(name, func(t *testing.T) {
			u := suite{program: "unchanged", slow: test.slow, limit: time.Minute}
			u.confine = func(_ context.Context, _ time.Duration, _ string, program ...string) (verdict, error) {
				if args := strings.Join(program[1:], " "); program[0] == "mutant" {
					return test.mutant(args), nil
				} else if test.unchanged != nil {
					return test.unchanged(args), nil
				}
				return pass, nil
			}
			v, err := u.notices(t.Context(), "mutant")
			if err != nil || v.passed != test.want.passed || v.timeout != test.want.timeout {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

// TestSlowTests reads which tests are slow.
func TestSlowTests(t *testing.T) {
	got := slowTests("=== RUN   TestA\n--- PASS: TestA (0.01s)\n--- PASS: TestB (3.15s)\n    --- PASS: TestB/sub (3.10s)\nPASS\n")
	if !slices.Equal(got, []string{"TestB"}) {
		t.Errorf("slow: %q", got)
	}
}
