package client

import (
	"bytes"
	"context"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/wire"
)

// pins are the fingerprints of all keys that the relay may have.
func (o Options) pins() []string {
	if o.HostKey == "" {
		return nil
	}
	return append([]string{o.HostKey}, o.OtherHostKeys...)
}

// learnPatience is how long the relay may take to say who vouches for computers, when it
// was not waited for.
const learnPatience = 10 * time.Second

// serveRequests answers what the relay asks, until the connection ends.
func (r *Relay) serveRequests(requests <-chan *ssh.Request) {
	told := false
	for req := range requests {
		if req.Type == wire.HostKeysRequest && !told && r.opts.HostKeys != nil {
			told = true
			// Beside the others: it waits for an answer, which stands behind them.
			r.wait.Go(func() {
				r.learn(req.Payload)
				ctx, cancel := context.WithTimeout(context.Background(), learnPatience)
				defer cancel()
				_, _ = r.learnAuthorities(ctx) // the next connection asks again
			})
		}
		if req.WantReply {
			_ = req.Reply(false, nil)
		}
	}
}

// learn takes the relay's list of host keys. The key in use has vouched for it, since it
// came on its connection; each key that is not known yet has to be proved, so that
// nobody's key gets among them by mistake. What is not in order changes nothing.
func (r *Relay) learn(payload []byte) {
	keys, err := wire.ParseHostKeys(payload)
	same := func(key ssh.PublicKey) bool { return bytes.Equal(key.Marshal(), r.key.Marshal()) }
	if err != nil || !slices.ContainsFunc(keys, same) {
		return
	}
	others := slices.DeleteFunc(keys, same)
	unknown := slices.DeleteFunc(slices.Clone(others), func(key ssh.PublicKey) bool {
		return slices.Contains(r.opts.pins(), ssh.FingerprintSHA256(key))
	})
	if len(unknown) > 0 {
		ok, reply, err := r.conn.SendRequest(wire.HostKeysProve, true, wire.MarshalHostKeys(unknown))
		if err != nil || !ok || wire.CheckProofs(reply, r.conn.SessionID(), unknown) != nil {
			return
		}
	}
	r.opts.HostKeys(r.key, others)
}

// learnAuthorities asks the relay who vouches for computers now, as a login does, and hands
// it on. It asks nothing where nobody wants to know.
func (r *Relay) learnAuthorities(ctx context.Context) ([]ssh.PublicKey, error) {
	if r.opts.NewAuthorities == nil {
		return nil, nil
	}
	all, err := r.FetchAuthorities(ctx)
	if err == nil {
		r.opts.NewAuthorities(all)
	}
	return all, err
}

// vouched checks the host key of a computer. Where its certificate is by an authority that
// is not known, the relay may have changed it since: it is asked once.
func (r *Relay) vouched(ctx context.Context, n wire.Number, known []ssh.PublicKey) ssh.HostKeyCallback {
	return func(host string, addr net.Addr, key ssh.PublicKey) error {
		err := authority(n, known)(host, addr, key)
		cert, is := key.(*ssh.Certificate)
		if err == nil || !is || csrca.IsOneOf(cert.SignatureKey, known) {
			return err
		}
		if all, asked := r.learnAuthorities(ctx); asked == nil && len(all) > 0 {
			return authority(n, all)(host, addr, key)
		}
		return err
	}
}
