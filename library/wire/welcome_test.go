package wire

import (
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// recordedWelcome is what a relay of version 0.1 has sent.
const recordedWelcome = "00000001" + "00000000" + "00000009343832393133303737" + "000000034b696d" + "000000036b696d" +
	"000000020102" + "00000258" + "0000010000000000"

// A relay that tells of no group sends what it always has, and what it always has sent is
// read.
func TestM10_AWelcomeWithoutAGroupIsTheOldOne(t *testing.T) {
	old, err := hex.DecodeString(recordedWelcome)
	if err != nil {
		t.Fatal(err)
	}
	want := Welcome{Code: CodeOK, Number: "482913077", Owner: "Kim", Account: "kim", Certificate: []byte{1, 2}, Window: 600, Now: 1 << 40}
	if m, err := ParseWelcome(old); err != nil || !reflect.DeepEqual(m, want) {
		t.Errorf("%+v, %v", m, err)
	}
	if sent := want.Marshal(); !slices.Equal(sent, old) {
		t.Errorf("%x, not %x", sent, old)
	}
}

func TestM10_AWelcomeTellsOfItsGroup(t *testing.T) {
	longest := strings.Repeat("a", 253) + ":65535"
	for _, m := range []Welcome{
		{Code: CodeOK, Generation: 1},
		{Code: CodeOK, Generation: 1<<64 - 1, Relays: []string{"b.relay.example", "c.relay.example:443", "192.0.2.1", "[2001:db8::1]:22"}},
		{Code: CodeOK, Relays: slices.Repeat([]string{longest}, MaxRelays)},
	} {
		m.Certificate = []byte{}
		if got, err := ParseWelcome(m.Marshal()); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v became %+v, %v", m, got, err)
		}
	}
}

// The list of a group comes from a relay that somebody may have broken into.
func TestAHostileGroupIsRefused(t *testing.T) {
	for name, relays := range map[string][]string{
		"empty": {""}, "a flag": {"-oProxyCommand=x"}, "another flag": {"-v"}, "a space": {"a b"}, "an escape": {"\x1b[2Jrelay.example"},
		"a line": {"relay.example\n"}, "a zero": {"relay.example\x00"}, "a user": {"csr@relay.example"}, "a URL": {"https://relay.example"},
		"a path": {"relay.example/x"}, "a quote": {"relay'.example"}, "Korean": {"지원.example"}, "long": {strings.Repeat("a", 254)},
		"a long port": {"relay.example:222222"}, "no port": {"relay.example:"}, "a zone": {"[fe80::1%eth0]:22"},
		"one too many": slices.Repeat([]string{"relay.example"}, MaxRelays+1), "a thousand": slices.Repeat([]string{"relay.example"}, 1000),
		"a good one and a bad one": {"relay.example", "$(id)"},
	} {
		if m, err := ParseWelcome(Welcome{Code: CodeOK, Generation: 7, Relays: relays}.Marshal()); !errors.Is(err, ErrPayload) || m.Code == CodeOK {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	old := Welcome{Code: CodeOK}.Marshal()
	for name, rest := range map[string][]byte{
		"half a generation": {0, 0, 0, 1}, "nothing": make([]byte, 8), "half a length": append(make([]byte, 8), 0, 0),
		"too long a length": ssh.Marshal(struct {
			G uint64
			L uint32
		}{1, 1 << 31}),
	} {
		if m, err := ParseWelcome(slices.Concat(old, rest)); !errors.Is(err, ErrPayload) || m.Code == CodeOK {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}
