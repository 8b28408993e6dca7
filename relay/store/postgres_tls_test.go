package store

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"supportd/relay/store/postgres"
)

// M6: what is sent together is one record of TLS, also on a new connection: each has a system
// call of its own, and a relay that is stopped between two of them keeps the writer's lock.
func TestM6_WhatIsSentTogetherIsOneRecord(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan []int, 1)
	go func() {
		var r records
		defer func() { seen <- r.lengths }()
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		if _, err := pgproto3.NewBackend(c, c).ReceiveStartupMessage(); err != nil { // may it be TLS?
			return
		}
		if _, err := c.Write([]byte("S")); err != nil {
			return
		}
		r.Conn = c
		secure := tls.Server(&r, selfSigned(t))
		answer(secure, "17.0")
		b := pgproto3.NewBackend(secure, secure)
		if _, err := b.Receive(); err != nil { // whether a commit waits for the disk
			return
		}
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 0")})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		if err := b.Flush(); err == nil {
			_, _ = b.Receive()
		}
	}()
	address, err := postgres.ParseAddress("postgres://u@" + l.Addr().String() + "/n?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	const many = 12 << 10 // bytes
	db := address.Open(postgres.Options{})
	if _, err := db.ExecContext(t.Context(), "SELECT 1 -- "+strings.Repeat("x", many)); err == nil {
		t.Error("nobody has answered, and it went well")
	}
	_ = db.Close()
	_ = l.Close()
	if lengths := <-seen; len(lengths) == 0 || slices.Max(lengths) < many {
		t.Errorf("records of %v bytes", lengths)
	}
}

// records notes how long each record of TLS is (RFC 8446 section 5.1).
type records struct {
	net.Conn
	lengths []int
	left    int // of the record that is read
}

// Read reads no further than to the end of a record or of its header.
func (r *records) Read(p []byte) (int, error) {
	if r.left == 0 {
		header := make([]byte, 5)
		if len(p) < len(header) {
			return 0, io.ErrShortBuffer
		}
		if _, err := io.ReadFull(r.Conn, header); err != nil {
			return 0, err
		}
		r.left = int(binary.BigEndian.Uint16(header[3:]))
		r.lengths = append(r.lengths, r.left)
		return copy(p, header), nil
	}
	n, err := r.Conn.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

func selfSigned(t *testing.T) *tls.Config {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Error(err)
	}
	der, err := x509.CreateCertificate(nil, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, public, private)
	if err != nil {
		t.Error(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}}}
}
