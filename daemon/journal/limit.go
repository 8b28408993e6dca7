package journal

import (
	"fmt"

	"supportd/library/journal"
)

// errLong is why a journal takes ends only. The relay would refuse more, and with
// it whatever came afterwards.
var errLong = fmt.Errorf("%w: this support session has recorded as much as it may, end it and begin another one", ErrWrite)

// spare is how much of [journal.MaxBytes] is kept for the ends of what has begun, in
// bytes: those of all scripts and connections, and hours of lost connections.
const spare = 8 << 20

// mostWeight is how far a journal may grow with an event of this kind.
func mostWeight(kind string) int64 {
	switch kind {
	case journal.KindConnClose, journal.KindScriptExit, journal.KindRunEnd, journal.KindLogonEnd, journal.KindRebootRefuse, journal.KindRebootReturn,
		journal.KindSessionLost, journal.KindSessionResume:
		return journal.MaxBytes - spare/2
	case journal.KindSessionEnd:
		return journal.MaxBytes
	}
	return journal.MaxBytes - spare
}
