package daemon

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/daemon/state"
	"supportd/library/journal"
)

// The system has agreed to restart, and then a program holds it up: everybody is
// told, and nothing stays that would bring the daemon back at some later boot.
func TestB1_RestartThatIsHeldUpIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, err := state.Open(filepath.Join(t.TempDir(), "state"))
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		p := &fakePower{boot: "one", entry: true}
		ui := &notices{changed: make(chan struct{})}
		d, err := New(context.Background(), Options{
			State: kept, Power: p, UI: ui, Supervisor: []string{"unused"}, Log: slog.New(slog.DiscardHandler),
			Join: &Join{Number: testNumber, Relay: "relay.example:2222", RelayKey: "SHA256:unused"},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.journal.Close() }()
		d.over, d.end = context.WithCancelCause(t.Context())
		defer d.end(nil)
		p.with(func() { p.entry = true })
		d.setGoingDown(&state.Restart{Boot: "one"})
		began := time.Now()
		d.watchDown()
		if took := time.Since(began); took != downTimeout {
			t.Errorf("it is told after %v", took)
		}
		if entry, _ := p.state(); entry || d.restarting() {
			t.Error("the way back stays")
		}
		if saved, err := kept.Left(); err != nil || saved.Restart != nil {
			t.Errorf("%+v, %v", saved.Restart, err)
		}
		await(t, ui, anyOf[NotRestarting])
		w := &world{t: t, daemon: d}
		events := w.events()
		i := slices.IndexFunc(events, func(e journal.Event) bool { return e.Kind == journal.KindRebootRefuse })
		if i < 0 || !strings.Contains(string(events[i].Data), "held it up") {
			t.Errorf("journal: %+v", events)
		}
	})
}
