package network

import (
	"bytes"
	"cmp"
	"context"
	"net"
	"strconv"
	"strings"

	psnet "github.com/shirou/gopsutil/v3/net"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Adapters fills the category Network: adapters, their addresses and counters.
func Adapters(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	kinds := map[string]string{}
	ports, _ := m.Profile(ctx, "SPNetworkDataType")
	for _, p := range ports {
		kind := strings.ToLower(p.Text("type"))
		if kind == "airport" {
			kind = "wireless"
		}
		kinds[p.Text("interface")] = kind
	}
	out, err := m.Tool(ctx, "netstat", "-ibn")
	return addAdapters(s, parseCounters(out), err, func(i net.Interface) adapterDetail {
		kind := kinds[i.Name]
		if i.Flags&net.FlagLoopback != 0 {
			kind = "loopback"
		}
		return adapterDetail{kind: cmp.Or(kind, "virtual")}
	})
}

// parseCounters reads netstat -ibn: Name Mtu <Link#n> [address] Ipkts Ierrs
// Ibytes Opkts Oerrs Obytes Coll.
func parseCounters(out []byte) (all []psnet.IOCountersStat) {
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 10 || !strings.HasPrefix(f[2], "<Link") {
			return true
		}
		number := func(fromEnd int) uint64 {
			n, _ := strconv.ParseUint(f[len(f)-fromEnd], 10, 64)
			return n
		}
		all = append(all, psnet.IOCountersStat{Name: strings.TrimSuffix(f[0], "*"), BytesRecv: number(5), BytesSent: number(2), Errin: number(6), Errout: number(3)})
		return true
	})
	return all
}

// Connections fills the category Connections: name servers, proxy, routes, sockets.
func Connections(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	resolver, err := m.Read("/etc/resolv.conf")
	servers, search := formats.Resolver(resolver)
	if known, err := m.Tool(ctx, "scutil", "--dns"); err == nil {
		if asked, in := formats.ScutilDNS(known); len(asked) > 0 {
			servers, search = asked, in
		}
	}
	s.Try("dns_servers", strings.Join(servers, ", "), err, document.Addresses)
	s.Set("dns_search", cmp.Or(strings.Join(search, ", "), "none"))
	out, err := m.Tool(ctx, "scutil", "--proxy")
	proxy := parseProxy(out)
	s.Try("proxy_enabled", proxy["HTTPEnable"] == "1" || proxy["HTTPSEnable"] == "1" || proxy["ProxyAutoConfigEnable"] == "1", err)
	s.Try("http_proxy", cmp.Or(proxy["HTTPProxy"], "none"), err)
	s.Try("https_proxy", cmp.Or(proxy["HTTPSProxy"], "none"), err)
	s.Try("proxy_script", cmp.Or(proxy["ProxyAutoConfigURLString"], "none"), err)
	routes := s.Table("routes", document.Col("destination", document.Addresses), document.Col("gateway", document.Addresses), document.Col("interface"))
	out, err = m.Tool(ctx, "netstat", "-rn")
	routes.Fail(err)
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		if f := strings.Fields(line); len(f) >= 4 && f[0] != "Destination" {
			routes.Add(f[0], f[1], f[3])
		}
		return true
	})
	looking, cancel := context.WithTimeout(ctx, machine.MaxLooking)
	defer cancel()
	out, err = m.Tool(looking, "lsof", "-nP", "-iTCP", "-iUDP", "-FpcPnT")
	sockets, names := parseSockets(out)
	addSockets(s, socketsOf(sockets), err, func(pid int32) string { return names[pid] })
	return nil
}

// parseProxy reads the "Key : value" lines of scutil.
func parseProxy(out []byte) map[string]string {
	values := map[string]string{}
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		if key, value, ok := strings.Cut(line, " : "); ok {
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
		return true
	})
	return values
}

// parseSockets reads lsof -F: a letter, then its value; f begins another file of
// the same process.
func parseSockets(out []byte) (all []psnet.ConnectionStat, names map[int32]string) {
	names = map[int32]string{}
	var pid int32
	var c psnet.ConnectionStat
	flush := func() {
		if c.Laddr.Port != 0 {
			all = append(all, c)
		}
		c = psnet.ConnectionStat{Pid: pid, Status: "NONE"}
	}
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		if line == "" {
			return true
		}
		switch value := line[1:]; line[0] {
		case 'p':
			n, _ := strconv.ParseInt(value, 10, 32)
			flush()
			pid = int32(n)
			c.Pid = pid
		case 'c':
			names[pid] = value
		case 'f':
			flush()
		case 'P':
			c.Type = 1
			if value == "UDP" {
				c.Type = 2
			}
		case 'n':
			local, remote, _ := strings.Cut(value, "->")
			c.Laddr, c.Raddr = endpoint(local), endpoint(remote)
		case 'T':
			if state, ok := strings.CutPrefix(value, "ST="); ok {
				c.Status = state
			}
		}
		return true
	})
	flush()
	return all, names
}

func endpoint(s string) psnet.Addr {
	host, port, err := net.SplitHostPort(s)
	n, err2 := strconv.ParseUint(port, 10, 16)
	if err != nil || err2 != nil {
		return psnet.Addr{}
	}
	return psnet.Addr{IP: host, Port: uint32(n)}
}
