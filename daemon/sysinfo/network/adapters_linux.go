package network

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// link is a network adapter as rtnetlink(7) tells it.
type link struct {
	index                  int32
	name, mac, made, state string // made: by which driver of the kernel, "" for hardware
	loopback, running      bool
	mtu                    uint32
	received, sent, errors uint64
	counted                bool
	addresses              []string
}

func align(n int) int { return (n + 3) &^ 3 }

// messages calls f for the body of each message of that kind.
func messages(b []byte, kind uint16, f func(body []byte)) {
	for len(b) >= unix.SizeofNlMsghdr {
		length := int(binary.NativeEndian.Uint32(b))
		if length < unix.SizeofNlMsghdr || length > len(b) {
			return
		}
		if binary.NativeEndian.Uint16(b[4:]) == kind {
			f(b[unix.SizeofNlMsghdr:length])
		}
		b = b[min(align(length), len(b)):]
	}
}

// attributes calls f for each attribute behind the head of a message.
func attributes(b []byte, f func(kind uint16, value []byte)) {
	for len(b) >= unix.SizeofRtAttr {
		length := int(binary.NativeEndian.Uint16(b))
		if length < unix.SizeofRtAttr || length > len(b) {
			return
		}
		f(binary.NativeEndian.Uint16(b[2:])&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER), b[unix.SizeofRtAttr:length])
		b = b[min(align(length), len(b)):]
	}
}

// parseLinks reads both answers.
func parseLinks(links, addresses []byte) (all []link) {
	at := map[int32]int{}
	messages(links, unix.RTM_NEWLINK, func(b []byte) {
		if len(b) < unix.SizeofIfInfomsg {
			return
		}
		l := link{index: int32(binary.NativeEndian.Uint32(b[4:]))}
		flags := binary.NativeEndian.Uint32(b[8:])
		l.loopback, l.running = flags&unix.IFF_LOOPBACK != 0, flags&unix.IFF_RUNNING != 0
		attributes(b[unix.SizeofIfInfomsg:], l.attribute)
		at[l.index] = len(all)
		all = append(all, l)
	})
	messages(addresses, unix.RTM_NEWADDR, func(b []byte) {
		if len(b) < unix.SizeofIfAddrmsg {
			return
		}
		var own, other []byte // on a point-to-point link the address is the other end's, the local one is ours
		attributes(b[unix.SizeofIfAddrmsg:], func(kind uint16, value []byte) {
			switch kind {
			case unix.IFA_LOCAL:
				own = value
			case unix.IFA_ADDRESS:
				other = value
			}
		})
		if own == nil {
			own = other
		}
		ip, ok := netip.AddrFromSlice(own)
		if i, known := at[int32(binary.NativeEndian.Uint32(b[4:]))]; ok && known {
			all[i].addresses = append(all[i].addresses, fmt.Sprintf("%s/%d", ip, b[1]))
		}
	})
	return all
}

func (l *link) attribute(kind uint16, value []byte) {
	switch kind {
	case unix.IFLA_IFNAME:
		l.name = strings.TrimRight(string(value), "\x00")
	case unix.IFLA_ADDRESS: // of a tunnel it is an IP address, and no address of hardware
		if strings.Trim(string(value), "\x00") != "" && len(value) != 4 && len(value) != 16 {
			l.mac = net.HardwareAddr(value).String()
		}
	case unix.IFLA_MTU:
		if len(value) >= 4 {
			l.mtu = binary.NativeEndian.Uint32(value)
		}
	case unix.IFLA_OPERSTATE:
		if len(value) >= 1 && int(value[0]) < len(operStates) {
			l.state = operStates[value[0]]
		}
	case unix.IFLA_LINKINFO:
		attributes(value, func(kind uint16, value []byte) {
			if kind == unix.IFLA_INFO_KIND {
				l.made = strings.TrimRight(string(value), "\x00")
			}
		})
	case unix.IFLA_STATS64:
		if len(value) >= 8*8 { // packets, bytes, errors, dropped: each received and sent
			n := func(i int) uint64 { return binary.NativeEndian.Uint64(value[8*i:]) }
			l.received, l.sent, l.errors, l.counted = n(2), n(3), n(4)+n(5), true
		}
	}
}

// operStates are those of RFC 2863; loopback and tunnels do not say.
var operStates = []string{"", "not present", "down", "lower layer down", "testing", "dormant", "up"}

// Addresses are the hardware and IP addresses of this computer.
func Addresses(m *machine.Machine) (all []string) {
	if m.Kernel.Links == nil {
		return nil
	}
	links, addresses, _ := m.Kernel.Links()
	for _, l := range parseLinks(links, addresses) {
		all = append(all, l.mac, strings.Join(l.addresses, ", "))
	}
	return all
}

// Adapters fills the category Network: adapters, their addresses and counters.
func Adapters(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	if m.Kernel.Links == nil {
		return document.ErrUnknown
	}
	type dumps struct{ links, addresses []byte }
	d, err := machine.Ask(ctx, m.Hanging, "netlink", machine.MaxLooking, func() (d dumps, err error) {
		d.links, d.addresses, err = m.Kernel.Links()
		return d, err
	})
	all := parseLinks(d.links, d.addresses)
	if err != nil && len(all) == 0 {
		return err
	}
	s.Set("count", len(all))
	t := s.Table("adapters", adapterColumns()...)
	ctx, cancel := machine.Soft(ctx)
	defer cancel()
	start := time.Now()
	unread := 0
	for _, l := range all {
		if l.state == "" {
			l.state = "down"
			if l.running {
				l.state = "up"
			}
		}
		kind, speed := "virtual", any(nil)
		switch {
		case l.loopback:
			kind = "loopback"
		case l.made != "" && l.made != "wwan":
			kind = "virtual (" + l.made + ")"
		case ctx.Err() != nil || time.Since(start) > machine.MaxLooking: // the rest of what is known is shown all the same
			kind, unread = "", unread+1
		default:
			kind, speed = adapterKind(m, l.name, l.running)
		}
		var received, sent, errors any
		if l.counted {
			received, sent, errors = l.received, l.sent, l.errors
		}
		t.Add(l.name, kind, l.state, l.mac, strings.Join(l.addresses, ", "), l.mtu, speed, received, sent, errors)
	}
	if unread > 0 {
		m.Say(fmt.Sprintf("kind and speed of %d adapters were not read: there was no time left", unread))
	}
	t.Fail(err)
	return nil
}

// adapterKind asks the driver of an adapter; virtual ones have none. Reading the
// speed waits for the kernel's lock on the network.
func adapterKind(m *machine.Machine, name string, running bool) (kind string, speed any) {
	dir := "/sys/class/net/" + name
	switch {
	case m.Exists(dir + "/wireless"), m.Exists(dir + "/phy80211"):
		kind = "wireless"
	case strings.Contains(m.Line(dir+"/uevent"), "DEVTYPE=wwan"), strings.HasPrefix(name, "ww"): // so systemd names them
		kind = "mobile"
	case m.Line(dir+"/type") == "32":
		kind = "infiniband"
	case m.Exists(dir + "/device"):
		kind = "ethernet"
	default:
		return "virtual", nil
	}
	if !running {
		return kind, nil
	}
	if mbit, _ := m.Number(dir + "/speed").(int64); mbit > 0 {
		speed = uint64(mbit) * 1e6
	}
	return kind, speed
}
