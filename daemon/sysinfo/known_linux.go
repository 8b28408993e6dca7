package sysinfo

import "context"

// peopleOf is what this computer says of those who use it and of itself.
func peopleOf(ctx context.Context, m *machine) (p people) {
	p.names, p.service = usersOf(ctx, m)
	p.serials, p.addresses = serials(m), ownAddresses(m)
	return p
}
