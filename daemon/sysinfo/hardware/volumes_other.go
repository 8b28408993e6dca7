//go:build !linux

package hardware

import (
	"context"
	"slices"

	"github.com/shirou/gopsutil/v3/disk"

	"supportd/daemon/sysinfo/machine"
)

// mountedVolumes lists mounted volumes.
func mountedVolumes(ctx context.Context, m *machine.Machine) (list []volume, err error) {
	all, err := disk.PartitionsWithContext(ctx, true)
	if err != nil && len(all) == 0 {
		return nil, err
	}
	for _, p := range all {
		if !virtualVolume(p.Fstype, p.Mountpoint) {
			list = append(list, volume{mount: p.Mountpoint, device: p.Device, fstype: p.Fstype, readOnly: slices.Contains(p.Opts, "ro")})
		}
	}
	return list, nil
}
