package visit

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/reach"
)

// heldUp is a computer that agreed to restart and does not, and a relay and a screen
// that are told.
type heldUp struct {
	Power
	entry bool     // brings us back
	away  []string // what the relay was told

	mu   sync.Mutex // notices come from several goroutines
	told []notice.Notice
}

func (h *heldUp) Remove() error      { h.entry = false; return nil }
func (h *heldUp) Away(reason string) { h.away = append(h.away, reason) }

func (h *heldUp) Notify(n notice.Notice) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, n)
}

// The system has agreed to restart, and then a program holds it up: everybody is
// told, and nothing stays that would bring the daemon back at some later boot.
func TestB1_RestartThatIsHeldUpIsTold(t *testing.T) {
	key := testkit.NewKey(t)
	synctest.Test(t, func(t *testing.T) {
		dir, err := state.Open(filepath.Join(t.TempDir(), "state"))
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		j, name, err := local.Create(dir.Root(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		h := &heldUp{entry: true}
		saved := state.Saved{
			Identity: make([]byte, 32), Journal: name,
			Relay: state.Relay{Addresses: []reach.Address{{Host: "relay.example"}}, Keys: []string{"SHA256:test"}},
		}
		session := state.NewSession(t.Context(), dir, saved, state.Computer{}, "test")
		s, err := New(Options{
			Session: session, Journal: j, Relay: h, HostKeys: func() []ssh.Signer { return []ssh.Signer{key} },
			UI: h, Supervisor: []string{"unused"}, Power: h, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		session.SetRestart(&state.Restart{Boot: "one"})
		began := time.Now()
		s.watchDown()
		if took := time.Since(began); took != downTimeout {
			t.Errorf("it is told after %v", took)
		}
		if h.entry || session.Restarting() {
			t.Error("the way back stays")
		}
		if saved, err := dir.Left(); err != nil || saved.Restart != nil {
			t.Errorf("%+v, %v", saved.Restart, err)
		}
		if len(h.told) != 1 || h.told[0] != (notice.NotRestarting{}) || len(h.away) != 1 || h.away[0] != "" {
			t.Errorf("told %v, the relay %q", h.told, h.away)
		}
		var why string
		for e, err := range j.Events(context.Background(), false) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == journal.KindRebootRefuse {
				why = string(e.Data)
			}
		}
		if !strings.Contains(why, "held it up") {
			t.Errorf("journal: %q", why)
		}
	})
}
