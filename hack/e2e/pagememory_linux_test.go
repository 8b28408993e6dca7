package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"supportd/hack/testkit"
)

// restingMemory is what support-agent may have in memory while it waits with its page open,
// in KiB: 30 MB.
const restingMemory = 30_000_000 >> 10

// A customer's program that waits, connected and with its page open, is small on an old
// computer too: resident memory (VmRSS, proc(5)), its own code included.
func TestAnIdleProgramWithItsPageIsSmall(t *testing.T) {
	v := newVisitor(t, newFront(t), "C")
	v.joins()
	v.wants(v.csr("status"), 0, "Alice Kim") // a CSR has been there
	most := int64(restingMemory)
	if len(raceFlags()) > 0 {
		most *= 6 // the detector's own memory
	}
	var last int64
	defer func() { t.Logf("support-agent has %d KiB in memory", last) }()
	testkit.Eventually(t, fmt.Sprintf("at most %d KiB in memory", most), func() bool {
		last = resident(t, v.cmd.Process.Pid)
		return last <= most
	})
	v.do(clickStop())
	v.seen("end")
	v.ends()
}

// resident is what a process has in memory, in KiB.
func resident(t *testing.T, pid int) (kib int64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, line, found := strings.Cut(string(status), "\nVmRSS:")
	if n, err := fmt.Sscan(line, &kib); !found || n != 1 {
		t.Fatalf("its memory is not told: %v\n%s", err, status)
	}
	return kib
}
