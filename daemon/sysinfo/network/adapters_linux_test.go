package network

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

// attribute is one of rtnetlink's, with its padding.
func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(len(value)+4))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	return append(b, make([]byte, align(len(b))-len(b))...)
}

func message(kind uint16, body ...[]byte) []byte {
	all := []byte{}
	for _, part := range body {
		all = append(all, part...)
	}
	b := binary.NativeEndian.AppendUint32(nil, uint32(len(all)+16))
	b = binary.NativeEndian.AppendUint16(b, kind)
	return append(append(b, make([]byte, 10)...), all...)
}

// manyLinks are n adapters with one address of IPv4 and one of IPv6 each.
func manyLinks(n int) (links, addresses []byte) {
	for i := range n {
		head := make([]byte, unix.SizeofIfInfomsg)
		binary.NativeEndian.PutUint32(head[4:], uint32(i+1))
		binary.NativeEndian.PutUint32(head[8:], unix.IFF_UP|unix.IFF_RUNNING)
		stats := make([]byte, 24*8)
		binary.NativeEndian.PutUint64(stats[16:], uint64(i)+1<<33)
		links = append(links, message(unix.RTM_NEWLINK, head, attribute(unix.IFLA_IFNAME, fmt.Appendf(nil, "veth%04d\x00", i)), attribute(unix.IFLA_ADDRESS, []byte{2, 0, 0, 0, byte(i >> 8), byte(i)}),
			attribute(unix.IFLA_MTU, binary.NativeEndian.AppendUint32(nil, 1500)), attribute(unix.IFLA_OPERSTATE, []byte{6}), attribute(unix.IFLA_STATS64, stats),
			attribute(unix.IFLA_LINKINFO, attribute(unix.IFLA_INFO_KIND, []byte("veth\x00"))))...)
		for _, ip := range [][]byte{{10, 0, byte(i >> 8), byte(i)}, append([]byte{0xfe, 0x80}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(i>>8), byte(i))} {
			head := []byte{unix.AF_INET, 24, 0, 0, 0, 0, 0, 0}
			binary.NativeEndian.PutUint32(head[4:], uint32(i+1))
			addresses = append(addresses, message(unix.RTM_NEWADDR, head, attribute(unix.IFA_ADDRESS, ip))...)
		}
	}
	return links, addresses
}

func TestK3S5_ThreeThousandAdaptersFromTwoAnswers(t *testing.T) {
	links, addresses := manyLinks(3000)
	asks := 0
	m := machinetest.New(machinetest.Tree(nil))
	m.Kernel.Links = func() ([]byte, []byte, error) { asks++; return links, addresses, nil }
	start := time.Now()
	d := probes().Ask(t, m, document.Network)
	table := machinetest.TableOf(t, d, document.Network, "adapters")
	t.Logf("%d adapters in %v", len(table.Rows), time.Since(start))
	if asks != 1 || len(table.Rows) != 3000 || table.Omitted != 0 || machinetest.Item(t, d, document.Network, "count") != "3000" || machinetest.SectionOf(t, d, document.Network).Reason != "" {
		t.Errorf("%d asks, %d rows and %d left out, %q", asks, len(table.Rows), table.Omitted, machinetest.SectionOf(t, d, document.Network).Reason)
	}
	got := machinetest.Cells(t, table, "name", "kind", "state", "mac_address", "ip_addresses", "mtu", "received")
	if want := "veth2999 | virtual (veth) | up | 02:00:00:00:0b:b7 | 10.0.11.183/24, fe80::bb7/24 | 1500 | 8589937591"; got[2999] != want {
		t.Errorf("%s", got[2999])
	}
	text, _ := machinetest.Both(t, d)
	if !strings.Contains(text, "Adapters (3000)") {
		t.Error("the heading has another count")
	}
	links, addresses = manyLinks(3)
	for cut := range len(addresses) { // half answers break nothing
		parseLinks(links[:max(len(links)-cut, 0)], addresses[:len(addresses)-cut])
	}
}

// More than a table may have is counted.
func TestK3S5_TheCountIsTrueBeyondTheLimit(t *testing.T) {
	links, addresses := manyLinks(document.MaxRows + 500)
	m := machinetest.New(machinetest.Tree(nil))
	m.Kernel.Links = func() ([]byte, []byte, error) { return links, addresses, nil }
	d := probes().Ask(t, m, document.Network)
	table := machinetest.TableOf(t, d, document.Network, "adapters")
	if len(table.Rows)+table.Omitted != document.MaxRows+500 || machinetest.Item(t, d, document.Network, "count") != fmt.Sprint(document.MaxRows+500) {
		t.Errorf("%d and %d", len(table.Rows), table.Omitted)
	}
}

// What this computer's kernel says is the same by netlink and by its files.
func TestK3S5_RealAdapters(t *testing.T) {
	links, addresses, err := machine.New(&machine.Guard{}).Kernel.Links()
	if err != nil {
		t.Skip(err)
	}
	entries, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Skip(err)
	}
	names := map[string]bool{}
	for _, l := range parseLinks(links, addresses) {
		names[l.name] = true
	}
	for _, e := range entries {
		if !names[e.Name()] && e.Name() != "bonding_masters" {
			t.Errorf("no %s", e.Name())
		}
	}
}

func FuzzNetwork(f *testing.F) {
	links, addresses := manyLinks(2)
	f.Add(append(links, addresses...))
	f.Add([]byte("eth0 00000000 010200C0 3 0 0 100 00000000\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parseRoutes4(b)
		parseRoutes6(b)
		parseSocketTable(b, "tcp")
		parseLinks(b, b)
	})
}
