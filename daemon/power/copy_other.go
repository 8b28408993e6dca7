//go:build !linux

package power

// running is the file of the running program.
func (a Autostart) running() string { return a.Program }

func mayVanish(program string) bool { return volatile(program) }

// noExec is false: a directory that starts no programs is a rarity of Linux.
func noExec(string) bool { return false }
