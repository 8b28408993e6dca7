package wire

import (
	"fmt"
	"slices"
	"strings"
)

// Names that stand for a program or the customer, in logins and in journals. No
// account may have one of them.
const (
	// CustomerUser is the SSH user name under which a daemon reaches the relay.
	CustomerUser = "customer"
	RelayName    = "relay"
	DaemonName   = "daemon"
)

// MaxAccount bounds an account's name, in bytes.
const MaxAccount = 32

// CheckAccount reports whether a CSR's account may have the name: lower-case
// letters, digits and -_. with a letter or digit first. It holds for names that are
// made and for those that come from the other side.
func CheckAccount(name string) error {
	const first = "abcdefghijklmnopqrstuvwxyz0123456789"
	switch {
	case slices.Contains([]string{CustomerUser, RelayName, DaemonName}, name):
		return fmt.Errorf("the name %q stands for one of the programs, in journals too", name)
	case name == "" || len(name) > MaxAccount || strings.Trim(name, first+"-_.") != "" || !strings.Contains(first, name[:1]):
		return fmt.Errorf("an account's name has 1 to %d characters, lower-case letters, digits and -_. with a letter or digit first", MaxAccount)
	}
	return nil
}
