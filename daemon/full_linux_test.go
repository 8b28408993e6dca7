package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// D1 on the customer's side: what cannot be written down does not happen, and
// is said; with room again everything goes on, and the report is whole.
func TestD1_TheCustomersDiskIsFull(t *testing.T) {
	w := newWorld(t, func(w *world, o *Options) { testkit.SmallDisk(t, w.dir); allowing(w, o) })
	c := w.csr()
	stage(t, c, map[string]string{"long.sh": sh("i=0", "while :; do i=$((i+1)); echo line $i of many; sleep 0.01; done")})
	long := start(t, c, "run long.sh")
	testkit.Eventually(t, "output", w.journalHas("line 3 of many"))
	ballast := filepath.Join(w.dir, "ballast")
	testkit.Fill(t, ballast)
	if got := long(); got.code != cmdline.ExitFailed || !strings.Contains(got.err, "the journal could not be written any more, so the run was ended") {
		t.Errorf("a run: %d %s", got.code, got.err)
	}
	testkit.Eventually(t, "the refusal", func() bool {
		got := run(t, c, "sysinfo os")
		if got.code == cmdline.ExitFailed && got.out == "" && strings.Contains(got.err, "could not be written") {
			return true
		}
		if got.code != 0 {
			t.Fatalf("%+v", got)
		}
		return false // the last block of the file had room for this one
	})
	w.events() // no half event stands there

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if got := run(t, c, "sysinfo os"); got.code != 0 {
		t.Errorf("with room again: %+v", got)
	}
	c.Close()
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) || !w.daemon.HandedOver() {
		t.Errorf("%v\n%s", err, w.log)
	}
	w.brought(true)
	n := map[string]int{}
	for _, kind := range w.kinds() {
		n[kind]++
	}
	if n[journal.KindRunStart] != 1 || n[journal.KindRunEnd] != 1 || n[journal.KindScriptExit] != 1 || n[journal.KindConnOpen] != n[journal.KindConnClose] {
		t.Errorf("%v", n)
	}
}
