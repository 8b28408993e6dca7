package sshd

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// C11: a command line that is too long ends with a reason and the code for usage.
func TestK5C11_ACommandThatIsTooLong(t *testing.T) {
	s, err := newWorld(t, nil).alice().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var told strings.Builder
	s.Stderr = &told
	err = s.Run(strings.Repeat("x", MaxCommand+1))
	var exit *ssh.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 2 || !strings.Contains(told.String(), "has 32769 bytes, at most 32768") || strings.Count(told.String(), "\n") != 2 {
		t.Errorf("%v, %q", err, told.String())
	}
}
