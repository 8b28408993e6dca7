package main

import "testing"

// R3: where a key lies is kept as bytes.
func TestK4R3_TheKeysPathIsBytes(t *testing.T) {
	b := newBench(t)
	pr := profile{Account: "alice", Relay: "relay.example:2222", KeyFile: "/home/\xc7\xd1/id_ed25519"}
	pr.HostKey, pr.Key = formatKey(publicOf(t, newKey(t))), formatKey(publicOf(t, newKey(t)))
	for _, file := range []string{pr.KeyFile, "/home/한/id", ""} {
		pr.KeyFile = file
		if err := pr.save(b.program); err != nil {
			t.Fatal(err)
		}
		if got, err := b.loadProfile(); err != nil || got.KeyFile != file {
			t.Errorf("%q came back as %q, %v", file, got.KeyFile, err)
		}
	}
}
