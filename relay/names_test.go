package relay

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"supportd/library/wire"
)

// arrived is a connection that seems to have come to another port.
type arrived struct {
	net.Conn
	port int
}

func (a arrived) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: a.port} }

type arrivals struct {
	net.Listener
	port int
}

func (a arrivals) Accept() (net.Conn, error) {
	nc, err := a.Listener.Accept()
	return arrived{nc, a.port}, err
}

// A name without a port means every way to those who have our programs, and plain
// ssh is told a port.
func TestNamesWithoutAPort(t *testing.T) {
	for port, want := range map[int]string{22: "22", 2222: "2222", 443: "443", 40123: "2222"} {
		t.Run(strconv.Itoa(port), func(t *testing.T) {
			w := newWorld(t, nil)
			listen := w.listen
			w.listen = func() net.Listener { return arrivals{listen(), port} }
			w.restart(func(o *Options) { o.Names = []string{"relay.example.org"} })
			alice := w.login("alice", w.account("alice", false))
			out, told, _ := alice.run("", "session start")
			n, err := wire.ParseNumber(strings.TrimSpace(out))
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{" --relay relay.example.org --relay-key ", "ssh -J alice@relay.example.org:" + want + " alice@" + n.Host() + " sysinfo\n"} {
				if !strings.Contains(told, line) {
					t.Errorf("%q does not say %q", told, line)
				}
			}
			for command, hint := range map[string]string{"status": "ssh -J alice@relay.example.org:" + want + " NUMBER", "scp -f x": "sftp -J alice@relay.example.org:" + want + " NUMBER"} {
				if _, told, _ := alice.run("", command); !strings.Contains(told, hint) {
					t.Errorf("%s: %q does not say %q", command, told, hint)
				}
			}
			if hosts := alice.ok("known-hosts"); !strings.Contains(hosts, "\nrelay.example.org,[relay.example.org]:2222,[relay.example.org]:443 ssh-ed25519 ") {
				t.Error(hosts)
			}
		})
	}
}
