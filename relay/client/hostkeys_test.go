package client

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/sshd/sshdtest"
	"supportd/library/wire"
)

// TestO9_NewHostKeysHaveToBeProved lets a relay tell of host keys, with and without a
// proof, and looks at what is taken over.
func TestO9_NewHostKeysHaveToBeProved(t *testing.T) {
	w := newWorld(t)
	next, foreign := testkit.NewKey(t), testkit.NewKey(t)
	own := w.relayKey.PublicKey()
	prove := func(signers ...ssh.Signer) func([]byte, []ssh.PublicKey) (bool, []byte) {
		return func(session []byte, asked []ssh.PublicKey) (bool, []byte) {
			var proofs []*ssh.Signature
			for i, key := range asked {
				proof, err := signers[i].Sign(rand.Reader, wire.HostKeyProof(session, key))
				if err != nil {
					t.Error(err)
				}
				proofs = append(proofs, proof)
			}
			return true, wire.MarshalProofs(proofs)
		}
	}
	no := func([]byte, []ssh.PublicKey) (bool, []byte) { return false, nil }
	for name, c := range map[string]struct {
		told  []byte
		known []ssh.PublicKey // besides the key in use
		prove func(session []byte, asked []ssh.PublicKey) (bool, []byte)
		want  []ssh.PublicKey // besides the key in use; nil is that nothing is taken over
	}{
		"a new key":             {wire.MarshalHostKeys([]ssh.PublicKey{own, next.PublicKey()}), nil, prove(next), []ssh.PublicKey{next.PublicKey()}},
		"a known one":           {wire.MarshalHostKeys([]ssh.PublicKey{own, next.PublicKey()}), []ssh.PublicKey{next.PublicKey()}, no, []ssh.PublicKey{next.PublicKey()}},
		"no other any more":     {wire.MarshalHostKeys([]ssh.PublicKey{own}), []ssh.PublicKey{next.PublicKey()}, no, []ssh.PublicKey{}},
		"no proof":              {wire.MarshalHostKeys([]ssh.PublicKey{own, next.PublicKey()}), nil, no, nil},
		"somebody else's proof": {wire.MarshalHostKeys([]ssh.PublicKey{own, next.PublicKey()}), nil, prove(foreign), nil},
		"not the key in use":    {wire.MarshalHostKeys([]ssh.PublicKey{next.PublicKey()}), nil, prove(next), nil},
		"no list":               {[]byte("list"), nil, prove(next), nil},
		"nothing":               {nil, nil, prove(next), nil},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{}, 1)
			w.relay = sshdtest.New(t, sshdtest.Options{
				HostKeys: func() []ssh.Signer { return []ssh.Signer{w.relayKey} }, Admits: w.csr.PublicKey,
				Channels: map[string]sshd.ChannelHandler{"session": func(_ context.Context, conn *sshd.Conn, nc ssh.NewChannel) {
					_, _, _ = conn.SSH().SendRequest(wire.HostKeysRequest, false, c.told)
					_, _, _ = conn.SSH().SendRequest(wire.HostKeysRequest, false, c.told)
					// What follows is answered when the first one was read.
					_, _, _ = conn.SSH().SendRequest(wire.KeepaliveRequest, true, nil)
					conn.Reject(nc, ssh.Prohibited, "told")
				}},
				Requests: map[string]sshd.RequestHandler{wire.HostKeysProve: func(_ context.Context, conn *sshd.Conn, payload []byte) (bool, []byte) {
					keys, err := wire.ParseHostKeys(payload)
					if err != nil {
						t.Error(err)
					}
					select {
					case asked <- struct{}{}:
					default:
						t.Error("it asks more than once")
					}
					return c.prove(conn.SSH().SessionID(), keys)
				}},
			})
			taken := make(chan []ssh.PublicKey, 2)
			o := w.options()
			for _, key := range c.known {
				o.OtherHostKeys = append(o.OtherHostKeys, ssh.FingerprintSHA256(key))
			}
			o.HostKeys = func(inUse ssh.PublicKey, others []ssh.PublicKey) {
				if !same(inUse, own) {
					t.Error("another key is in use")
				}
				taken <- others
			}
			r, err := Dial(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = r.WhoAmI(t.Context())
			var got []ssh.PublicKey
			if c.want != nil {
				got = <-taken
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if !slices.EqualFunc(got, c.want, same) || len(taken) > 0 {
				t.Errorf("%d keys, %d more times", len(got), len(taken))
			}
		})
	}
}

func same(a, b ssh.PublicKey) bool { return string(a.Marshal()) == string(b.Marshal()) }

// TestO9_AKeyThatWasLearnedIsTheRelays: it is in use now, and that is told.
func TestO9_AKeyThatWasLearnedIsTheRelays(t *testing.T) {
	w := newWorld(t)
	w.onRelay["whoami --json"] = says(`{"account":"alice"}`)
	old, inUse := testkit.NewKey(t).PublicKey(), w.relayKey.PublicKey()
	o := w.options()
	o.HostKey = ssh.FingerprintSHA256(old)
	_, err := Dial(t.Context(), o)
	wantError(t, err, cmdline.ExitAuth, ErrHostKey)
	told := 0
	o.OtherHostKeys = []string{ssh.FingerprintSHA256(inUse)}
	o.HostKeys = func(key ssh.PublicKey, others []ssh.PublicKey) {
		if told++; !same(key, inUse) || len(others) != 0 {
			t.Errorf("%v and %d others", key, len(others))
		}
	}
	r, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil || told != 1 {
		t.Errorf("%v, told %d times", err, told)
	}
	o.HostKey = ""
	if _, err := Dial(t.Context(), o); err == nil {
		t.Error("without a pin a relay is taken")
	}
}
