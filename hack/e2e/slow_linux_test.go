package e2e_test

import (
	"testing"

	"supportd/hack/internal/ordeal"
)

// N2, W5, W10: 50 slow clients of each protocol hold what they can, and every login,
// on whichever way, still works within a second. hack/soak slow does this with 500.
func TestN2_W5_W10_SlowClientsOfEachProtocol(t *testing.T) {
	const clients = 50
	if err := ordeal.Slow(t.Context(), programs(), t.TempDir(), clients, t.Output()); err != nil {
		t.Fatal(err)
	}
}
