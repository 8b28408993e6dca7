//go:build unix && !linux

package e2e_test

// trapped is for Linux alone.
func trapped([]string) error { return nil }
