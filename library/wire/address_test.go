package wire

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestCheckFingerprint(t *testing.T) {
	for seed := range byte(32) { // of every sum of bits at the end
		key, err := ssh.NewPublicKey(ed25519.PublicKey(strings.Repeat(string(rune('a'+seed)), ed25519.PublicKeySize)[:ed25519.PublicKeySize]))
		if err != nil {
			t.Fatal(err)
		}
		good := ssh.FingerprintSHA256(key)
		if err := CheckFingerprint(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
		for _, bad := range []string{good[:len(good)-1], good + "=", good + "A", strings.TrimPrefix(good, "SHA256:"), strings.ToLower(good[:7]) + good[7:], good[:20] + "\n" + good[21:], good[:20] + " " + good[21:]} {
			if CheckFingerprint(bad) == nil {
				t.Errorf("%q is taken for a fingerprint", bad)
			}
		}
	}
	for _, bad := range []string{"", "SHA256:", "MD5:aa:bb"} {
		if CheckFingerprint(bad) == nil {
			t.Errorf("%q is taken for a fingerprint", bad)
		}
	}
}
