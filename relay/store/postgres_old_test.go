package store

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"supportd/relay/store/postgres"
)

// A server that is older than what is tested is refused with what to do, before anything is
// made there.
func TestAnOldServerIsRefused(t *testing.T) {
	for version, refused := range map[string]bool{
		"12.22 (Debian 12.22-1)": true, "9.6.24": true, "13.0": false, "13.23 (Debian 13.23-0+deb11u1)": false, "19devel": false, "unknown": false,
	} {
		at := answering(t, version)
		_, err := Open(t.Context(), at, time.Minute)
		if err == nil || errors.Is(err, ErrUnsuitable) != refused || strings.Contains(err.Error(), "the server is PostgreSQL "+version+", and relays are tested with 13 and newer: update it") != refused {
			t.Errorf("%s: %v", version, err)
		}
	}
	if postgres.Oldest != 13 {
		t.Error("README and hack/fresh name the oldest server, too")
	}
}

// answering is the address of a server that lets everybody in, and does nothing more than
// to say that it takes writes.
func answering(t *testing.T, version string) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answer(c, version)
			_ = c.Close()
		}
	}()
	return "postgres://u@" + l.Addr().String() + "/n?sslmode=disable"
}

func answer(c net.Conn, version string) {
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	b := pgproto3.NewBackend(c, c)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationOk{})
	for name, value := range map[string]string{"server_version": version, "server_encoding": "UTF8", "standard_conforming_strings": "on", "client_encoding": "UTF8"} {
		b.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if b.Flush() != nil {
		return
	}
	if _, err := b.Receive(); err != nil { // SHOW transaction_read_only
		return
	}
	b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("transaction_read_only"), DataTypeOID: 25, DataTypeSize: -1, TypeModifier: -1}}})
	b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("off")}})
	b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SHOW")})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	_ = b.Flush()
}
