package network

import (
	"encoding/binary"
	"fmt"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S13_WhoIsAskedForNames(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"resolved":       {map[string]string{"etc/resolv.conf": "nameserver 127.0.0.53\noptions edns0\nsearch .\n", "run/systemd/resolve/resolv.conf": "nameserver 192.0.2.1\nnameserver 2001:db8::1%eth0\nsearch corp.example\n"}, "192.0.2.1, 2001:db8::1%eth0 | systemd-resolved, 127.0.0.53"},
		"network":        {map[string]string{"etc/resolv.conf": "nameserver 127.0.1.1\n", "run/NetworkManager/no-stub-resolv.conf": "nameserver 192.0.2.2\n"}, "192.0.2.2 | NetworkManager, 127.0.1.1"},
		"own":            {map[string]string{"etc/resolv.conf": "nameserver ::1\n"}, "::1 | a program of this computer"},
		"direct":         {map[string]string{"etc/resolv.conf": "; c\n# c\nnameserver 192.0.2.3 # the first\nnameserver 127.0.0.1\n"}, "192.0.2.3, 127.0.0.1 | none"},
		"nothing stands": {map[string]string{"etc/resolv.conf": "# empty\n", "run/systemd/resolve/resolv.conf": "nameserver 192.0.2.1\n"}, "192.0.2.1 | none"},
	} {
		d := probes().Ask(t, machinetest.New(machinetest.Tree(c.files)), document.Connections)
		if got := machinetest.Item(t, d, document.Connections, "dns_servers") + " | " + machinetest.Item(t, d, document.Connections, "dns_through"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestK3S13_SocketsOfThisNamespace(t *testing.T) {
	const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	m := machinetest.New(machinetest.Tree(map[string]string{
		"proc/net/tcp": head + "   0: " + word4(127, 0, 0, 1) + ":0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 555 1\n" +
			"   1: " + word4(192, 0, 2, 1) + ":9C40 " + word4(192, 0, 2, 2) + ":0016 01 00000000:00000000 00:00000000 00000000     0        0 556 1\n" +
			"   2: " + word4(192, 0, 2, 1) + ":9C41 " + word4(192, 0, 2, 2) + ":0016 06 00000000:00000000 00:00000000 00000000     0        0 0 1\nbroken\n",
		"proc/net/udp6": head + "   0: " + word4(0, 0, 0, 0) + word4(0, 0, 0, 0) + word4(0, 0, 0xff, 0xff) + word4(192, 0, 2, 1) + ":0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 557 2\n",
		"proc/9/fd/3@":  "socket:[555]", "proc/9/fd/4@": "/dev/null", "proc/9/comm": "cupsd\n",
	}))
	d := probes().Ask(t, m, document.Connections)
	machinetest.Same(t, "sockets", machinetest.Cells(t, machinetest.TableOf(t, d, document.Connections, "sockets"), "protocol", "state", "local_address", "local_port", "remote_address", "remote_port", "pid", "process"),
		"tcp | listen | 127.0.0.1 | 631 | - | - | 9 | cupsd", "tcp | established | 192.0.2.1 | 40000 | 192.0.2.2 | 22 | - | -", "udp | - | 192.0.2.1 | 53 | - | - | - | -")
	if got := machinetest.Item(t, d, document.Connections, "sockets_in_time_wait"); got != "1" {
		t.Errorf("%s", got)
	}
}

// word4 is an address as this processor's kernel writes it.
func word4(a, b, c, d byte) string {
	return fmt.Sprintf("%08X", binary.NativeEndian.Uint32([]byte{a, b, c, d}))
}
