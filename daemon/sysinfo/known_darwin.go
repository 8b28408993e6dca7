package sysinfo

import (
	"context"

	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/users"
	"supportd/daemon/sysinfo/withhold"
)

// known is what this computer tells of its users before any section is read.
func known(ctx context.Context, m *machine.Machine) (k withhold.Known) {
	k.Names, k.Service = users.Names(ctx, m)
	return k
}
