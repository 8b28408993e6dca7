//go:build unix

package account

import (
	"bytes"
	"testing"
)

// Whatever its length, the password is copied once, and that copy can be overwritten.
func TestU6_OneCopyOfThePassword(t *testing.T) {
	for n := 1; n <= MaxPassword; n++ {
		password := bytes.Repeat([]byte("p"), n)
		var line []byte
		if copies := testing.AllocsPerRun(10, func() { line = typed(password) }); copies != 1 {
			t.Fatalf("%d bytes are copied %v times", n, copies)
		}
		if !bytes.Equal(line, append(password, '\n')) {
			t.Fatalf("%d bytes: %q", n, line)
		}
	}
}
