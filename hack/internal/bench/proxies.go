//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// proxiedHost is a relay that only the proxies know: there is no such name (RFC 6761
// section 6.4), and programs ask no proxy for an address of this computer.
const proxiedHost = "relay.invalid"

// proxies are an HTTP proxy and a SOCKS5 proxy, which lead port 443 of proxiedHost
// to a relay.
type proxies struct {
	http, socks net.Listener
	serving     sync.WaitGroup
}

func startProxies(to string) (*proxies, error) {
	p := &proxies{}
	var err error
	if p.http, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if p.socks, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, p.http.Close())
	}
	p.serving.Go(func() { p.serve(p.http, to, askHTTP) })
	p.serving.Go(func() { p.serve(p.socks, to, askSOCKS) })
	return p, nil
}

// stop waits for the clients to go.
func (p *proxies) stop() {
	p.http.Close()
	p.socks.Close()
	p.serving.Wait()
}

// serve leads whoever asks for the relay there.
func (p *proxies) serve(l net.Listener, to string, ask func(*bufio.Reader, io.Writer) error) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		p.serving.Go(func() {
			defer nc.Close()
			in := bufio.NewReader(nc)
			if ask(in, nc) != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer far.Close()
			p.serving.Go(func() {
				_, _ = io.Copy(far, in)
				far.Close()
			})
			_, _ = io.Copy(nc, far)
		})
	}
}

var errOtherHost = errors.New("another host than the relay's 443")

// askHTTP reads a CONNECT (RFC 9110 section 9.3.6).
func askHTTP(in *bufio.Reader, out io.Writer) error {
	req, err := http.ReadRequest(in)
	if err != nil {
		return err
	}
	if req.Method != http.MethodConnect || req.RequestURI != proxiedHost+":443" {
		_, _ = io.WriteString(out, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		return errOtherHost
	}
	_, err = io.WriteString(out, "HTTP/1.1 200 OK\r\n\r\n")
	return err
}

// askSOCKS reads what RFC 1928 sections 3 and 4 call greeting and request.
func askSOCKS(in *bufio.Reader, out io.Writer) error {
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return err
	}
	if _, err := in.Discard(int(head[1])); err != nil {
		return err
	}
	if _, err := out.Write([]byte{5, 0}); err != nil {
		return err
	}
	request := make([]byte, 4+1+len(proxiedHost)+2)
	if _, err := io.ReadFull(in, request); err != nil {
		return err
	}
	wanted := binary.BigEndian.AppendUint16(fmt.Appendf([]byte{5, 1, 0, 3, byte(len(proxiedHost))}, proxiedHost), 443)
	answer := []byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	if string(request) != string(wanted) {
		answer[1] = 2 // not allowed
	}
	if _, err := out.Write(answer); err != nil || answer[1] != 0 {
		return errors.Join(err, errOtherHost)
	}
	return nil
}
