package visit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/state"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/sshd"
)

// lastWords is how long the programs of a CSR whom the CA has revoked have to say so. They
// can do nothing more meanwhile.
const lastWords = 2 * time.Second

// Errors of [Server.Revoke].
var (
	errOlderList = errors.New("the relay has brought an older list of revocations than the one that counts")
	errOtherList = errors.New("the relay has brought another list of revocations with the number of the one that counts")
)

// Revoke takes the CSR CA's list of what it has revoked, as the relay has brought it, and
// ends the connections and the work of whomever it names. A list that cannot be written down
// counts all the same: it can only keep people out. Without a CSR CA nobody here could say
// whose a list is, and none counts.
func (s *Server) Revoke(file []byte) error {
	if !s.certified.on {
		return nil
	}
	list, err := csrca.ParseRevocations(file, s.certified.cas)
	if err != nil {
		return err
	}
	if s.isRelays(list.CA()) {
		return errRelaysCA
	}
	a := &s.access
	a.mu.Lock()
	defer a.mu.Unlock()
	switch lowest := s.Session.Saved().Revocations.Lowest(); {
	case list.Number < lowest:
		return fmt.Errorf("%w: number %d, and %d is the lowest", errOlderList, list.Number, lowest)
	case a.list == nil || list.Number > a.list.Number:
	case bytes.Equal(list.File(), a.list.File()):
		return nil
	default:
		return errOtherList
	}
	a.list = list
	known := false
	s.Session.Change(func(saved *state.Saved) {
		known = saved.Revocations.Newest == list.Number
		saved.Revocations.Newest = list.Number
		if list.Issued.After(saved.Signed) { // the CA has signed that time, too
			saved.Signed = list.Issued
		}
	})
	if !known { // else it has been brought again, after a return
		err = errors.Join(s.Session.Save(), s.Journal.Append(journal.ByRelay, journal.AccessRevoke{
			CA: ssh.FingerprintSHA256(list.CA()), Number: list.Number, Issued: list.Issued, Until: list.Until, Keys: len(list.Keys), Serials: len(list.Serials), Second: list.Second,
		}))
	}
	s.endOthersLocked()
	number := strconv.FormatUint(list.Number, 10)
	s.endWorkOfLocked(list.Has, journal.CauseRevoked.Of(number))
	if s.Session.Saved().Revocations.Required {
		s.atLater(list.Until, func() {
			if a.list == list {
				s.endOthersLocked()
				s.endWorkOfLocked(func(csrca.Certificate) bool { return true }, journal.CauseListOld.Of(number))
			}
		})
	}
	return err
}

// endOthersLocked ends the connections of all who may not be here any more. Who is out by
// what the CA has revoked reads so first. The lock of access is held.
func (s *Server) endOthersLocked() {
	for c, in := range s.access.inside {
		_, _, why := s.entrantOfLocked(c)
		var r *csrca.Refusal
		switch {
		case why == nil, in.leaves != nil:
		case errors.As(why, &r) && r.OfList():
			cause := journal.CauseRevoked
			if r.Problem != csrca.Revoked {
				cause = journal.CauseListOld
			}
			in.revoke(noAccess(why))
			in.leaves = time.AfterFunc(lastWords, func() { c.End(cause.Err(strconv.FormatUint(r.List, 10))) })
		default:
			c.End(errRemoved)
		}
	}
}

// revokedOf is done when what the CA has revoked keeps out the CSR of a connection.
func (s *Server) revokedOf(c *sshd.Conn) context.Context {
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	if in := s.access.inside[c]; in != nil {
		return in.revoked
	}
	return context.Background() // it has ended
}
