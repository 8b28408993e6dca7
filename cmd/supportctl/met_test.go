package main

import (
	"testing"

	"supportd/hack/testkit"
)

// K1, P10: a computer counts for the number and the relay under which it was met, whatever
// stands in the name of a relay: it may be called after a session.
func TestK1P10_RelaysCalledAfterASession(t *testing.T) {
	const other = "100000009"
	for _, host := range []string{
		"relay_" + string(benchNumber), "a_" + string(benchNumber) + "_.example", "relay_" + string(benchNumber) + "_" + string(benchNumber), "_" + string(benchNumber) + "_",
	} {
		b := newBench(t)
		key := testkit.NewKey(t).PublicKey()
		b.meet(host, other, key)
		for _, asked := range []string{"", "relay", "a", "a_" + string(benchNumber)} {
			if keys := b.metKeys(asked, benchNumber); len(keys) > 0 {
				t.Errorf("met at %s under %s, and counts for %s of %q", host, other, benchNumber, asked)
			}
		}
		for _, asked := range []string{"", host} {
			if keys := b.metKeys(asked, other); len(keys) != 1 {
				t.Errorf("met at %s, and does not count for %q", host, asked)
			}
		}
	}
}

// Names as every version of the program has made them.
func TestNamesOfKeysThatWereMet(t *testing.T) {
	const n, end = "482913077", "_0123.pub"
	for _, c := range []struct {
		file, host string
		want       bool
	}{
		{"relay.example_" + n, "relay.example", true},
		{"relay.example_2222_" + n, "relay.example", true},
		{"Relay.Example_2222_" + n, "relay.example", true},
		{"relay.example_222222_" + n, "relay.example", false},
		{"relay.example__" + n, "relay.example", false},
		{"relay.example.org_" + n, "relay.example", false},
		{"[2001_db8__1]_" + n, "2001:db8::1", true},
		{"[2001_db8__1]_443_" + n, "2001:db8::1", true},
		{"[2001_db8__1]_" + n, "2001:db8::", false},
		{"[fe80__1%Eth0]_" + n, "fe80::1%Eth0", true},
		{n, "", false},
		{"", "relay.example", false},
		{"relay.example_1" + n, "relay.example", false},
	} {
		if got := metUnder(c.file+end, c.host, n); got != c.want {
			t.Errorf("%s of %s: %v", c.file, c.host, got)
		}
	}
}
