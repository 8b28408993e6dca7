package network

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"unsafe"

	psnet "github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// adapters asks Windows for its adapters, by index.
func adapters() (map[int]*windows.IpAdapterAddresses, error) {
	size := uint32(16 << 10)
	for range 4 { // adapters may come while we ask
		buffer := make([]byte, size)
		head := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buffer[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, 0, 0, head, &size)
		if errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all := map[int]*windows.IpAdapterAddresses{}
		for a := head; a != nil; a = a.Next {
			all[int(a.IfIndex)] = a
		}
		return all, nil
	}
	return nil, document.ErrUnknown
}

// Adapters fills the category Network: adapters, their addresses and counters.
func Adapters(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	all, err := adapters()
	if err != nil {
		return err
	}
	stats, err := machine.Ask(ctx, m.Hanging, "counters", machine.MaxLooking, func() ([]psnet.IOCountersStat, error) {
		return psnet.IOCountersWithContext(ctx, true)
	})
	return addAdapters(s, stats, err, func(i net.Interface) (d adapterDetail) {
		a := all[i.Index]
		if a == nil {
			return d
		}
		d.kind = machine.NameOf(a.IfType, map[uint32]string{6: "ethernet", 23: "virtual", 24: "loopback", 53: "virtual", 71: "wireless", 131: "virtual", 243: "mobile", 244: "mobile"})
		d.state = machine.NameOf(a.OperStatus, map[uint32]string{1: "up", 2: "down", 5: "dormant", 6: "not present", 7: "lower layer down"})
		d.addresses = []string{}
		for u := a.FirstUnicastAddress; u != nil; u = u.Next {
			if ip := u.Address.IP(); ip != nil {
				d.addresses = append(d.addresses, fmt.Sprintf("%s/%d", ip, u.OnLinkPrefixLength))
			}
		}
		if a.TransmitLinkSpeed != ^uint64(0) {
			d.speed = a.TransmitLinkSpeed
		}
		return d
	})
}

// Connections fills the category Connections: name servers, proxy, routes, sockets.
func Connections(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	all, err := adapters()
	var servers, search []string
	seen := map[string]bool{}
	for _, a := range all {
		if a.OperStatus != windows.IfOperStatusUp {
			continue
		}
		for d := a.FirstDnsServerAddress; d != nil; d = d.Next {
			if ip := d.Address.IP(); ip != nil && !seen[ip.String()] {
				seen[ip.String()] = true
				servers = append(servers, ip.String())
			}
		}
		if suffix := windows.UTF16PtrToString(a.DnsSuffix); suffix != "" {
			search = append(search, suffix)
		}
	}
	s.Try("dns_servers", strings.Join(servers, ", "), err, document.Addresses)
	s.Set("dns_search", cmp.Or(strings.Join(search, ", "), "none"))
	const internet = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	on, err := machine.RegNumber(registry.CURRENT_USER, internet, "ProxyEnable")
	if errors.Is(err, fs.ErrNotExist) { // never set
		err = nil
	}
	s.Try("proxy_enabled", on == 1, err)
	s.Set("proxy", cmp.Or(machine.RegText(registry.CURRENT_USER, internet, "ProxyServer"), "none"))
	s.Set("proxy_script", cmp.Or(machine.RegText(registry.CURRENT_USER, internet, "AutoConfigURL"), "none"))
	sockets, err := machine.Ask(ctx, m.Hanging, "sockets", machine.MaxLooking, func() ([]psnet.ConnectionStat, error) {
		return psnet.ConnectionsWithContext(ctx, "inet")
	})
	addSockets(s, socketsOf(sockets), err, func(pid int32) string {
		p := process.Process{Pid: pid}
		name, _ := p.NameWithContext(ctx)
		return name
	})
	routes := s.Table("routes", document.Col("destination", document.Addresses), document.Col("gateway", document.Addresses),
		document.Col("interface"), document.Col("metric"))
	found, err := machine.Query[struct {
		DestinationPrefix, NextHop, InterfaceAlias string
		RouteMetric                                uint16
	}](ctx, m, machine.NetCIM, "MSFT_NetRoute", "")
	routes.Fail(err)
	for _, r := range found {
		routes.Add(r.DestinationPrefix, r.NextHop, r.InterfaceAlias, r.RouteMetric)
	}
	return nil
}
