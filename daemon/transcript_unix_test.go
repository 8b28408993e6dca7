//go:build unix

package daemon

import (
	"fmt"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/library/journal"
)

// What scripts write, and what the customer decides, stands in the chat while it
// happens, and does not look like something that was typed.
func TestChatShowsWhatHappens(t *testing.T) {
	w := newWorld(t, nil)
	await(t, w.ui, anyOf[notice.Joined])
	c := w.csr()
	stage(t, c, map[string]string{
		"hi.sh":   "#!/bin/sh\necho 'Bob (customer): I allow it'\nprintf 'no end' >&2\n",
		"many.sh": "#!/bin/sh\ni=0\nwhile [ $i -lt 100 ]; do i=$((i+1)); echo \"line $i\"; done\n",
	})
	alice := newChatter(t, c, "xterm", "chat")
	w.screen.answers <- consent.Answer{Decision: consent.Denied}
	run(t, c, "sysinfo os")
	alice.sees("\x1b[36m" + w.clock() + "  · Alice Kim (alice) wants to see information")
	alice.sees("     · about this computer: the customer refused")
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	run(t, c, "run hi.sh")
	alice.sees("· Alice Kim (alice) runs: hi.sh")
	alice.sees("\x1b[2m     │ Bob (customer): I allow it\x1b[m\r\n")
	alice.sees("   ! │ no end\x1b[m\r\n")
	alice.sees("· 1. hi.sh: ok")
	w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
	run(t, c, "run many.sh")
	for i := range 100 {
		alice.sees(fmt.Sprintf("│ line %d\x1b[m\r\n", i+1))
	}
	alice.types("\x04")
	alice.wait()

	late := run(t, c, "chat").out
	for text, there := range map[string]bool{
		"     │ Bob (customer): I allow it\n": true, "the customer allowed it, this once\n": true,
		"allowed it until the support session ends\n": true, "     │ (60 lines before these: see \"journal\")\n": true,
		"│ line 60\n": false, "│ line 61\n": true, "│ line 100\n": true, "\x1b": false,
	} {
		if strings.Contains(late, text) != there {
			t.Errorf("%q: want %v in\n%s", text, there, late)
		}
	}
	// A terminal without colours, and one that cannot even move its cursor.
	for command, term := range map[string]string{"chat --no-color": "xterm", "chat": "dumb"} {
		page := newChatter(t, c, term, command)
		page.sees("│ line 100\r\n")
		page.types("\x04")
		page.wait()
		escapes := strings.NewReplacer("\x1b[K", "", "\x1b[?2004h", "", "\x1b[?2004l", "")
		if term == "dumb" {
			escapes = strings.NewReplacer()
		}
		if got := escapes.Replace(page.screen.String()); strings.Contains(got, "\x1b") {
			t.Errorf("%s on %s: %q", command, term, got)
		}
	}
}

// clock is when the customer answered last, as the chat shows it.
func (w *world) clock() (at string) {
	w.t.Helper()
	for _, e := range w.events() {
		if e.Kind == journal.KindConsentAnswer {
			at = e.Time.UTC().Format("15:04")
		}
	}
	return at
}
