package sysinfo

import "context"

// peopleOf is what this computer says of those who use it and of itself.
func peopleOf(ctx context.Context, m *machine) (p people) {
	p.names, p.service = usersOf(ctx, m)
	p.serials = serials(ctx, m)
	return p
}
