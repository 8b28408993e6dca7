package wire

// The escape sequences (ECMA-48) that the daemon's verbs may send to a CSR's
// terminal. A client that shows such a terminal lets nothing else through.
const (
	TerminalErase    = "\x1b[K"      // the rest of the row
	TerminalPasteOn  = "\x1b[?2004h" // mark what is pasted
	TerminalPasteOff = "\x1b[?2004l"
	TerminalCyan     = "\x1b[36m"
	TerminalDim      = "\x1b[2m"
	TerminalNormal   = "\x1b[m"
)

// TerminalSequences lists them all.
func TerminalSequences() []string {
	return []string{TerminalErase, TerminalPasteOn, TerminalPasteOff, TerminalCyan, TerminalDim, TerminalNormal}
}
