package link

import (
	"errors"
	"net"
	"strconv"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

var errUnknownRequest = errors.New("unknown request")

// serveRequests answers what the relay asks on the tunnel, until it closes. It
// calls answered when the relay knows that the support session has ended here too.
func (l *Link) serveRequests(client *sshd.Client, answered func()) {
	for req := range client.Requests {
		var err error
		var ended *state.Ended
		switch req.Type {
		case wire.KeepaliveRequest:
		case wire.AuthorizeRequest:
			var list wire.Authorize
			if list, err = wire.ParseAuthorize(req.Payload); err == nil {
				err = l.Visits.Authorize(list)
			}
		case wire.RevokeRequest:
			err = l.Visits.Revoke(req.Payload)
		case wire.EndRequest:
			var m wire.End
			if m, err = wire.ParseEnd(req.Payload); err == nil {
				ended = &state.Ended{By: relayed(m.By), Reason: m.Reason}
			}
		default:
			err = errUnknownRequest
		}
		if err != nil {
			l.Log.Warn("a request of the relay was refused", "request", req.Type, "err", err)
		}
		if ended != nil { // before the reply, after which the relay cuts the tunnel
			l.Session.End(ended)
			l.Visits.Close()
		}
		if req.WantReply {
			_ = req.Reply(err == nil, nil)
		}
		if ended != nil {
			answered()
		}
	}
}

// relayed is who ended a support session, as the relay says: an account, or the relay.
// What the customer did, the relay hears from here and never tells.
func relayed(by string) string {
	if wire.CheckAccount(by) != nil {
		return journal.ByRelay
	}
	return by
}

// serveChannels takes the connections of CSRs that the relay passes on, until
// the tunnel closes.
func (l *Link) serveChannels(client *sshd.Client) {
	for nc := range client.Channels {
		target, err := wire.ParseChannelTarget(nc.ExtraData())
		if nc.ChannelType() != wire.ForwardedChannel || err != nil || target.Host != l.number.Host() || target.Port != wire.TunnelPort {
			_ = nc.Reject(ssh.Prohibited, "only connections to this support session are taken")
			continue
		}
		l.Visits.Serve(nc, origin(net.JoinHostPort(target.OriginHost, strconv.Itoa(int(target.OriginPort)))))
	}
}

// origin is where the relay says that a CSR's connection comes from.
type origin string

// Network is "tcp", as the other side used it.
func (origin) Network() string { return "tcp" }

// String is HOST:PORT.
func (o origin) String() string { return text.Plain(string(o), 80) }
