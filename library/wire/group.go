package wire

import (
	"fmt"

	"golang.org/x/crypto/ssh"
)

// IsRelay reports whether a relay may tell of this address of its group: HOST or HOST:PORT
// in letters that mean nothing to a shell, a terminal or a program's flags, at most 259
// bytes. Whether it is dialed, the daemon decides.
func IsRelay(address string) bool {
	return IsWebHost(address) && address[0] != '-'
}

// group is what stands behind the other fields of a Welcome: nothing, or the generation
// and then the addresses, each as a string, up to the end.
func (m Welcome) group() []byte {
	if m.Generation == 0 && len(m.Relays) == 0 {
		return nil
	}
	out := ssh.Marshal(struct{ Generation uint64 }{m.Generation})
	for _, address := range m.Relays {
		out = append(out, ssh.Marshal(struct{ Address string }{address})...)
	}
	return out
}

func (m *Welcome) parseGroup(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	var first struct {
		Generation uint64
		Rest       []byte `ssh:"rest"`
	}
	if err := parse(data, &first, "welcome"); err != nil {
		return err
	}
	m.Generation = first.Generation
	for data = first.Rest; len(data) > 0; {
		var next struct {
			Address string
			Rest    []byte `ssh:"rest"`
		}
		if err := parse(data, &next, "welcome"); err != nil {
			return err
		}
		if !IsRelay(next.Address) || len(m.Relays) == MaxRelays {
			return fmt.Errorf("%w: welcome: more than %d addresses, or one that is none", ErrPayload, MaxRelays)
		}
		m.Relays, data = append(m.Relays, next.Address), next.Rest
	}
	if m.Generation == 0 && len(m.Relays) == 0 {
		return fmt.Errorf("%w: welcome: a group without anything", ErrPayload)
	}
	return nil
}
