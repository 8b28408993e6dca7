//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh/agent"

	"supportd/library/cmdline"
)

// serveAgent runs an ssh-agent that holds keys.
func serveAgent(t *testing.T, b *bench, keys ...any) {
	t.Helper()
	ring := agent.NewKeyring()
	for _, key := range keys {
		if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp("", "a") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	b.env["SSH_AUTH_SOCK"] = socket
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { defer nc.Close(); _ = agent.ServeAgent(ring, nc) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		os.RemoveAll(dir)
	})
}

func TestKeysInTheirOrder(t *testing.T) {
	b := newBench(t)
	held := newKey(t)
	serveAgent(t, b, &held)
	ssh := func(name string) string { return filepath.Join(b.home, ".ssh", name) }
	locked := writeKey(t, ssh("id_ed25519"), "secret")
	open := writeKey(t, ssh("id_rsa"), "")
	keys, release, err := b.candidates("")
	defer release()
	if err != nil {
		t.Fatal(err)
	}
	// The agent's first, and last the one that needs a passphrase.
	if len(keys) != 3 || !sameKey(keys[0].public, publicOf(t, held)) || !sameKey(keys[1].public, open) || !sameKey(keys[2].public, locked) || keys[2].signer != nil {
		t.Errorf("%d keys: %+v", len(keys), keys)
	}
	// The one that is named is the only one.
	keys, release, err = b.candidates(ssh("id_rsa"))
	defer release()
	if err != nil || len(keys) != 1 || !sameKey(keys[0].public, open) {
		t.Errorf("named: %+v, %v", keys, err)
	}
}

func TestPublicHalfOfAKeyInTheAgent(t *testing.T) {
	b := newBench(t)
	held := newKey(t)
	serveAgent(t, b, &held)
	file := filepath.Join(b.home, "token.pub")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(formatKey(publicOf(t, held)))
	keys, release, err := b.candidates(file)
	defer release()
	if err != nil || len(keys) != 1 || keys[0].signer == nil || keys[0].file != file {
		t.Errorf("%+v, %v", keys, err)
	}
	write(formatKey(publicOf(t, newKey(t))))
	_, release, err = b.candidates(file)
	defer release()
	if cmdline.Code(err) != cmdline.ExitAuth || !strings.Contains(err.Error(), "does not hold") {
		t.Errorf("%v", err)
	}
	write("nothing like a key")
	_, release, err = b.candidates(file)
	defer release()
	if cmdline.Code(err) != cmdline.ExitAuth || !strings.Contains(err.Error(), "no private key") {
		t.Errorf("%v", err)
	}
}

// An encrypted file whose key the agent has open needs no passphrase.
func TestAgentOpensAnEncryptedFile(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(b.home, "locked")
	public := writeKey(t, file, "secret")
	c, err := readKey(file, nil)
	if err != nil || c.signer != nil || !sameKey(c.public, public) {
		t.Fatalf("%+v, %v", c, err)
	}
	other := newKey(t)
	serveAgent(t, b, &other)
	held, release := b.agentKeys()
	defer release()
	held = append(slices.Clone(held), candidate{public: public, signer: held[0].signer})
	if c, err := readKey(file, held); err != nil || c.signer == nil || c.file != file {
		t.Errorf("%+v, %v", c, err)
	}
}
