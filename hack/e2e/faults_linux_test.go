package e2e_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"supportd/hack/internal/ordeal"
)

// trapped is how a campaign starts a program that it kills at a sync.
func trapped(args []string) error { return ordeal.Trapped(args) }

// needRoot skips a test that needs a disk of its own.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a disk that freezes")
	}
}

// P1: whatever the disk, the relay and the terminal do, each way to stop ends scripts,
// questions and connections within a second. hack/soak stop does this 100 times.
func TestK1P1_EachWayStopsUnderEachFault(t *testing.T) {
	needRoot(t)
	const times = 6 // each fault once, and each way
	if err := ordeal.Stop(t.Context(), programs(), t.TempDir(), times, t.Output()); err != nil {
		t.Fatal(err)
	}
}

// P12: killed before a sync of two parts of a support session, a restart among them.
// hack/soak syncs does this before every sync of all.
func TestK1P12_KilledBeforeASync(t *testing.T) {
	// Below /tmp nothing comes back after a restart.
	dir, err := os.MkdirTemp("/var/tmp", "supportd-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	// The shortest part has three.
	sample := ordeal.SyncsOptions{Parts: 2, First: 1 + rand.N(3), Once: true}
	if err := ordeal.Syncs(t.Context(), programs(), dir, sample, t.Output()); err != nil {
		t.Fatal(err)
	}
}

// D1: the disk full in one part of a support session, and hanging in another. hack/soak
// disk does this in all.
func TestD1_APartOnABadDisk(t *testing.T) {
	needRoot(t)
	if err := ordeal.Disk(t.Context(), programs(), t.TempDir(), 0, t.Output()); err != nil {
		t.Fatal(err)
	}
}
