package relay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

const (
	// maxSplices bounds the CSR connections through one tunnel.
	maxSplices = wire.MaxConnections
	// openPatience is how long a computer may take to accept a connection.
	openPatience = 20 * time.Second
	// closePatience is how long either side may take to answer a channel's close
	// (RFC 4254 section 5.3); a side that does not is disconnected.
	closePatience = 45 * time.Second
	// spliceBuffer holds an SSH packet of the largest size that our peers send.
	spliceBuffer = 32 << 10
)

// errNoClose ends the connection of a peer that leaves a channel half closed.
var errNoClose = errors.New("the other side does not answer the close of a channel")

// errNoAnswer ends the connection of a computer that leaves a channel's opening
// unanswered.
var errNoAnswer = errors.New("the computer does not answer the opening of a channel")

// handleDirect serves direct-tcpip (RFC 4254 section 7.2): the way of a CSR to a
// computer, and the only one. What it refuses with is shown to the person by
// their ssh.
func (r *Relay) handleDirect(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	s, refusal := r.target(c, nc.ExtraData())
	if refusal != "" {
		c.Reject(nc, ssh.Prohibited, refusal)
		return
	}
	far, done, refusal := r.way(ctx, c, s)
	if refusal != "" {
		c.Reject(nc, ssh.ConnectionFailed, refusal)
		return
	}
	defer done()
	ch, requests, err := nc.Accept()
	if err != nil {
		far.abandon()
		return
	}
	r.enter(newSide(ch, requests, func() { c.End(errNoClose) }), far, s, c.Identity().(*csrIdentity).account)
}

// way opens a CSR's way to the session's computer, through another relay of the group where
// it is connected to that. done has to be called when it is not used any more.
func (r *Relay) way(ctx context.Context, c *sshd.Conn, s *session) (far *side, done func(), refusal string) {
	if node := s.elsewhere(); node != "" {
		return r.group.passOn(ctx, c, s, node)
	}
	t, refusal := s.reachable(ctx)
	if refusal != "" {
		return nil, nil, refusal
	}
	done = func() { t.splices.Add(-1) }
	if far, refusal = r.openFar(ctx, t, c.Source()); refusal != "" {
		done()
		return nil, nil, refusal
	}
	return far, done, ""
}

// enter lets a CSR into a computer until either of them leaves.
func (r *Relay) enter(near, far *side, s *session, account string) {
	id, from := s.row.Load().ID, time.Now()
	r.log.Info("a CSR entered a computer", "session", id, "account", account)
	in, out := r.splice(near, far)
	r.count.in.Add(int64(in))
	r.count.out.Add(int64(out))
	r.log.Info("a CSR left a computer", "session", id, "in", in, "out", out, "after", time.Since(from).Round(time.Millisecond))
}

// target decides whether a CSR may go where they want to. About somebody else's
// session it says the same as about none.
func (r *Relay) target(c *sshd.Conn, payload []byte) (*session, string) {
	if _, err := r.admit(c, actUse, nil); err != nil {
		return nil, err.Error()
	}
	if !r.leads() {
		return nil, errLapsed.Error()
	}
	m, err := wire.ParseChannelTarget(payload)
	if err != nil {
		return nil, "the request is malformed"
	}
	n, err := wire.ParseHost(m.Host)
	switch {
	case errors.Is(err, wire.ErrNumberCheck):
		return nil, fmt.Sprintf("no session %s is open: %s", spoken(m.Host), err)
	case err != nil && mistaken(m.Host) != "":
		return nil, fmt.Sprintf("your ssh took the number for the address %s: write %s", m.Host, mistaken(m.Host).Host())
	case err != nil:
		return nil, fmt.Sprintf("%q is no session number: this relay leads to support sessions only, by their 9 digits", text.Plain(m.Host, 64))
	case m.Port != wire.TunnelPort:
		return nil, fmt.Sprintf("port %d is not there: a computer is reached on port %d only", m.Port, wire.TunnelPort)
	}
	s := r.lookUp(c.Context(), n)
	if s != nil {
		if _, err := r.admit(c, actReach, s); err != nil {
			s = nil
		}
	}
	if s == nil {
		return nil, fmt.Sprintf("no session %s is open: it has ended or the number is mistyped", n.Spoken())
	}
	return s, ""
}

// mistaken finds the number that OpenSSH has turned into an IPv4 address, as
// inet_aton(3) reads any decimal number; "" where the address is just one.
func mistaken(host string) wire.Number {
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Is4() {
		return ""
	}
	b := ip.As4()
	n, _ := wire.ParseNumber(strconv.FormatUint(uint64(binary.BigEndian.Uint32(b[:])), 10))
	return n
}

// spoken groups the digits of a host name that has the shape of a number.
func spoken(host string) string {
	return wire.Number(host[:min(len(host), wire.NumberDigits)]).Spoken()
}

// reachable returns the tunnel to the session's computer with a place taken in
// it, or says why there is none.
func (s *session) reachable(ctx context.Context) (*tunnel, string) {
	row, t := s.row.Load(), s.tunnel.Load()
	n := row.Number.Spoken()
	switch {
	case row.State == api.Waiting:
		return nil, fmt.Sprintf("session %s still waits for the customer to join", n)
	case row.State == api.Away:
		return nil, fmt.Sprintf("the computer of session %s has been away for %s: try again when it is back", n, ago(row.Away))
	case row.State == api.Ended:
		return nil, fmt.Sprintf("session %s has ended", n)
	case t == nil || !t.waitReady(ctx):
		return nil, fmt.Sprintf("the computer of session %s is connecting: try again in a moment", n)
	case t.splices.Add(1) > maxSplices:
		t.splices.Add(-1)
		return nil, tooManySplices(n)
	}
	return t, ""
}

func tooManySplices(spoken string) string {
	return fmt.Sprintf("session %s has %d connections already, which is the most: close some, or let commands share one (ControlMaster in ssh_config)", spoken, maxSplices)
}

// ago is how long something has lasted, for people.
func ago(since time.Time) string {
	d := time.Since(since)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}

// openFar opens a channel to the computer, for a CSR at an address.
func (r *Relay) openFar(ctx context.Context, t *tunnel, source string) (*side, string) {
	tc := t.conn.Load()
	spoken := t.session.Load().row.Load().Number.Spoken()
	target := wire.ChannelTarget{Host: t.session.Load().row.Load().Number.Host(), Port: wire.TunnelPort, OriginHost: source}
	far, err := r.opening(ctx, tc.SSH(), tc.End, wire.ForwardedChannel, target.Marshal())
	// What the computer itself says is not passed on: it is the customer's to choose.
	var refused *ssh.OpenChannelError
	switch {
	case err == nil:
		return far, ""
	case errors.As(err, &refused) && refused.Reason == ssh.ResourceShortage:
		return nil, tooManySplices(spoken)
	case errors.Is(err, errNoAnswer):
		return nil, "the customer's computer does not answer: try again in a moment"
	case errors.Is(err, sshd.ErrShutdown):
		return nil, err.Error()
	case ctx.Err() != nil:
		return nil, context.Cause(ctx).Error()
	}
	return nil, "the customer's computer refused the connection"
}

// opening opens a channel of a connection, or gives up after openPatience; end ends a
// connection that never answers. The error is [errNoAnswer] then.
func (r *Relay) opening(ctx context.Context, conn ssh.Conn, end func(error), name string, payload []byte) (*side, error) {
	type opened struct {
		side *side
		err  error
	}
	result := make(chan opened)
	given := make(chan struct{}) // closed when nobody waits any more
	defer close(given)
	started := r.spawn(func() {
		cut := time.AfterFunc(2*openPatience, func() { end(errNoAnswer) }) // nobody waits that long
		ch, requests, err := conn.OpenChannel(name, payload)
		cut.Stop()
		o := opened{err: err}
		if err == nil {
			o.side = newSide(ch, requests, func() { end(errNoClose) })
		}
		select {
		case result <- o:
		case <-given:
			if err == nil {
				o.side.abandon()
			}
		}
	})
	if !started {
		return nil, sshd.ErrShutdown
	}
	timer := time.NewTimer(openPatience)
	defer timer.Stop()
	select {
	case o := <-result:
		return o.side, o.err
	case <-timer.C:
		return nil, errNoAnswer
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// side is one side of a splice.
type side struct {
	ch       ssh.Channel
	requests <-chan *ssh.Request
	cut      func()        // ends the connection that the channel belongs to
	finished chan struct{} // closed when everything that came from this side was passed on
	gone     chan struct{} // closed when the channel is closed on both sides
}

func newSide(ch ssh.Channel, requests <-chan *ssh.Request, cut func()) *side {
	return &side{ch: ch, requests: requests, cut: cut, finished: make(chan struct{}), gone: make(chan struct{})}
}

// splice copies between the two until both are closed, and returns how many
// bytes went each way. The end of data of one side is passed on as such, so that
// an answer which comes later still arrives.
func (r *Relay) splice(near, far *side) (in, out int64) {
	var wg sync.WaitGroup // all end when both channels are closed, which each of them sees to
	wg.Go(func() { defer panics.Keep(r.log, "splice", near.cut); near.watch(far) })
	wg.Go(func() { defer panics.Keep(r.log, "splice", far.cut); far.watch(near) })
	wg.Go(func() { defer panics.Keep(r.log, "splice", far.cut); in = r.pump(far, near) })
	out = r.pump(near, far)
	wg.Wait()
	return in, out
}

// pump passes on what comes from src, and then closes dst: when src is closed,
// or when the other direction is through as well.
func (r *Relay) pump(dst, src *side) int64 {
	buf := r.buffers.Get().(*[spliceBuffer]byte)
	// Only Read and Write, so that nothing but our buffer is used. Writing fails
	// only when dst is closed, which the other pump sees.
	var n int64
	func() {
		defer panics.Keep(r.log, "splice", nil) // what follows has to be done all the same
		n, _ = io.CopyBuffer(struct{ io.Writer }{dst.ch}, struct{ io.Reader }{src.ch}, buf[:])
	}()
	r.buffers.Put(buf)
	_ = dst.ch.CloseWrite()
	close(src.finished)
	select {
	case <-src.gone:
	case <-dst.finished:
	}
	dst.close(0)
	return n
}

// watch refuses the requests that come on the channel. When it is closed, what
// is on its way to the other side has a while to arrive there.
func (s *side) watch(other *side) {
	ssh.DiscardRequests(s.requests)
	close(s.gone)
	other.close(closePatience)
}

// close closes the channel after a while and waits until it is gone.
func (s *side) close(after time.Duration) {
	pause := func(d time.Duration) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-s.gone:
		case <-timer.C:
		}
	}
	pause(after)
	_ = s.ch.Close()
	pause(closePatience)
	select {
	case <-s.gone:
	default:
		s.cut()
		<-s.gone
	}
}

// abandon closes a channel that nobody has used.
func (s *side) abandon() {
	_ = s.ch.Close()
	defer time.AfterFunc(closePatience, s.cut).Stop()
	ssh.DiscardRequests(s.requests)
}
