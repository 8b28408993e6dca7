//go:build linux

package customers

import (
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
)

// serve leads what comes through the tunnel to the target, as "ssh -R" does.
func (spec Spec) serve(channels <-chan ssh.NewChannel) {
	for nc := range channels {
		if spec.Target == "" {
			_ = nc.Reject(ssh.ConnectionFailed, "this tunnel leads nowhere")
			continue
		}
		go func() {
			if err := lead(nc, spec.Target); err != nil {
				fmt.Fprintln(os.Stderr, "bench: tunnel:", err)
			}
		}()
	}
}

func lead(nc ssh.NewChannel, target string) error {
	to, err := net.Dial("tcp", target)
	if err != nil {
		return nc.Reject(ssh.ConnectionFailed, err.Error())
	}
	defer to.Close()
	ch, requests, err := nc.Accept()
	if err != nil {
		return err
	}
	defer ch.Close()
	go ssh.DiscardRequests(requests)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(ch, to)
		_ = ch.CloseWrite()
	}()
	_, _ = io.Copy(to, ch)
	_ = to.(*net.TCPConn).CloseWrite()
	<-back
	return nil
}
