package network

import (
	"testing"
)

func TestParseRoutes(t *testing.T) {
	v4 := parseRoutes4([]byte("Iface Destination Gateway Flags RefCnt Use Metric Mask\neth0 00000000 010200C0 0003 0 0 100 00000000\neth0 000200C0 00000000 0001 0 0 0 00FFFFFF\nbad x y\n"))
	if len(v4) != 2 || v4[0] != (route{"default", "192.0.2.1", "eth0", 100}) || v4[1] != (route{"192.0.2.0/24", "", "eth0", 0}) {
		t.Errorf("%+v", v4)
	}
	v6 := parseRoutes6([]byte("20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0\n"))
	if len(v6) != 1 || v6[0].destination != "2001:db8::/64" || v6[0].metric != 256 {
		t.Errorf("%+v", v6)
	}
}
