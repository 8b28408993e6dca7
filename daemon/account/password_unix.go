//go:build unix

package account

// typed is the password as somebody types it, with Enter, in one piece of memory
// that the caller overwrites: a slice that grows leaves copies of it behind.
func typed(password []byte) []byte {
	line := make([]byte, 0, len(password)+1)
	return append(append(line, password...), '\n')
}
