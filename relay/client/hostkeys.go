package client

import (
	"bytes"
	"slices"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// pins are the fingerprints of all keys that the relay may have.
func (o Options) pins() []string {
	if o.HostKey == "" {
		return nil
	}
	return append([]string{o.HostKey}, o.OtherHostKeys...)
}

// serveRequests answers what the relay asks, until the connection ends.
func (r *Relay) serveRequests(requests <-chan *ssh.Request) {
	told := false
	for req := range requests {
		if req.Type == wire.HostKeysRequest && !told && r.opts.HostKeys != nil {
			told = true
			// Beside the others: it waits for an answer, which stands behind them.
			r.wait.Go(func() { r.learn(req.Payload) })
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
