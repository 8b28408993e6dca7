package sshd

import (
	"strings"
	"testing"
)

// When a peer was heard is kept with the monotonic clock, so that setting the clock back
// hides no dead peer and setting it forward cuts no healthy one. A moment that has lost it
// shows none (time.Time.String: "m=").
func TestK1P33_APeersSilenceIsMonotonic(t *testing.T) {
	var w watch
	w.noteHeard()
	if heard := w.heard.Load().String(); !strings.Contains(heard, " m=") {
		t.Errorf("%s has no monotonic clock", heard)
	}
}
