package network

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// S5: a tunnel has an IP address where others have one of hardware; modems are known by
// what the kernel says of them.
func TestK3S5_TunnelsAndModems(t *testing.T) {
	var links []byte
	for i, l := range []struct {
		name    string
		address []byte
	}{
		{"tunl0", []byte{10, 0, 0, 1}}, {"ip6tnl0", append([]byte{0x20, 1}, make([]byte, 14)...)}, {"ib0", append([]byte{0x80}, make([]byte, 19)...)}, {"eth0", []byte{2, 0, 0, 0, 0, 1}},
		{"wwx001e101f0000", []byte{0, 0x1e, 0x10, 0x1f, 0, 0}}, {"modem", nil},
	} {
		head := make([]byte, unix.SizeofIfInfomsg)
		binary.NativeEndian.PutUint32(head[4:], uint32(i+1))
		links = append(links, message(unix.RTM_NEWLINK, head, attribute(unix.IFLA_IFNAME, []byte(l.name+"\x00")), attribute(unix.IFLA_ADDRESS, l.address))...)
	}
	m := machinetest.New(machinetest.Tree(map[string]string{
		"sys/class/net/wwx001e101f0000/device/x": "", "sys/class/net/modem/uevent": "DEVTYPE=wwan\nINTERFACE=modem\n", "sys/class/net/eth0/device/x": "", "sys/class/net/ib0/type": "32\n",
	}))
	m.Kernel.Links = func() ([]byte, []byte, error) { return links, nil, nil }
	d := probes().Ask(t, m, document.Network)
	machinetest.Same(t, "adapters", machinetest.Cells(t, machinetest.TableOf(t, d, document.Network, "adapters"), "name", "kind", "mac_address"),
		"tunl0 | virtual | -", "ip6tnl0 | virtual | -", "ib0 | infiniband | 80:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00", "eth0 | ethernet | 02:00:00:00:00:01",
		"wwx001e101f0000 | mobile | 00:1e:10:1f:00:00", "modem | mobile | -")
}

// S5: a route that leads nowhere is said to.
func TestK3S5_RoutesThatLeadNowhere(t *testing.T) {
	const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	m := machinetest.New(machinetest.Tree(map[string]string{"proc/net/route": head + "*\t00004D0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\nv0\t00000000\tFE01010A\t0003\t0\t0\t5\t00000000\t0\t0\t0\n"}))
	machinetest.Same(t, "routes", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Connections), document.Connections, "routes"), "destination", "gateway", "interface", "metric"),
		"10.77.0.0/16 | - | none, it is refused | 0", "default | 10.1.1.254 | v0 | 5")
}
