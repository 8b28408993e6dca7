//go:build unix

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportd/hack/internal/rig"
	"supportd/library/text"
)

// What a CSR reads of three sessions fits a window of 80 by 24, with supportctl and with
// plain ssh that has a terminal, in English and in Korean. What goes into a file has its
// lines whole.
func TestThreeSessionsInAWindowOf80Columns(t *testing.T) {
	d := newRep(t)
	long := "echo 'line of a script that says more than a window of eighty columns has room for, and ends here'\n"
	if err := os.WriteFile(filepath.Join(d.home, "long.sh"), []byte("#!/bin/sh\n"+long+strings.Replace(long, "'\n", "' >&2\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.run("supportctl", "script", "add", "print-again", "--file", "long.sh", "--category", "General", "--description", "Stops the print spooler, empties its queue, and starts it again; documents that wait are lost.")
	for i := 2; i < 5; i++ {
		d.customer(i)
	}
	d.run("supportctl", "session", "note", "T-02", "The customer's printer at the front desk stops in the afternoon; see also T-12 of last week.")
	d.run("supportctl", "sysinfo", "T-02", "--save", "before.txt")
	d.run("supportctl", "script", "run", "print-again", "--session", "T-02")
	config := d.run("supportctl", "ssh", "config")
	if err := os.WriteFile(filepath.Join(d.home, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	number := strings.TrimSpace(d.run("sh", "-c", `supportctl session show T-02 -o csv | sed -n '2s/,.*//p'`))
	d.windows([]string{
		"supportctl session list", "supportctl session show T-02", "TERM=dumb supportctl sysinfo T-02 --diff before.txt", "supportctl script list", "supportctl script show print-again",
		"supportctl whoami", "supportctl help",
		"ssh -F config -tt supportd-relay session list", "ssh -F config -tt supportd-relay session show T-02", "ssh -F config -tt supportd-relay script show print-again",
		"ssh -F config -tt " + number + ".support status", "ssh -F config -tt " + number + ".support journal", "ssh -F config -tt supportd-relay help",
	})
	d.run("supportctl", "session", "end", "--all", "--yes")
	d.run("sh", "-c", `until supportctl report list --json | grep -c '"sealed": true' | grep -q 3; do :; done`)
	d.windows([]string{
		"supportctl session list", "supportctl report list", "supportctl report show T-02", "supportctl report verify T-02", "supportctl report verify T-03",
		"ssh -F config -tt supportd-relay report list", "ssh -F config -tt supportd-relay report show T-02", "ssh -F config -tt supportd-relay report verify T-02",
	})
	whole := "    | " + strings.TrimSuffix(strings.TrimPrefix(long, "echo '"), "'\n")
	if shown := d.run("supportctl", "report", "show", "T-02"); !slices.Contains(strings.Split(shown, "\n"), whole) {
		t.Errorf("a file has not the whole line %q:\n%s", whole, shown)
	}
}

// windows types commands in both languages, and looks at the windows that they fill.
func (d *rep) windows(lines []string) {
	d.t.Helper()
	for _, locale := range []string{"C.UTF-8", "ko_KR.UTF-8"} {
		for _, line := range lines {
			cmd := exec.Command("sh", "-c", strings.Replace(line, "ssh -F", "ssh -o SendEnv=LC_ALL -F", 1))
			cmd.Dir, cmd.Env = d.home, append(slices.Clone(d.env), "LC_ALL="+locale)
			c, err := rig.OpenWindow(cmd, rig.Window{Columns: 80, Rows: 24}, nil)
			if err != nil {
				d.t.Fatal(err)
			}
			_, err = c.Wait(d.ctx)
			shown := c.Screen()
			c.Close()
			if err != nil || strings.TrimSpace(shown) == "" {
				d.t.Fatalf("%s, %s: %v\n%s", locale, line, err, shown)
			}
			d.t.Logf("%s $ %s\n%s", locale, line, shown)
			for row := range strings.Lines(shown) {
				if row = strings.TrimRight(row, "\n"); text.Width(row) > 80 {
					d.t.Errorf("%s, %s: %d columns: %s", locale, line, text.Width(row), row)
				}
			}
		}
	}
}
