package wire_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

// TestO9_AProofIsOfThisConnectionAndTheseKeys tries proofs of other keys, of another
// connection, too few, too many, and cut.
func TestO9_AProofIsOfThisConnectionAndTheseKeys(t *testing.T) {
	a, b, session := testkit.NewKey(t), testkit.NewKey(t), []byte("session")
	prove := func(session []byte, signers ...ssh.Signer) []byte {
		var all []*ssh.Signature
		for _, s := range signers {
			proof, err := s.Sign(rand.Reader, wire.HostKeyProof(session, s.PublicKey()))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, proof)
		}
		return wire.MarshalProofs(all)
	}
	keys := []ssh.PublicKey{a.PublicKey(), b.PublicKey()}
	if err := wire.CheckProofs(prove(session, a, b), session, keys); err != nil {
		t.Error(err)
	}
	whole := prove(session, a, b)
	for name, reply := range map[string][]byte{
		"none": nil, "one": prove(session, a), "three": prove(session, a, b, b), "another order": prove(session, b, a),
		"another connection": prove([]byte("other"), a, b), "cut": whole[:len(whole)-1], "more": append(bytes.Clone(whole), 0),
		"text": []byte("\x00\x00\x00\x01x\x00\x00\x00\x01x"),
	} {
		if wire.CheckProofs(reply, session, keys) == nil {
			t.Errorf("%s: it is taken for a proof", name)
		}
	}
}

func FuzzHostKeys(f *testing.F) {
	key := testkit.NewKey(f).PublicKey()
	f.Add(wire.MarshalHostKeys([]ssh.PublicKey{key, key}))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		keys, err := wire.ParseHostKeys(payload)
		if err != nil {
			return
		}
		if len(keys) > wire.MaxHostKeys {
			t.Fatalf("%d keys", len(keys))
		}
		again, err := wire.ParseHostKeys(wire.MarshalHostKeys(keys))
		if err != nil || len(again) != len(keys) {
			t.Fatalf("%d keys and then %d, %v", len(keys), len(again), err)
		}
	})
}
