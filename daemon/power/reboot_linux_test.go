package power

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/hack/testkit/logindtest"
)

// refusal runs work and expects a refusal with cause.
func refusal(t *testing.T, err error, cause Cause) *Refusal {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) || r.Cause != cause {
		t.Fatalf("error = %v, want a refusal with cause %d", err, cause)
	}
	if r.Error() == "" || r.Hint() == "" {
		t.Fatalf("no words for people: %+v", r)
	}
	return r
}

// forbidden stands for programs that must not run.
func forbidden(t *testing.T) ([][]string, func() bool) {
	trace := filepath.Join(t.TempDir(), "ran")
	return [][]string{{"/bin/touch", trace}}, func() bool { _, err := os.Stat(trace); return err == nil }
}

func TestRestartThroughLogind(t *testing.T) {
	bus := logindtest.Start(t)
	tools, ran := forbidden(t)
	s := System{Bus: bus.Address, Tools: tools}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if bus.Called("Reboot") {
		t.Fatal("a check restarts")
	}
	if err := s.Restart(t.Context(), "updates"); err != nil {
		t.Fatal(err)
	}
	if !bus.Called("Reboot False") || ran() {
		t.Fatal("logind was not asked, or not it alone; polkit must ask nobody")
	}
}

func TestB1_LogindRefuses(t *testing.T) {
	for word, cause := range map[string]Cause{
		"no": Forbidden, "challenge": Forbidden, "na": Unsupported, "inhibitor-blocked": Inhibited, "???": Failed,
	} {
		t.Run(word, func(t *testing.T) {
			bus := logindtest.Start(t)
			bus.Method("CanReboot", "", "s", `ret = "`+word+`"`)
			tools, ran := forbidden(t)
			s := System{Bus: bus.Address, Tools: tools}
			refusal(t, s.Check(t.Context()), cause)
			refusal(t, s.Restart(t.Context(), ""), cause)
			if bus.Called("Reboot") || ran() {
				t.Fatal("it restarts all the same")
			}
		})
	}
}

func TestB1_PolkitRefusesAtTheLastMoment(t *testing.T) {
	bus := logindtest.Start(t)
	bus.Refuse("Reboot", "b", "", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
	tools, ran := forbidden(t)
	refusal(t, System{Bus: bus.Address, Tools: tools}.Restart(t.Context(), ""), Forbidden)
	if ran() {
		t.Fatal("what polkit refuses must not be had another way")
	}
}

func TestB1_InhibitorIsRespectedAndNamed(t *testing.T) {
	bus := logindtest.Start(t)
	bus.Inhibit("sleep:shutdown", "Backup\x1b[2J", "the disk is being copied", "block")
	bus.Inhibit("shutdown", "NetworkManager", "wants a moment", "delay")
	bus.Inhibit("idle", "Video", "playing", "block")
	s := System{Bus: bus.Address, Tools: [][]string{}}
	r := refusal(t, s.Check(t.Context()), Inhibited)
	if len(r.Holders) != 1 || r.Holders[0].Why != "the disk is being copied" {
		t.Fatalf("holders: %+v", r.Holders)
	}
	if text := r.Error(); !strings.Contains(text, "Backup") || !strings.Contains(text, "the disk is being copied") || strings.Contains(text, "\x1b") {
		t.Fatalf("text: %q", text)
	}
	refusal(t, s.Restart(t.Context(), ""), Inhibited)
	if bus.Called("Reboot") {
		t.Fatal("it restarts all the same")
	}
}

func TestB1_WithoutLogind(t *testing.T) {
	nowhere := "unix:path=" + filepath.Join(t.TempDir(), "bus")
	trace := filepath.Join(t.TempDir(), "ran")
	for name, c := range map[string]struct {
		tools [][]string
		cause Cause
		ran   bool
	}{
		"the first that exists": {tools: [][]string{{"/nowhere/systemctl"}, {"/bin/touch", trace}}, ran: true},
		"none exists":           {tools: [][]string{{"/nowhere/systemctl"}}, cause: Unsupported},
		"it says no":            {tools: [][]string{{"/bin/false"}, {"/bin/touch", trace}}, cause: causeOfTool()},
	} {
		t.Run(name, func(t *testing.T) {
			s := System{Bus: nowhere, Tools: c.tools}
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := s.Restart(t.Context(), "")
			if c.ran && err != nil {
				t.Fatal(err)
			} else if !c.ran {
				refusal(t, err, c.cause)
			}
			if _, missing := os.Stat(trace); (missing == nil) != c.ran {
				t.Fatalf("the tool ran: %v", missing == nil)
			}
			_ = os.Remove(trace)
		})
	}
}
