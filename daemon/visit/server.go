package visit

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// A customer's Stop has to be done within 1 s, so each step of [Server.Close] has a
// part.
const (
	// goodbye is for the programs of CSRs to write why the support session ends.
	goodbye = 300 * time.Millisecond
	// leave is for those programs to leave by themselves then.
	leave = 200 * time.Millisecond
	// cutOff is for their connections to end then.
	cutOff = 200 * time.Millisecond
	// unhurried is how many times as long CSRs' programs have when it was not the
	// customer who ended the support session.
	unhurried = 15
)

// New prepares everything that CSRs need, and removes what an earlier one left. The
// owner must call [Server.Close] and then [Server.Remove].
func New(o Options) (*Server, error) {
	s := &Server{Options: o, restart: newRestart(), acting: newActing()}
	saved := o.Session.Saved()
	var err error
	if s.certified, err = certifiedBy(saved.CSRCA); err != nil {
		return nil, err
	}
	s.gate, err = consent.NewGate(consent.Options{
		Prompters: o.Prompters, AtStart: saved.Allow, Withheld: saved.Withheld, Begun: s.recordQuestion, Record: s.recordAnswer,
	})
	if err != nil {
		return nil, err
	}
	if s.ssh, err = sshd.New(s.sshOptions()); err != nil {
		return nil, err
	}
	return s, s.prepareRuns()
}

// Serve takes the connection of a CSR that the relay passes on, or rejects it with
// the reason. It returns at once.
func (s *Server) Serve(nc ssh.NewChannel, from net.Addr) {
	if !s.connections.begin(wire.MaxConnections) {
		_ = nc.Reject(ssh.ResourceShortage, "too many connections to this computer")
		return
	}
	ch, requests, err := nc.Accept()
	if err != nil {
		s.connections.end()
		return
	}
	go func() { // [Server.Remove] waits for it
		defer s.connections.end()
		defer panics.Keep(s.Log, "a connection of a CSR", func() { ch.Close() })
		var discarding sync.WaitGroup
		defer discarding.Wait()
		discarding.Go(func() { ssh.DiscardRequests(requests) })
		// The end of the support session reaches the connection through Close, which
		// lets it say goodbye.
		s.ssh.ServeConn(context.WithoutCancel(s.Session.Over()), sshd.ChannelConn(ch, from))
	}()
}

// Close ends everything that works for CSRs: they are told why the support session is
// over, then cut off. It waits for no disk, no lock and no peer for longer than a
// Stop may take. It may be called any number of times.
func (s *Server) Close() {
	s.closed.Do(func() {
		over := s.Session.Over()
		cause := context.Cause(over)
		s.gate.Stop()
		s.working.Go(s.runs.runner.Close)
		s.working.Go(func() { s.acting.logOff(journal.CauseOver.Of("")) })
		goodbye, leave := goodbye, leave
		if ended := (*state.Ended)(nil); errors.As(cause, &ended) {
			goodbye, leave = unhurried*goodbye, unhurried*leave
		}
		select {
		case <-s.channels.close():
		case <-time.After(goodbye): // a client that does not read must not hold up a Stop
		}
		s.ssh.Drain(leave)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(over), cutOff)
		defer cancel()
		if err := s.ssh.Shutdown(ctx, cause); err != nil {
			s.Log.Warn("a connection did not end in time; the tunnel's end cuts it off", "err", err)
		}
	})
}

// Remove waits until nobody is connected and nothing runs any more, and removes what
// CSRs brought. It is called after [Server.Close].
func (s *Server) Remove() error {
	<-s.connections.close()
	s.access.presence.end()
	s.working.Wait()
	return errors.Join(s.runs.remove(), RemoveRuns(s.Session.Dir(), s.Log))
}
