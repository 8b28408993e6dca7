//go:build unix

package hostile

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// openChannels is Z10: the relay asks the computer for everything that SSH knows, outside of
// any connection of a CSR.
func openChannels(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, lies: vouching})
	if err != nil {
		return err
	}
	defer s.close()
	to, err := h.relay.Computer(s.number)
	if err != nil {
		return err
	}
	elsewhere := func(host string, port uint32) []byte { return wire.ChannelTarget{Host: host, Port: port}.Marshal() }
	for _, try := range []struct {
		kind  string
		extra []byte
	}{
		{"session", nil}, {"direct-tcpip", elsewhere("127.0.0.1", 22)}, {"x11", nil}, {"auth-agent@openssh.com", nil}, {"tun@openssh.com", nil},
		{"direct-streamlocal@openssh.com", nil}, {"forwarded-streamlocal@openssh.com", nil}, {wire.JournalChannel, nil}, {"", nil},
		{wire.ForwardedChannel, nil}, {wire.ForwardedChannel, elsewhere("127.0.0.1", 22)}, {wire.ForwardedChannel, elsewhere(s.number.Host(), 23)},
		{wire.ForwardedChannel, elsewhere("482913077.support", 22)}, {wire.ForwardedChannel, append(targetOf(s.number), 0)},
	} {
		ch, requests, err := to.OpenChannel(try.kind, try.extra)
		if err == nil {
			ch.Close()
			ssh.DiscardRequests(requests)
			return fmt.Errorf("the computer opens a channel of kind %q", try.kind)
		}
		var refused *ssh.OpenChannelError
		if !errors.As(err, &refused) {
			return fmt.Errorf("a channel of kind %q: %w", try.kind, err)
		}
	}
	for _, name := range []string{
		"tcpip-forward", "cancel-tcpip-forward", "streamlocal-forward@openssh.com", "hostkeys-00@openssh.com", "exec", "answer@supportd", "consent.answer",
		wire.RebootRequest, wire.LogonRequest, wire.JoinRequest, wire.ResumeRequest, wire.AwayRequest, "words-commit@supportd", "words@supportd",
	} {
		if ok, reply, err := to.SendRequest(name, true, []byte("yes")); ok || err != nil {
			return fmt.Errorf("the computer answers the request %q with %t, %q, %w", name, ok, reply, err)
		}
	}
	if err := s.entered(0); err != nil {
		return err
	}
	return s.works(ctx)
}
