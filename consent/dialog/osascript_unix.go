//go:build unix

package dialog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// osascript is macOS's own program for scripts (osascript(1)).
const osascript = "/usr/bin/osascript"

// drawing is how long macOS takes at most from the script's word to the box.
const drawing = 300 * time.Millisecond

// boxScript is AppleScript. It never changes: what a box shows comes as arguments, which
// are texts to it and nothing else. The button of Enter and Esc is the first.
const boxScript = `on run argv
	set noLabel to item 4 of argv
	set yesLabel to item 5 of argv
	set stopLabel to item 6 of argv
	set theButtons to {noLabel}
	if stopLabel is not "" then set theButtons to theButtons & {stopLabel}
	if yesLabel is not "" then set theButtons to theButtons & {yesLabel}
	try
		tell me to activate
	end try
	beep
	log "shown"
	try
		set theReply to display dialog (item 3 of argv) with title (item 2 of argv) buttons theButtons default button 1 cancel button 1 with icon caution giving up after 60
	on error number -128
		return "no"
	end try
	if gave up of theReply then return "none"
	if yesLabel is not "" and button returned of theReply is yesLabel then return "yes"
	if stopLabel is not "" and button returned of theReply is stopLabel then return "stop"
	return "no"
end run`

// osascriptArgs: the first word behind the script begins with no dash, so that nothing
// behind it is an option.
// A button that there is not is an empty text.
func osascriptArgs(n note) []string {
	return []string{"-e", boxScript, "box", n.title, n.said(), n.no, n.yes, n.stop}
}

// runOsascript shows a box with the program at path.
func runOsascript(ctx context.Context, start Starter, path string, n note) (click, error) {
	cmd := start(ctx, path, osascriptArgs(n)...)
	shown := moment{first: n.tell}
	cmd.Stderr = &shown
	cmd.WaitDelay = time.Second
	word, err := cmd.Output()
	switch said := strings.TrimSpace(string(word)); {
	case ctx.Err() != nil:
		return click{}, context.Cause(ctx)
	case err != nil:
		return click{}, fmt.Errorf("osascript: %w", err)
	case said == "yes" && n.yes != "":
		return click{yes: true, stood: shown.since() - drawing}, nil
	case said == "stop" && n.stop != "":
		return click{stop: true, stood: shown.since() - drawing}, nil
	case said == "no":
		return click{stood: shown.since() - drawing}, nil
	}
	return click{}, errors.New("osascript: no answer")
}

// moment is when something was written first. What it was is forgotten.
type moment struct {
	first func() // is told of it
	mu    sync.Mutex
	at    time.Time
}

func (m *moment) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.IsZero() {
		m.at = time.Now()
		m.first()
	}
	return len(b), nil
}

// since is 0 where nothing was written.
func (m *moment) since() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.IsZero() {
		return 0
	}
	return time.Since(m.at)
}
