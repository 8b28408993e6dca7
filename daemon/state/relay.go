package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"supportd/library/reach"
)

// Relay is where the relay of a support session is, and how it is known.
type Relay struct {
	Addresses []reach.Address
	Keys      []string // fingerprints of host keys, SHA256:…; who has any of them is the relay
	Way       string   // the one that worked last, as [reach.Dialer.Last] says it; "" is none
	Proxy     string   // that the system named then, as a URL without a user; "" is none
}

// String is its addresses, harmless to show.
func (r Relay) String() string { return strings.Join(r.addresses(), ", ") }

func (r Relay) addresses() []string {
	list := make([]string, len(r.Addresses))
	for i, a := range r.Addresses {
		list[i] = a.String()
	}
	return list
}

// Has reports whether an address of it is at this host.
func (r Relay) Has(host string) bool {
	return slices.ContainsFunc(r.Addresses, func(a reach.Address) bool { return a.Host == host })
}

// Clone is a copy that shares nothing that changes.
func (r Relay) Clone() Relay {
	r.Addresses, r.Keys = slices.Clone(r.Addresses), slices.Clone(r.Keys)
	return r
}

// Group is what the relay has told of the group that it is in. It goes with the support
// session.
type Group struct {
	// Generation is the highest of a lease that the support session has had.
	Generation uint64 `json:"generation,omitempty"`
	// Relays are more addresses, as the relay told them last: hostile until they are
	// checked. The list is replaced, never changed.
	Relays []string `json:"relays,omitempty"`
	// Inside is [reach.Inside] of where an address led that the customer was given.
	Inside string `json:"inside,omitempty"`
}

// relayFile is a relay in a file.
type relayFile struct {
	Addresses []string `json:"addresses"`
	Keys      []string `json:"keys"`
	Way       string   `json:"way,omitempty"`
	Proxy     string   `json:"proxy,omitempty"`
}

// MarshalJSON implements [json.Marshaler].
func (r Relay) MarshalJSON() ([]byte, error) {
	return json.Marshal(relayFile{r.addresses(), r.Keys, r.Way, r.Proxy})
}

// UnmarshalJSON implements [json.Unmarshaler]. Files of version 0.1 have one address
// and no more, see [older].
func (r *Relay) UnmarshalJSON(data []byte) error {
	var one string
	var file relayFile
	if json.Unmarshal(data, &one) == nil {
		file.Addresses = []string{one}
	} else if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	*r = Relay{Keys: file.Keys, Way: file.Way, Proxy: file.Proxy}
	for _, s := range file.Addresses {
		a, err := reach.ParseAddress(s)
		if err != nil {
			return err
		}
		r.Addresses = append(r.Addresses, a)
	}
	return nil
}

// older is what files of version 0.1 have beside the relay's only address.
type older struct {
	RelayKey string `json:"relay_key"`
}

// adopt completes a relay that was read from a file.
func (r *Relay) adopt(o older) error {
	if len(r.Keys) == 0 && o.RelayKey != "" {
		r.Keys = []string{o.RelayKey}
	}
	return r.Check()
}

// errNoRelay is why a relay cannot be reached or known.
var errNoRelay = errors.New("the relay has no address or no key")

// Check reports what a relay lacks: without a key anyone could pretend to be it.
func (r Relay) Check() error {
	if len(r.Addresses) == 0 || len(r.Keys) == 0 || slices.Contains(r.Keys, "") {
		return fmt.Errorf("%w: %d addresses, %d keys", errNoRelay, len(r.Addresses), len(r.Keys))
	}
	return nil
}
