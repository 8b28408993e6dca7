package web

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/coder/websocket"

	"supportd/library/reach"
)

// BenchmarkWrite is how fast the server writes into a connection, in writes as SSH
// makes them: 4 KiB and the rest of a packet of 32 KiB.
func BenchmarkWrite(b *testing.B) {
	come := make(chan net.Conn, 1)
	take := func(nc net.Conn) { come <- nc }
	log := slog.New(slog.DiscardHandler)
	site, err := New(Options{SSH: take, Plain: true, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	split, err := reach.NewSplit(reach.SplitOptions{SSH: take, HTTP: site.TakeHTTP, Log: log})
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
	for _, way := range []string{"direct", "ws"} {
		b.Run(way, func(b *testing.B) {
			client, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			if way == "ws" {
				_, _, err = websocket.Dial(ctx, "http://relay.example"+reach.WebPath, &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{
					DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil },
				}}})
			} else {
				_, err = io.WriteString(client, "SSH-")
			}
			if err != nil {
				b.Fatal(err)
			}
			server := <-come
			done := make(chan struct{})
			go func() { defer close(done); io.Copy(io.Discard, client) }()
			packet := make([]byte, 32<<10+64)
			b.SetBytes(int64(len(packet)))
			for b.Loop() {
				for _, part := range [][]byte{packet[:4096], packet[4096:]} {
					if _, err := server.Write(part); err != nil {
						b.Fatal(err)
					}
				}
			}
			server.Close()
			<-done
		})
	}
}
