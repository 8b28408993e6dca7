//go:build unix

package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"supportd/hack/internal/hostile"
	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

// The relay lies in all the ways of section Z, against the real programs and stock ssh:
// what customer and support rep see of each, with a CSR CA and without. hack/hostile does
// this again and again.
func TestZ1_Z2_Z3_Z4_Z5_Z6_Z7_Z8_Z9_Z10_Z11_Z12_TheRelayLies(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	h, err := hostile.NewHouse(t.Context(), programs(), t.TempDir(), seed)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, a := range hostile.Attacks() { // one after the other: all come from one address, which may not log in so often at once
		for name, ca := range map[string]bool{"without a CA": false, "with a CA": true} {
			t.Run(fmt.Sprintf("%s_%s %s", a.ID, a.Name, name), func(t *testing.T) {
				if err := h.Try(t.Context(), a, ca); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Z13: a relay gives out another program, and the sum that it tells of it fits. Nothing of
// the relay's shows that, and SECURITY.md says so.
func TestZ13_AnotherProgramIsAStatedLimit(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	agent, err := exec.LookPath(programs().Agent)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(agent)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.ReplaceAll(ours, []byte("Did YOU call for help?"), []byte("Press yes, then Enter."))
	if bytes.Equal(ours, other) {
		t.Fatal("it is the same program")
	}
	name := "support-agent-linux-" + runtime.GOARCH
	if err := os.WriteFile(filepath.Join(dir, name), other, 0o755); err != nil {
		t.Fatal(err)
	}
	relay, err := rig.StartRelay(ctx, programs(), filepath.Join(t.TempDir(), "relay"), "", t.Output(), "--web", "127.0.0.1:0", "--programs", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Kill)
	web, err := relay.Web(ctx)
	if err != nil {
		t.Fatal(err)
	}
	get := func(what string) (body string) {
		testkit.Eventually(t, what, func() bool { // a file that has just been written is left alone for a while
			out, err := rig.Run(exec.CommandContext(ctx, "curl", "--silent", "--fail", "http://"+web+"/d/"+what))
			body = out
			return err == nil && out != ""
		})
		return body
	}
	if got := get(name); got != string(other) {
		t.Errorf("%d bytes of another program, and %d were served", len(other), len(got))
	}
	if sums, want := get("SHA256SUMS"), fmt.Sprintf("%x  %s\n", sha256.Sum256(other), name); sums != want {
		t.Errorf("%q, not %q", sums, want)
	}
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil || !strings.Contains(string(text), "- **A relay that lies about programs.**") {
		t.Errorf("SECURITY.md does not state it: %v", err)
	}
}
