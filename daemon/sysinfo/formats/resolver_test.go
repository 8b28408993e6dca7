package formats

import (
	"strings"
	"testing"
)

func TestParseResolver(t *testing.T) {
	servers, search := Resolver([]byte("# c\nnameserver 192.0.2.1\nnameserver\t2001:db8::1\nsearch a.example b.example\noptions x\n"))
	if strings.Join(servers, " ") != "192.0.2.1 2001:db8::1" || strings.Join(search, " ") != "a.example b.example" {
		t.Errorf("%v %v", servers, search)
	}
}

func TestK3S13_WhoMacOSAsksForNames(t *testing.T) {
	servers, search := ScutilDNS([]byte("DNS configuration\n\nresolver #1\n  search domain[0] : corp.example\n  nameserver[0] : 192.0.2.1\n  nameserver[1] : 2001:db8::1\n  if_index : 6 (en0)\n\nresolver #2\n  domain   : local\n  nameserver[0] : 192.0.2.1\n\n" +
		"DNS configuration (for scoped queries)\n\nresolver #1\n  nameserver[0] : 192.0.2.99\n"))
	if strings.Join(servers, " ") != "192.0.2.1 2001:db8::1" || strings.Join(search, " ") != "corp.example" {
		t.Errorf("%v %v", servers, search)
	}
}
