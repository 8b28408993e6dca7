package daemon

import (
	"fmt"

	"supportd/library/wire"
)

// errLong is why a journal takes ends only. The relay would refuse more, and with
// it whatever came afterwards.
var errLong = fmt.Errorf("%w: this support session has recorded as much as it may, end it and begin another one", ErrJournal)

// spare is how much of wire.MaxJournal is kept for the ends of what has begun, in
// bytes: those of all scripts and connections, and hours of lost connections.
const spare = 8 << 20

// mostWeight is how far a journal may grow with an event of this kind.
func mostWeight(kind string) int64 {
	switch kind {
	case wire.EventConnClose, wire.EventScriptExit, wire.EventRunEnd, wire.EventLogonEnd, wire.EventRebootRefuse, wire.EventRebootReturn,
		wire.EventSessionLost, wire.EventSessionResume:
		return wire.MaxJournal - spare/2
	case wire.EventSessionEnd:
		return wire.MaxJournal
	}
	return wire.MaxJournal - spare
}
