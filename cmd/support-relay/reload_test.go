package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestEveryFlagIsAKeyOfTheFile holds that what can be said in one place can be said in
// the other.
func TestEveryFlagIsAKeyOfTheFile(t *testing.T) {
	var flags, keys []string
	for _, f := range configFlags() {
		if name := f.Names()[0]; name != "config" {
			flags = append(flags, name)
		}
	}
	for key, f := range (&config{}).fields() {
		if f.into != nil {
			keys = append(keys, flagOf(key))
		}
	}
	slices.Sort(flags)
	slices.Sort(keys)
	if !slices.Equal(flags, keys) {
		t.Errorf("flags %s\n keys %s", flags, keys)
	}
}

func TestO3_EveryChangeIsNamed(t *testing.T) {
	known := slices.Collect(maps.Keys((&config{}).fields()))
	for _, key := range changesAtOnce() {
		if !slices.Contains(known, key) {
			t.Errorf("%s is no key", key)
		}
	}
	before := config{}
	after := config{
		Data: "d", Database: "postgres://localhost/d", Node: "n", PeerListen: ":9", Listen: addresses{":1"}, Web: ":2", Ops: "127.0.0.1:3", Names: []string{"n"}, Address: "https://a", Trusted: []string{"192.0.2.1"}, CSRCA: []string{"f"}, Revocations: "r",
		Page: pageConfig{Programs: "p", Organisation: "o", Contact: "c"},
		TLS:  tlsConfig{Cert: "c", Key: "k", ACME: acmeConfig{on: true}, ACMECA: "ca"}, Window: 1, NumberLife: 2, Log: 4, LogFormat: "json",
	}
	var named []string
	for _, c := range before.changesTo(&after) {
		named = append(named, c.key)
		if !strings.HasPrefix(c.String(), c.key+" from ") {
			t.Errorf("%s", c)
		}
	}
	for key, f := range before.fields() {
		if f.into != nil && !slices.Contains(named, key) {
			t.Errorf("a change of %s is not named", key)
		}
	}
	if same := after.changesTo(&after); same != nil {
		t.Errorf("%v", same)
	}
}
