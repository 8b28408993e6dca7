package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// DefaultPort is where a relay listens for SSH that does not say otherwise.
const DefaultPort = "2222"

// ErrFingerprint means that something has not the form of a key's fingerprint.
var ErrFingerprint = errors.New("a fingerprint is SHA256: and 43 characters")

// CheckFingerprint reports whether s has the form of a key's fingerprint as
// OpenSSH shows it: SHA-256 in base64 without padding.
func CheckFingerprint(s string) error {
	hash, ok := strings.CutPrefix(s, "SHA256:")
	sum, err := base64.RawStdEncoding.Strict().DecodeString(hash)
	if !ok || err != nil || len(sum) != sha256.Size || len(hash) != base64.RawStdEncoding.EncodedLen(sha256.Size) {
		return ErrFingerprint
	}
	return nil
}
