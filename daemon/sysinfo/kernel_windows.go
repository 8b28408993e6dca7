package sysinfo

import (
	"context"
	"os"

	"github.com/shirou/gopsutil/v3/disk"
)

// kernel answers what neither a file nor a tool tells. A nil function cannot be
// asked: a machine of a test is not answered for by the one that runs it.
type kernel struct {
	hostname func() (string, error)
	space    func(path string) (space, error)
}

func thisKernel() kernel {
	return kernel{hostname: os.Hostname, space: askSpace}
}

// busy has no answer here that comes at once.
func (m *machine) busy() bool { return false }

func askSpace(path string) (space, error) {
	u, err := disk.UsageWithContext(context.Background(), path)
	if err != nil {
		return space{}, err
	}
	return space{size: u.Total, used: u.Used, free: u.Free}, nil
}
