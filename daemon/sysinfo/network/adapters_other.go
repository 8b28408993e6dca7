//go:build !linux

package network

import (
	"net"
	"strings"

	psnet "github.com/shirou/gopsutil/v3/net"

	"supportd/daemon/sysinfo/document"
)

// adapterDetail is what only the system knows about an adapter.
type adapterDetail struct {
	kind  string // ethernet, wireless, virtual, loopback …
	state string
	speed uint64 // bits per second, 0 when not known
	// addresses are nil when they have to be asked for one adapter at a time
	addresses []string
}

// addAdapters lists network adapters with their addresses and counters.
func addAdapters(s *document.Sheet, stats []psnet.IOCountersStat, statsErr error, detail func(net.Interface) adapterDetail) error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	counters := map[string]psnet.IOCountersStat{}
	for _, c := range stats {
		counters[c.Name] = c
	}
	s.Set("count", len(interfaces))
	t := s.Table("adapters", adapterColumns()...)
	for _, i := range interfaces {
		d := detail(i)
		if d.state == "" {
			d.state = "down"
			if i.Flags&net.FlagRunning != 0 {
				d.state = "up"
			}
		}
		if d.addresses == nil {
			d.addresses = addressesOf(i)
		}
		var speed, received, sent, errors any
		if d.speed > 0 {
			speed = d.speed
		}
		if c, ok := counters[i.Name]; ok {
			received, sent, errors = c.BytesRecv, c.BytesSent, c.Errin+c.Errout
		}
		t.Add(i.Name, d.kind, d.state, i.HardwareAddr.String(), strings.Join(d.addresses, ", "), i.MTU, speed, received, sent, errors)
	}
	t.Fail(statsErr)
	return nil
}

func addressesOf(i net.Interface) []string {
	found, _ := i.Addrs()
	texts := make([]string, 0, len(found))
	for _, a := range found {
		texts = append(texts, a.String())
	}
	return texts
}
