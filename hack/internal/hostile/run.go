//go:build unix

package hostile

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"supportd/hack/internal/rig"
)

// Attack is one way in which a relay lies.
type Attack struct {
	ID   string // of section Z of SECURITY.md
	Name string // what the relay does, as a name of a test
	try  func(ctx context.Context, h *house, ca bool) error
}

// Attacks are all of them.
func Attacks() []Attack {
	return []Attack{
		{"Z1", "SwapsTheComputersKey", swapTheKey},
		{"Z2", "LetsInAKey", letInAKey},
		{"Z3", "KeepsTheRevokedIn", keepRevokedIn},
		{"Z4", "SwapsALibraryScript", swapScript},
		{"Z5", "ChangesNames", changeNames},
		{"Z6", "InventsAndReplaysAnswers", inventAnswers},
		{"Z7", "SplicesToAnotherComputer", spliceElsewhere},
		{"Z8", "DowngradesAlgorithms", downgrade},
		{"Z9", "CutsReordersDelays", hurtBytes},
		{"Z10", "OpensChannels", openChannels},
		{"Z11", "ForgesAResume", forgeResume},
		{"Z12", "ForgesReportsAndTheEnd", forgeReports},
		{"Z12", "NamesOtherHosts", nameOtherHosts},
	}
}

// House is a relay that lies, with what the attacks need beside it. The owner must call
// [House.Close].
type House struct{ h *house }

// NewHouse starts one, with everything below a directory. seed chooses what is cut and
// where.
func NewHouse(ctx context.Context, p rig.Programs, dir string, seed uint64) (*House, error) {
	h, err := newHouse(ctx, p, dir, seed)
	if err != nil {
		return nil, err
	}
	return &House{h}, nil
}

// Close ends the relay.
func (h *House) Close() { h.h.close() }

// Try attacks, where the customer's program knows the CA or does not, and returns an error
// unless everything was seen that must be seen. Attacks may be tried at the same time, but
// not one of them with itself.
func (h *House) Try(ctx context.Context, a Attack, ca bool) error { return a.try(ctx, h.h, ca) }

// Campaign tries all attacks again and again, or those with these ids.
func Campaign(ctx context.Context, p rig.Programs, dir string, rounds int, seed uint64, ids []string, progress io.Writer) error {
	for _, id := range ids {
		if !slices.ContainsFunc(Attacks(), func(a Attack) bool { return a.ID == id }) {
			return fmt.Errorf("there is no attack %q", id)
		}
	}
	h, err := NewHouse(ctx, p, dir, seed)
	if err != nil {
		return err
	}
	defer h.Close()
	for round := range rounds {
		for _, a := range Attacks() {
			if len(ids) > 0 && !slices.Contains(ids, a.ID) {
				continue
			}
			for _, ca := range []bool{false, true} {
				where, began := "without a CA", time.Now()
				if ca {
					where = "with a CA"
				}
				if err := h.Try(ctx, a, ca); err != nil {
					return fmt.Errorf("round %d, seed %d: %s %s, %s: %w", round+1, seed, a.ID, a.Name, where, err)
				}
				fmt.Fprintf(progress, "round %d: %-3s %s, %s: held, %.1f s\n", round+1, a.ID, a.Name, where, time.Since(began).Seconds())
			}
		}
	}
	fmt.Fprintf(progress, "%d rounds: the relay has lied in all these ways, and everything was seen that must be seen (%s)\n", rounds, strings.Join(names(ids), ", "))
	return nil
}

// names are the ids that were tried.
func names(ids []string) (all []string) {
	for _, a := range Attacks() {
		if !slices.Contains(all, a.ID) && (len(ids) == 0 || slices.Contains(ids, a.ID)) {
			all = append(all, a.ID)
		}
	}
	return all
}
