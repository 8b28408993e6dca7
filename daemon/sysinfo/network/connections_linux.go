package network

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Connections fills the category Connections: name servers, proxy, routes, sockets.
func Connections(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	servers, search, through, err := resolver(m)
	s.Try("dns_servers", strings.Join(servers, ", "), err, document.Addresses)
	s.Set("dns_through", cmp.Or(through, "none"))
	s.Set("dns_search", cmp.Or(strings.Join(search, ", "), "none"))
	setProxy(m, s)
	routes := s.Table("routes", document.Col("destination", document.Addresses), document.Col("gateway", document.Addresses),
		document.Col("interface"), document.Col("metric"))
	v4, err := m.Read("/proc/net/route")
	routes.Fail(err)
	v6, _ := m.Read("/proc/net/ipv6_route")
	for _, r := range append(parseRoutes4(v4), parseRoutes6(v6)...) {
		routes.Add(r.destination, r.gateway, r.device, r.metric)
	}
	all, err := openSockets(m)
	if late := findOwners(ctx, m, all); err == nil {
		err = late
	}
	addSockets(s, all, err, func(pid int32) string { return m.Line(fmt.Sprintf("/proc/%d/comm", pid)) })
	return ctx.Err()
}

// resolver returns the servers that answer for names. Where resolv.conf names only
// a program of this computer, they are the servers that this program asks, and
// through is the program.
func resolver(m *machine.Machine) (servers, search []string, through string, err error) {
	text, err := m.Read("/etc/resolv.conf")
	servers, search = formats.Resolver(text)
	for _, server := range servers {
		if ip, bad := netip.ParseAddr(server); bad != nil || !ip.IsLoopback() {
			return servers, search, "", err
		}
	}
	for _, p := range [][2]string{
		{"/run/systemd/resolve/resolv.conf", "systemd-resolved"}, {"/run/NetworkManager/no-stub-resolv.conf", "NetworkManager"},
		{"/run/NetworkManager/resolv.conf", "NetworkManager"}, {"/run/dnsmasq/resolv.conf", "dnsmasq"}, {"/run/resolvconf/interface/original.resolvconf", "resolvconf"},
		{"/var/run/NetworkManager/resolv.conf", "NetworkManager"},
	} {
		text, bad := m.Read(p[0])
		behind, more := formats.Resolver(text)
		if bad != nil || len(behind) == 0 || strings.Join(behind, " ") == strings.Join(servers, " ") {
			continue
		}
		if len(search) == 0 {
			search = more
		}
		if len(servers) > 0 {
			through = p[1] + ", " + strings.Join(servers, ", ")
		}
		return behind, search, through, nil
	}
	if len(servers) > 0 {
		through = "a program of this computer"
	}
	return servers, search, through, err
}

// openSockets reads the kernel's tables of this network namespace.
func openSockets(m *machine.Machine) (all []socket, err error) {
	found := false
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, bad := m.Read("/proc/net/" + protocol)
		if bad != nil {
			err = cmp.Or(err, bad)
			continue
		}
		found = true
		all = append(all, parseSocketTable(text, protocol[:3])...)
	}
	if found { // a system without IPv6 has no table of it
		err = nil
	}
	return all, err
}

// socketStates are those of include/net/tcp_states.h. A UDP socket without a peer
// is "closed".
var socketStates = map[string]string{
	"01": "ESTABLISHED", "02": "SYN_SENT", "03": "SYN_RECV", "04": "FIN_WAIT1", "05": "FIN_WAIT2", "06": "TIME_WAIT", "07": "CLOSE", "08": "CLOSE_WAIT",
	"09": "LAST_ACK", "0A": "LISTEN", "0B": "CLOSING", "0C": "SYN_RECV",
}

// parseSocketTable reads /proc/net/tcp and the like, proc_net(5).
func parseSocketTable(text []byte, protocol string) (all []socket) {
	formats.Lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
			return true
		}
		c := socket{protocol: protocol, state: socketStates[strings.ToUpper(f[3])]}
		var ok1, ok2 bool
		c.local, c.localPort, ok1 = parseEnd(f[1])
		c.remote, c.remotePort, ok2 = parseEnd(f[2])
		if !ok1 || !ok2 {
			return true
		}
		if protocol == "udp" && c.state == "CLOSE" {
			c.state = "NONE"
		}
		c.inode, _ = strconv.ParseUint(f[9], 10, 64)
		all = append(all, c)
		return true
	})
	return all
}

// parseEnd reads "0100007F:0050": the address as numbers of 32 bits of this
// processor, the port as one.
func parseEnd(s string) (address string, port uint32, ok bool) {
	a, p, _ := strings.Cut(s, ":")
	n, err := strconv.ParseUint(p, 16, 16)
	raw, err2 := hex.DecodeString(a)
	if err != nil || err2 != nil || len(raw)%4 != 0 {
		return "", 0, false
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	ip, ok := netip.AddrFromSlice(raw)
	if !ok {
		return "", 0, false
	}
	return ip.Unmap().String(), uint32(n), true
}

// errOwners is the reason of the sockets when looking through all open files took
// too long.
var errOwners = errors.New("of some sockets the process is not known: there was no time to look at all open files")

// findOwners finds which process holds each socket.
func findOwners(ctx context.Context, m *machine.Machine, all []socket) error {
	ctx, cancel := machine.Soft(ctx)
	defer cancel()
	wanted := map[string][]int{}
	for i, c := range all {
		if c.inode != 0 {
			name := fmt.Sprintf("socket:[%d]", c.inode)
			wanted[name] = append(wanted[name], i)
		}
	}
	for _, name := range m.List("/proc") {
		pid, err := strconv.ParseInt(name, 10, 32)
		if err != nil || len(wanted) == 0 {
			continue
		}
		if ctx.Err() != nil {
			return errOwners
		}
		dir := "/proc/" + name + "/fd"
		for _, fd := range m.List(dir) {
			target := m.Link(dir + "/" + fd)
			for _, i := range wanted[target] {
				all[i].pid = int32(pid)
			}
			delete(wanted, target)
		}
	}
	return nil
}
