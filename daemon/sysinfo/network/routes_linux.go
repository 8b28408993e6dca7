package network

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// setProxy sets what programs of the session are told about a proxy.
func setProxy(m *machine.Machine, s *document.Sheet) {
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy"} {
		s.Set(name, cmp.Or(m.Variable(name), "none"))
	}
}

type route struct {
	destination, gateway, device string
	metric                       uint64
}

// parseRoutes4 reads /proc/net/route: addresses are the bytes of the packet, read
// as a number of this processor.
func parseRoutes4(text []byte) (routes []route) {
	formats.Lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 8 {
			return true
		}
		destination, ok1 := address4(f[1])
		gateway, ok2 := address4(f[2])
		mask, ok3 := address4(f[7])
		metric, err := strconv.ParseUint(f[6], 10, 32)
		if !ok1 || !ok2 || !ok3 || err != nil {
			return true
		}
		ones := 0
		for _, b := range mask.AsSlice() {
			for ; b != 0; b <<= 1 {
				ones++
			}
		}
		device := f[0]
		if device == "*" { // blackhole, unreachable, prohibit: ip-route(8)
			device = "none, it is refused"
		}
		routes = append(routes, newRoute(destination, ones, gateway, device, metric))
		return true
	})
	return routes
}

func address4(s string) (netip.Addr, bool) {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != 8 {
		return netip.Addr{}, false
	}
	b := make([]byte, 4)
	binary.NativeEndian.PutUint32(b, uint32(n))
	return netip.AddrFromSlice(b)
}

// parseRoutes6 reads /proc/net/ipv6_route without the routes of the loopback.
func parseRoutes6(text []byte) (routes []route) {
	formats.Lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 10 || f[9] == "lo" {
			return true
		}
		destination, ok1 := address6(f[0])
		gateway, ok2 := address6(f[4])
		bits, err1 := strconv.ParseUint(f[1], 16, 8)
		metric, err2 := strconv.ParseUint(f[5], 16, 32)
		if !ok1 || !ok2 || err1 != nil || err2 != nil || destination.IsMulticast() {
			return true
		}
		routes = append(routes, newRoute(destination, int(bits), gateway, f[9], metric))
		return true
	})
	return routes
}

func address6(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 16 {
		return netip.Addr{}, false
	}
	return netip.AddrFromSlice(b)
}

func newRoute(destination netip.Addr, bits int, gateway netip.Addr, device string, metric uint64) route {
	r := route{destination: fmt.Sprintf("%s/%d", destination, bits), device: device, metric: metric}
	if bits == 0 {
		r.destination = "default"
	}
	if !gateway.IsUnspecified() {
		r.gateway = gateway.String()
	}
	return r
}
