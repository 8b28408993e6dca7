package dialog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"supportd/consent"
	"supportd/library/text"
)

// stopKeys are what they press who stop everything, while nothing runs and while a script does.
func stopKeys() map[string][2][]string {
	return map[string][2][]string{
		"zenity":  {{"shift+Tab", "Return"}, {"Tab", "Return"}},
		"kdialog": {{"Down", "Down", "Return"}, {"Down", "Return"}},
	}
}

// TestY6_OnlyItsOwnButtonStops presses Stop in real boxes, in both languages: at once, which
// counts for nothing, and when the box has been read; also while a script runs.
func TestY6_OnlyItsOwnButtonStops(t *testing.T) {
	for _, tool := range boxTools() {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, tool)
			for _, l := range text.Languages() {
				for i, running := range []bool{false, true} {
					before := s.stops.Load()
					ctx, cancel := context.WithCancel(t.Context())
					_, done := s.asked(ctx, s.box(l, func() (bool, uint64) { return running, 1 }), information())
					s.picture(fmt.Sprintf("%s-stop-%s-%v", tool, l, running))
					read()
					s.ask("xdotool", append([]string{"key"}, stopKeys()[tool][i]...)...)
					s.await("Stop", func() bool { return s.stops.Load() == before+1 })
					cancel() // as the end of the support session does
					if o := s.answered(done); o.answer.Decision.Allowed() || !errors.Is(o.err, context.Canceled) {
						t.Errorf("%s, running %v: %v", l, running, o)
					}
				}
			}
		})
	}
}

// TestAnOlderProgramHasNoStop lets a program refuse the button: the box comes without it,
// and says where Stop is.
func TestAnOlderProgramHasNoStop(t *testing.T) {
	s := newScreen(t, "zenity")
	older := filepath.Join(t.TempDir(), "zenity")
	script := "#!/bin/sh\ncase \"$*\" in *--extra-button*) exit 255 ;; esac\nexec zenity \"$@\"\n"
	if err := os.WriteFile(older, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	b := s.box(text.English, nil)
	b.show = func(ctx context.Context, start Starter, n note) (click, error) {
		return s.tool.showOr(ctx, start, older, n)
	}
	_, done := s.asked(t.Context(), b, information())
	s.picture("zenity-older")
	read()
	s.ask("xdotool", append([]string{"key"}, allowKeys()["zenity"]...)...)
	if o := s.answered(done); s.stops.Load() != 0 || !o.is(consent.AllowedOnce) {
		t.Errorf("%v, stopped %d times", o, s.stops.Load())
	}
}
