//go:build unix && !linux

package e2e_test

// trapped is for Linux alone.
func trapped([]string) error { return nil }

// noComputer says why no test makes a computer of its own.
func noComputer() string { return "only Linux has name spaces" }

// systemCommands are those that need Linux.
func systemCommands() map[string]command { return nil }
