package wire

import (
	"fmt"

	"golang.org/x/crypto/ssh"
)

// A relay that changes its host key shows its old one for a while and tells of the new
// one, as OpenSSH's server does (PROTOCOL of OpenSSH, section 2.5): stock ssh learns it
// with UpdateHostKeys.
const (
	// Relay to CSR, no reply: the relay's host keys; payload of [MarshalHostKeys].
	HostKeysRequest = "hostkeys-00@openssh.com"
	// CSR to relay, want-reply: prove that you have these; payload likewise, and the reply
	// is a list of signatures over [HostKeyProof], see [MarshalProofs].
	HostKeysProve = "hostkeys-prove-00@openssh.com"

	// RelayPrincipal is the one name in the certificate that a relay's old host key has
	// made for its new one.
	RelayPrincipal = "supportd-relay"
	// MaxHostKeys bounds a list of host keys.
	MaxHostKeys = 8
)

// MarshalHostKeys is a list of host keys.
func MarshalHostKeys(keys []ssh.PublicKey) []byte {
	var list [][]byte
	for _, key := range keys {
		list = append(list, key.Marshal())
	}
	return marshalList(list)
}

// ParseHostKeys reads a list of host keys, without those of kinds that we do not use.
func ParseHostKeys(payload []byte) (keys []ssh.PublicKey, err error) {
	list, err := parseList(payload)
	if err != nil {
		return nil, fmt.Errorf("a list of host keys: %w", err)
	}
	for _, blob := range list {
		key, err := ssh.ParsePublicKey(blob)
		if err == nil && key.Type() == ssh.KeyAlgoED25519 {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// HostKeyProof is what is signed with a host key to prove that one has it, on the
// connection with this session identifier (RFC 4253, section 7.2).
func HostKeyProof(session []byte, key ssh.PublicKey) []byte {
	return ssh.Marshal(struct {
		What         string
		Session, Key []byte
	}{HostKeysProve, session, key.Marshal()})
}

// MarshalProofs is a list of signatures.
func MarshalProofs(proofs []*ssh.Signature) []byte {
	var list [][]byte
	for _, s := range proofs {
		list = append(list, ssh.Marshal(s))
	}
	return marshalList(list)
}

// CheckProofs reports whether a reply proves that the other side has all these keys.
func CheckProofs(reply, session []byte, keys []ssh.PublicKey) error {
	list, err := parseList(reply)
	if err == nil && len(list) != len(keys) {
		err = fmt.Errorf("%d signatures for %d keys", len(list), len(keys))
	}
	if err != nil {
		return fmt.Errorf("a proof of host keys: %w", err)
	}
	for i, key := range keys {
		var s ssh.Signature
		if err := ssh.Unmarshal(list[i], &s); err != nil {
			return fmt.Errorf("a proof of host keys: %w", err)
		}
		if err := key.Verify(HostKeyProof(session, key), &s); err != nil {
			return fmt.Errorf("a proof of the host key %s: %w", ssh.FingerprintSHA256(key), err)
		}
	}
	return nil
}

func marshalList(list [][]byte) (out []byte) {
	for _, one := range list {
		out = append(out, ssh.Marshal(struct{ One []byte }{one})...)
	}
	return out
}

func parseList(payload []byte) (list [][]byte, err error) {
	for len(payload) > 0 {
		if len(list) == MaxHostKeys {
			return nil, fmt.Errorf("more than %d", MaxHostKeys)
		}
		var next struct {
			One  []byte
			Rest []byte `ssh:"rest"`
		}
		if err := ssh.Unmarshal(payload, &next); err != nil {
			return nil, err
		}
		list, payload = append(list, next.One), next.Rest
	}
	return list, nil
}
