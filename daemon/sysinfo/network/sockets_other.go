//go:build !linux

package network

import psnet "github.com/shirou/gopsutil/v3/net"

// socketsOf are the sockets that gopsutil found, in the form of this package.
func socketsOf(stats []psnet.ConnectionStat) []socket {
	const datagram = 2
	all := make([]socket, 0, len(stats))
	for _, c := range stats {
		k := socket{protocol: "tcp", state: c.Status, local: c.Laddr.IP, remote: c.Raddr.IP, localPort: c.Laddr.Port, remotePort: c.Raddr.Port, pid: c.Pid}
		if c.Type == datagram {
			k.protocol = "udp"
		}
		all = append(all, k)
	}
	return all
}
