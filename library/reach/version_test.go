package reach

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"
	"testing/synctest"
)

// Another SSH server at 443 of the relay's host is not what stock ssh is led to.
func TestOpenPassesOverOtherServers(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		secure := ca.serves("relay.test", web(w.relay, page))
		w.peers["relay.test:443"] = func(nc net.Conn) {
			first := make([]byte, 1)
			if _, err := io.ReadFull(nc, first); err != nil {
				return
			}
			if first[0] == 'S' {
				io.WriteString(nc, "hello\r\nSSH-2.0-OpenSSH_9.2\r\n")
				return
			}
			secure(&buffered{nc, bufio.NewReader(io.MultiReader(bytes.NewReader(first), nc))})
		}
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		nc, err := Open(t.Context(), d, addresses(t, "relay.test"), true, []byte("SSH-2.0-stock\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if d.Last() != "wss relay.test:443" {
			t.Errorf("the last way is %q", d.Last())
		}
		if half, ok := nc.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
			t.Error("there is no end of our half")
		}
	}))
}
