package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/sshd"
	"supportd/library/text"
)

// candidate is a key that may log in.
type candidate struct {
	public ssh.PublicKey
	signer ssh.Signer  // nil: the file is encrypted and has to be opened first
	file   string      // "" is ssh-agent
	held   []candidate // what ssh-agent holds: certificates of it, too
}

// standardFiles are the private keys that OpenSSH looks for, best first.
func (p *program) standardFiles() []string {
	var files []string
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
		files = append(files, filepath.Join(p.home, ".ssh", name))
	}
	return files
}

// agentKeys are those that ssh-agent holds, hardware keys among them. An agent
// that is not there holds none. release gives up its connection; the keys are of
// no use after that.
func (p *program) agentKeys() (keys []candidate, release func()) {
	conn, err := p.dialAgent()
	if err != nil {
		return nil, func() {}
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		signers = nil
	}
	for _, s := range signers {
		keys = append(keys, candidate{public: s.PublicKey(), signer: s})
	}
	return keys, func() { conn.Close() }
}

// readKey reads a private key file, or the public half of a key that ssh-agent
// holds. It does not ask for a passphrase.
func readKey(file string, held []candidate) (candidate, error) {
	file, err := filepath.Abs(strings.TrimSuffix(file, "-cert.pub")) // a certificate is found beside its key; it is kept, and read again from elsewhere
	if err != nil {
		return candidate{}, err
	}
	data, err := readSmall(file)
	if err != nil {
		return candidate{}, err
	}
	halves, noPublic := sshd.ParsePublicKeys(data)
	if len(halves) == 1 {
		return heldByAgent(file, halves[0], held)
	}
	if bytes.HasPrefix(data, []byte("PuTTY-User-Key-File-")) {
		return candidate{}, cmdline.Fail(cmdline.ExitAuth, "PuTTYgen makes one for OpenSSH of it: load it there, then Conversions, Export OpenSSH key",
			"%s is a private key in PuTTY's form, which is not read here", file)
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err == nil {
		return candidate{public: signer.PublicKey(), signer: signer, file: file}, nil
	}
	// Either encrypted, or a handle on a hardware key: the agent may have it open.
	public := publicHalf(file, err)
	if public != nil {
		if c, err := heldByAgent(file, public, held); err == nil {
			return c, nil
		}
	}
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked) && public != nil:
		return candidate{public: public, file: file}, nil
	case errors.As(err, &locked):
		return candidate{}, cmdline.Fail(cmdline.ExitAuth, "make its public half with ssh-keygen -y -f FILE >FILE.pub", "%s is encrypted, and %s.pub is not there", file, file)
	case public != nil:
		return candidate{}, cmdline.Fail(cmdline.ExitAuth, "", "%s is a hardware key that ssh-agent does not hold", file).WithHint("ssh-add %s", file)
	case strings.HasSuffix(file, ".pub") && noPublic != nil:
		return candidate{}, cmdline.Fail(cmdline.ExitAuth, "name the private key's file, or the .pub file as ssh-keygen made it", "%s is no private key that can be used, and of the public one: %v", file, noPublic)
	}
	return candidate{}, cmdline.Fail(cmdline.ExitAuth, "ssh-keygen -t ed25519 makes one", "%s is no private key that can be used", file).Because(err)
}

func publicHalf(file string, err error) ssh.PublicKey {
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) && locked.PublicKey != nil {
		return locked.PublicKey
	}
	if data, err := readSmall(file + ".pub"); err == nil {
		if keys, err := sshd.ParsePublicKeys(data); err == nil && len(keys) == 1 {
			return keys[0]
		}
	}
	return nil
}

func heldByAgent(file string, public ssh.PublicKey, held []candidate) (candidate, error) {
	i := slices.IndexFunc(held, func(c candidate) bool { return sameKey(c.public, public) })
	if i < 0 { // some hold a key only together with its certificate
		i = slices.IndexFunc(held, func(c candidate) bool { return sameKey(csrca.Plain(c.public), public) })
		if i >= 0 {
			return candidate{public: public, signer: alone{held[i].signer, public}, file: file}, nil
		}
	}
	if i < 0 {
		return candidate{}, cmdline.Fail(cmdline.ExitAuth, "load it with ssh-add, or name the private key's file", "ssh-agent does not hold the key of %s", file)
	}
	return candidate{public: public, signer: held[i].signer, file: file}, nil
}

func sameKey(a, b ssh.PublicKey) bool { return string(a.Marshal()) == string(b.Marshal()) }

// readSmall reads a file that a person wrote or made; a key has a few kB.
func readSmall(file string) ([]byte, error) {
	f, err := disk.Open(file)
	if err != nil {
		why := text.Later("%s", err.Error())
		if errors.Is(err, fs.ErrNotExist) {
			why = text.Later("there is no key %s", file)
		}
		return nil, cmdline.Fail(cmdline.ExitAuth, "ssh-keygen -t ed25519 makes a key; --identity names its file", "%s", why).Because(err)
	}
	defer f.Close()
	const most = 64 << 10
	return io.ReadAll(io.LimitReader(f, most))
}

// open asks for the passphrase of an encrypted key, at most three times. The
// passphrase goes nowhere but into the decryption.
func (p *program) open(ctx context.Context, c candidate) (ssh.Signer, error) {
	if c.signer != nil {
		return c.signer, nil
	}
	data, err := readSmall(c.file)
	if err != nil {
		return nil, err
	}
	for range 3 {
		passphrase, err := p.askSecret(ctx, p.say("Passphrase for %s: ", c.file))
		switch {
		case errors.Is(err, errNoTerminal):
			return nil, cmdline.Fail(cmdline.ExitAuth, "", "%s is encrypted, and there is no terminal to ask for its passphrase", c.file).WithHint("ssh-add %s", c.file)
		case err != nil:
			return nil, err
		}
		signer, err := ssh.ParsePrivateKeyWithPassphrase(data, passphrase)
		clear(passphrase)
		if err == nil {
			return signer, nil
		}
		fmt.Fprintln(p.std.Err, p.say("That is not its passphrase."))
	}
	return nil, cmdline.Fail(cmdline.ExitAuth, "ssh-keygen -y -f FILE tests a passphrase", "%s stays closed: three wrong passphrases", c.file)
}

// keyOf finds the key of a login again.
func (p *program) keyOf(ctx context.Context, pr profile, held []candidate) (ssh.Signer, error) {
	c, err := heldByAgent(pr.KeyFile, pr.key, held)
	if err != nil && pr.KeyFile != "" {
		c, err = readKey(pr.KeyFile, held)
	}
	switch {
	case err != nil && pr.KeyFile == "":
		return nil, cmdline.Fail(cmdline.ExitAuth, "load it with ssh-add, or log in again with another key", "ssh-agent does not hold the key of your login any more (%s)", ssh.FingerprintSHA256(pr.key))
	case err != nil:
		return nil, err
	case !sameKey(c.public, pr.key):
		return nil, cmdline.Fail(cmdline.ExitAuth, "log in again", "%s holds another key than the one you logged in with", pr.KeyFile)
	}
	return p.open(ctx, c)
}
