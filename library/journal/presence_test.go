package journal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/library/wire"
)

// However long the names are that people give themselves, a summary fits into an event.
func TestASummaryFitsOrIsLeftOut(t *testing.T) {
	var p Presence
	for i := range 2 * maxEntered {
		p.enter(consent.Person{Name: strings.Repeat("\x01", wire.MaxName), Fingerprint: fmt.Sprint(i)}, Event{Actor: strings.Repeat("a", wire.MaxName)})
	}
	if s := p.Summary(time.Now()); s != nil {
		t.Error("a summary is longer than an event may be")
	}
}
