package sysinfo

import (
	"context"

	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/withhold"
)

// peopleOf is what this computer says of those who use it.
func peopleOf(ctx context.Context, m *machine.Machine) (p withhold.Known) {
	p.Names, p.Service = usersOf(ctx, m)
	return p
}
