package sysinfo

import "context"

// peopleOf is what this computer says of those who use it.
func peopleOf(ctx context.Context, m *machine) (p people) {
	p.names, p.service = usersOf(ctx, m)
	return p
}
