package visit

import (
	"supportd/consent"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/sshd"
)

// mayBeHere is the CSR behind a connection, while they may be here. The error is what
// they are told.
func (s *Server) mayBeHere(c *sshd.Conn) (consent.Person, error) {
	who, in, err := s.insideNow(c)
	switch {
	case err != nil:
		return who, noAccess(err)
	case in == nil: // all of the connection has ended, its line in the journal too
		return who, nil
	}
	if err := in.written(); err != nil { // which also ends the connection
		s.Log.Error("a connection is not in the journal", "err", err)
		return who, cmdline.Fail(cmdline.ExitFailed, "the customer's disk may be full", "the journal could not be written, so nothing was done")
	}
	return who, nil
}

// insideNow is the CSR behind a connection, and what is known of that.
func (s *Server) insideNow(c *sshd.Conn) (consent.Person, *presentConn, error) {
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	who, _, err := s.entrantOfLocked(c)
	return who, s.access.inside[c], err
}

// entrantOfLocked is [Server.entrantLocked] for who has proven their key.
func (s *Server) entrantOfLocked(c *sshd.Conn) (consent.Person, *csrca.Certificate, error) {
	is, ok := c.Identity().(consent.Person)
	if !ok || c.Key() == nil {
		return consent.Person{}, nil, errUnknownKey
	}
	return s.entrantLocked(is.Account, c.RemoteAddr(), c.Key())
}

// stillHere is the error for a CSR whose access was taken away meanwhile, e.g. while
// the customer thought. Every act looks at it behind the customer's yes.
func (v *visit) stillHere() error {
	_, err := v.server.mayBeHere(v.channel.Conn)
	return err
}
