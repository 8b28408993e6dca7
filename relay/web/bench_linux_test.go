package web

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/reach"
	"supportd/library/sshd"
)

// BenchmarkTunnel is what SSH makes of each way, both ends in this process. The CPU
// time of both says more than the clock on a machine that others use.
func BenchmarkTunnel(b *testing.B) {
	log, dir := slog.New(slog.DiscardHandler), b.TempDir()
	leaf := testkit.WriteCertificate(b, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), time.Hour, "127.0.0.1")
	certificates, err := FromFiles(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), nil, log)
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	come := make(chan net.Conn, 1)
	take := func(nc net.Conn) { come <- nc }
	site, err := New(Options{SSH: take, Certificates: certificates, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	split, err := reach.NewSplit(reach.SplitOptions{SSH: take, TLS: site.TakeTLS, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{}, 2)
	go func() { site.Serve(ctx); ended <- struct{}{} }()
	go func() { split.Serve(ctx, l); ended <- struct{}{} }()
	defer func() { cancel(); <-ended; <-ended }()
	host := testkit.NewKey(&testing.T{})
	for _, way := range []string{"", "https://"} {
		for _, to := range []string{"relay", "client"} {
			b.Run(map[string]string{"": "direct", "https://": "web"}[way]+"/to "+to, func(b *testing.B) {
				server := make(chan *ssh.ServerConn, 1)
				channels := make(chan ssh.Channel, 1)
				go func() {
					cfg := &ssh.ServerConfig{NoClientAuth: true, Config: sshd.Algorithms()}
					cfg.AddHostKey(host)
					conn, news, requests, err := ssh.NewServerConn(<-come, cfg)
					if err != nil {
						b.Error(err)
						return
					}
					go ssh.DiscardRequests(requests)
					server <- conn
					ch, requests, err := (<-news).Accept()
					if err != nil {
						b.Error(err)
						return
					}
					go ssh.DiscardRequests(requests)
					channels <- ch
				}()
				address, err := reach.ParseAddress(way + l.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				client, err := reach.Connect(ctx, &reach.Dialer{Roots: roots}, []reach.Address{address}, true, func(ctx context.Context, nc net.Conn, known func() error) (ssh.Conn, error) {
					cfg := &ssh.ClientConfig{Config: sshd.Algorithms(), HostKeyCallback: ssh.InsecureIgnoreHostKey()}
					conn, _, requests, err := ssh.NewClientConn(nc, "relay", cfg)
					if err != nil {
						return nil, err
					}
					go ssh.DiscardRequests(requests)
					return conn, known()
				})
				if err != nil {
					b.Fatal(err)
				}
				defer client.Close()
				defer (<-server).Close()
				near, requests, err := client.OpenChannel("bulk", nil)
				if err != nil {
					b.Fatal(err)
				}
				go ssh.DiscardRequests(requests)
				from, into := io.ReadWriter(near), io.ReadWriter(<-channels)
				if to == "client" {
					from, into = into, from
				}
				packet := make([]byte, 1<<20)
				done := make(chan error, 1)
				b.SetBytes(int64(len(packet)))
				before := cpu()
				for b.Loop() {
					go func() { _, err := io.CopyN(io.Discard, into, int64(len(packet))); done <- err }()
					if _, err := from.Write(packet); err != nil {
						b.Fatal(err)
					}
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// cpu is the CPU time of this process.
func cpu() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
