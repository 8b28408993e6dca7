//go:build !linux

package power

// running is the file of the running program.
func (a Autostart) running() string { return a.Program }

func mayVanish(program string) bool { return volatile(program) }

// noExec is false: only Linux is commonly set up with directories from which no program
// starts.
func noExec(string) bool { return false }
