package dialog

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"supportd/consent"
	"supportd/library/text"
)

// TestAtAScreen shows a real box, which somebody at the screen answers: ./hack/wine does.
// SUPPORTD_BOX is the decision that they mean, SUPPORTD_LANGUAGE the box's language.
func TestAtAScreen(t *testing.T) {
	want, asked := os.LookupEnv("SUPPORTD_BOX")
	if !asked {
		t.Skip("nobody is there to answer a box: ./hack/wine box")
	}
	ctx, cancel := context.WithTimeout(t.Context(), consent.AnswerTimeout)
	defer cancel()
	stopped := false
	b, err := New(Options{
		Language: text.Language(os.Getenv("SUPPORTD_LANGUAGE")), Organisation: "Hanbit IT",
		Desktop: func(context.Context) (Starter, error) { return exec.CommandContext, nil },
		Runs:    func() (bool, uint64) { return false, 0 },
		Stop:    func() { stopped = true; cancel() },
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := b.Ask(ctx, information())
	if stopped != (want == "stopped") {
		t.Errorf("stopped: %v; want %s", stopped, want)
	}
	if stopped {
		return
	}
	if err != nil || a.Decision.String() != want || a.Question != 7 {
		t.Errorf("%v, %v; want %s", a.Decision, err, want)
	}
}

// TestAWithdrawnBoxIsTakenAway needs nobody to answer.
func TestAWithdrawnBoxIsTakenAway(t *testing.T) {
	if _, asked := os.LookupEnv("SUPPORTD_BOX"); !asked {
		t.Skip("there is no screen: ./hack/wine box")
	}
	ctx, cancel := context.WithCancel(t.Context())
	real := calls{user32DLL()}
	c, err := messageBox(ctx, &withdrawn{calls: real, cancel: cancel}, note{title: "Remote support", text: "a question", yes: "Allow once", no: "Don't allow"})
	if err == nil || c.yes || ctx.Err() == nil {
		t.Errorf("%+v, %v", c, err)
	}
}

// withdrawn takes a question back as soon as its box is in front.
type withdrawn struct {
	calls
	cancel context.CancelFunc
}

func (w *withdrawn) Raise(window uintptr) {
	w.calls.Raise(window)
	w.cancel()
}
