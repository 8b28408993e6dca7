// Package words computes what customer and CSR compare by voice, to find out whether
// somebody sits between the computer and the CSR's program: two safety words where both
// ends are ours, and 30 digits where the CSR uses stock ssh. The messages by which the
// ends agree on words are in package wire.
//
// Keys are plain public keys as RFC 4253 section 6.6 has them, never certificates.
package words

import (
	"compress/flate"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/text"
	"supportd/library/wire"
)

// Count is how many words a list has: a word is 11 bits.
const Count = 2048

// lists holds the words of English and then those of Korean, a line each, in the form of
// package flate: the customer's program has to stay small. The test of this package
// makes it from english.txt and korean.txt.
//
//go:embed lists.flate
var lists string

// Keys are the two ends of an inner connection.
type Keys struct{ Host, CSR []byte }

// KeysOf are the plain keys of both ends; a certificate counts as the key in it.
func KeysOf(host, csr ssh.PublicKey) Keys { return Keys{plain(host), plain(csr)} }

func plain(key ssh.PublicKey) []byte {
	if cert, ok := key.(*ssh.Certificate); ok {
		key = cert.Key
	}
	return key.Marshal()
}

// NewNonce makes a fresh nonce.
func NewNonce() []byte {
	nonce := make([]byte, wire.WordsNonce)
	_, _ = rand.Read(nonce) // never fails
	return nonce
}

// Commit is what the daemon sends before it knows the client's nonce.
func (k Keys) Commit(daemon []byte) []byte {
	sum := sha256.Sum256(ssh.Marshal(struct {
		Label             string
		Host, CSR, Daemon []byte
	}{"supportd words 1 commit", k.Host, k.CSR, daemon}))
	return sum[:]
}

// Opens reports whether a nonce is what was committed to.
func (k Keys) Opens(commitment, daemon []byte) bool {
	return len(daemon) == wire.WordsNonce && subtle.ConstantTimeCompare(k.Commit(daemon), commitment) == 1
}

// Pair is two words, as their places in the lists. The zero Pair is two words as well:
// whether there is a pair has to be known from elsewhere.
type Pair struct {
	First  uint16 `json:"first"`
	Second uint16 `json:"second"`
}

// Draw is the pair of a support session's number, both keys and both nonces: the first 22
// bits of the sum, the first bit the highest.
func (k Keys) Draw(number wire.Number, daemon, client []byte) Pair {
	sum := sha256.Sum256(ssh.Marshal(struct {
		Label, Number             string
		Host, CSR, Daemon, Client []byte
	}{"supportd words 1", string(number), k.Host, k.CSR, daemon, client}))
	bits := binary.BigEndian.Uint32(sum[:])
	return Pair{uint16(bits >> 21), uint16(bits >> 10 & (Count - 1))}
}

// In is the pair in a language, which has the same words for the same pair everywhere.
func (p Pair) In(l text.Language) string {
	list := list(l)
	return list[p.First%Count] + " " + list[p.Second%Count]
}

// Offered is how many pairs a customer picks from.
const Offered = 4

// Among hides a pair among others that share no word with it or with each other, and says
// where it stands, from 0. The same secret gives the same others each time: who is asked
// twice must not find the pair as the one that comes again.
func (p Pair) Among(secret []byte) (pairs []Pair, place int) {
	drawn := func(n uint32) uint32 {
		sum := sha256.Sum256(ssh.Marshal(struct {
			Label         string
			Secret        []byte
			First, Second uint32
			Count         uint32
		}{"supportd words 1 others", secret, uint32(p.First), uint32(p.Second), n}))
		return binary.BigEndian.Uint32(sum[:])
	}
	used := map[uint16]bool{p.First % Count: true, p.Second % Count: true}
	word := func(bits uint32) uint16 {
		w := uint16(bits % Count)
		for used[w] { // the lists have room
			w = (w + 1) % Count
		}
		used[w] = true
		return w
	}
	place = int(drawn(0) % Offered)
	for i := range uint32(Offered) {
		if int(i) == place {
			pairs = append(pairs, p)
			continue
		}
		bits := drawn(i + 1)
		pairs = append(pairs, Pair{word(bits >> 16), word(bits)})
	}
	return pairs, place
}

// list is the words of a language.
func list(l text.Language) []string {
	r := flate.NewReader(strings.NewReader(lists))
	all, err := io.ReadAll(r)
	words := strings.Fields(string(all))
	if err != nil || len(words) != 2*Count {
		panic(fmt.Sprintf("words: the lists in this program are damaged: %d words, %v", len(words), err))
	}
	if l == text.Korean {
		return words[Count:]
	}
	return words[:Count]
}

// Digits are 30 digits of both keys in groups of 5, for where no nonce can be exchanged:
// the first 30 bytes of a sum, each 5 of them as a number of which the last 5 digits count.
// They are compared whole: a part of them can be forged.
func (k Keys) Digits() string {
	sum := sha256.Sum256(ssh.Marshal(struct {
		Label     string
		Host, CSR []byte
	}{"supportd compare 1", k.Host, k.CSR}))
	var groups []string
	const groupBytes, groups5 = 5, 100_000
	for i := 0; i+groupBytes <= 30; i += groupBytes {
		var wide [8]byte
		copy(wide[3:], sum[i:i+groupBytes])
		groups = append(groups, fmt.Sprintf("%05d", binary.BigEndian.Uint64(wide[:])%groups5))
	}
	return strings.Join(groups, " ")
}
