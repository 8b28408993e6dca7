package e2e_test

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"supportd/hack/internal/rig"
)

// W16: the page of one relay says that the computer is connected, which has joined at another
// relay of the group.
func TestW16_ThePageOfAnotherRelay(t *testing.T) {
	t.Parallel()
	g := newInGroup(t, "a")
	key, err := g.relays["a"].Admin(g.ctx, "fingerprint")
	if err != nil {
		t.Fatal(err)
	}
	agent, err := exec.LookPath(programs().Agent)
	if err != nil {
		t.Fatal(err)
	}
	served, system := t.TempDir(), "linux-"+runtime.GOARCH
	if out, err := rig.Run(exec.CommandContext(g.ctx, programs().Relay, "imprint", agent, "--relay", g.relays["a"].Addr, "--relay-key", strings.TrimSpace(key),
		"--organisation", "Example", "--out", filepath.Join(served, "support-agent-"+system))); err != nil {
		t.Fatal(out, err)
	}
	g.giveKeys("a", "b")
	g.start("b", "", "--web", "127.0.0.1:0", "--programs", served)
	web, err := g.relays["b"].Web(g.ctx)
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) string {
		t.Helper()
		answer, err := http.Get("http://" + web + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status, err)
		}
		return string(text)
	}
	number, handle := g.session("a"), strings.Repeat("0a", 16)
	get("/d/" + number + "/" + system + "?handle=" + handle)
	if said := get("/joined/" + handle); said != "no" {
		t.Errorf("before the computer joins: %q", said)
	}
	g.join(number, "a")
	within(t, "the page says that the computer is connected", func() bool { return get("/joined/"+handle) == "yes" })
	if said := get("/joined/" + strings.Repeat("0b", 16)); said != "no" {
		t.Errorf("another page: %q", said)
	}
}
