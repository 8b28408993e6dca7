//go:build linux

package customers

import (
	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// Candidate is a computer that has logged in and not said its number yet.
type Candidate struct {
	conn ssh.Conn
	more chan struct{}
}

// NewCandidate logs in at addr as a fresh computer; i tells their addresses apart.
func NewCandidate(addr string, i int) (*Candidate, error) {
	spec := Spec{Addr: addr, Numbers: []string{""}}
	name, key, err := spec.login()
	if err != nil {
		return nil, err
	}
	conn, channels, err := spec.dial(&customer{i: i, key: key}, name)
	if err != nil {
		return nil, err
	}
	c := &Candidate{conn, make(chan struct{})}
	go func() {
		defer close(c.more)
		spec.serve(channels)
	}()
	return c, nil
}

// Join says the number; the error may be a [*Refusal].
func (c *Candidate) Join(number string) (wire.Welcome, error) { return join(c.conn, number, false) }

// Close ends the connection.
func (c *Candidate) Close() error {
	err := c.conn.Close()
	<-c.more
	return err
}
