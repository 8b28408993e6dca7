package client

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/wire"
)

// N2: whoever finds no place to log in is told so, and not that the relay is none.
func TestN2_AFullRelayIsNamed(t *testing.T) {
	payload := ssh.Marshal(struct {
		Reason         uint32 `sshtype:"1"`
		Text, Language string
	}{wire.ReasonTooManyConnections, wire.Full, ""})
	disconnect := string(binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+4))) + "\x04" + string(payload) + "\x00\x00\x00\x00"
	for name, said := range map[string]string{
		"a line":       wire.Full + "\r\n",
		"a DISCONNECT": wire.Banner("supportd_relay") + "\r\n" + disconnect,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				nc, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = bufio.NewReader(nc).ReadString('\n') // or it would be reset
				_, _ = io.WriteString(nc, said)
				nc.Close()
			}
		}()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = Dial(t.Context(), Options{
			Address: reach.Address{Host: "127.0.0.1", Port: port}, Account: "alice", Keys: []ssh.Signer{testkit.NewKey(t)},
			HostKey: ssh.FingerprintSHA256(testkit.NewKey(t).PublicKey()), Dialer: &reach.Dialer{},
		})
		var told *cmdline.Error
		if !errors.As(err, &told) || !strings.Contains(told.Error(), "too many connections are waiting to log in there") || told.Hint != "try again in a minute" {
			t.Errorf("%s: %v", name, err)
		}
		l.Close()
		<-done
	}
}
