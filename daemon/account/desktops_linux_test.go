package account

import (
	"path/filepath"
	"testing"

	"supportd/hack/testkit/logindtest"
)

func TestDesktopsAreLockedForTheTime(t *testing.T) {
	bus := logindtest.Start(t)
	bus.AddSession("c1", 1000, "mina", "wayland")
	bus.AddSession("c2", 1000, "mina", "tty")
	bus.AddSession("c3", 1001, "jun", "x11")
	unlock, err := LockDesktops(t.Context(), bus.Address)
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]bool{
		`LockSession "c1"`: true, `LockSession "c2"`: false, `LockSession "c3"`: true, `UnlockSession`: false,
	} {
		if bus.Called(call) != want {
			t.Errorf("%s called: %v", call, !want)
		}
	}
	if err := unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]bool{`UnlockSession "c1"`: true, `UnlockSession "c2"`: false, `UnlockSession "c3"`: true} {
		if bus.Called(call) != want {
			t.Errorf("%s called: %v", call, !want)
		}
	}
}

func TestDesktopsWithoutLogind(t *testing.T) {
	unlock, err := LockDesktops(t.Context(), "unix:path="+filepath.Join(t.TempDir(), "bus"))
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
}
