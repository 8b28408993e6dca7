package relay

import "slices"

// SetNames changes what the relay is called from now on: see [Options.Names].
func (r *Relay) SetNames(names []string) error {
	for _, name := range names {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	names = slices.Clone(names)
	r.names.Store(&names)
	return nil
}

// SetWeb says where customers reach the join page, without a slash at the end: see
// [wire.CheckWeb]. "" is nowhere.
func (r *Relay) SetWeb(address string) {
	if address == "" {
		r.web.Store(nil)
		return
	}
	r.web.Store(&address)
}
