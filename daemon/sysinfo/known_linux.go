package sysinfo

import (
	"context"

	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/withhold"
)

// peopleOf is what this computer says of those who use it and of itself.
func peopleOf(ctx context.Context, m *machine.Machine) (p withhold.Known) {
	p.Names, p.Service = usersOf(ctx, m)
	p.Serials, p.Addresses = serials(m), ownAddresses(m)
	return p
}
