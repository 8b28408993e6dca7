//go:build unix

package e2e_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"supportd/hack/internal/ordeal"
	"supportd/hack/internal/rig"
)

// A1, R1: whichever program is killed at whatever moment of a run, no line of it
// is lost or doubled on the way to the relay. hack/soak kill does this for longer.
func TestA1_R1_NoLineIsLostWhenProgramsAreKilled(t *testing.T) {
	const kills = 20
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	if err := ordeal.Kill(t.Context(), programs(), t.TempDir(), kills, seed, t.Output()); err != nil {
		t.Fatal(err)
	}
}

// R1: a run does not need the relay; what it prints arrives afterwards. hack/soak
// outage does this with minutes.
func TestR1_ARunOutlivesTheRelaysAbsence(t *testing.T) {
	const away = 3 * time.Second
	if err := ordeal.Outage(t.Context(), programs(), t.TempDir(), away, t.Output()); err != nil {
		t.Fatal(err)
	}
}

// However a session ends, the relay has the customer's journal, and its seal.
func TestEveryEndIsSealed(t *testing.T) {
	if err := ordeal.Ends(t.Context(), programs(), t.TempDir(), t.Output()); err != nil {
		t.Fatal(err)
	}
}

// programs are those that TestMain has built; they are on the path.
func programs() rig.Programs {
	return rig.Programs{Relay: "support-relay", Agent: "support-agent", Control: "supportctl"}
}
