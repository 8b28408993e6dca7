//go:build unix

package hostile

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/library/csrca"
)

// The people: alice is the CSR of every session, carol another one.
const (
	owner = "alice"
	other = "carol"
	// named is what the relay calls alice, certain what her certificate does.
	named   = "Alice From The Relay"
	certain = "Alice Kim"
)

// patience is how long anything may take until it counts as broken.
const patience = 3 * rig.Patience

// poll is how often something is looked at again that another process changes.
const poll = 50 * time.Millisecond

// house is a relay that lies, and its CSRs. Any number of attacks share it.
type house struct {
	programs rig.Programs
	dir      string
	relay    *Relay
	relayKey string     // SHA256:…
	ca       ssh.Signer // of the organisation
	csrs     map[string]rig.CSR

	mu     sync.Mutex // guards what follows
	random *rand.Rand // see draw
	last   int        // support sessions so far
}

// newHouse starts a relay. Nobody lies until an attack does.
func newHouse(ctx context.Context, p rig.Programs, dir string, seed uint64) (_ *house, err error) {
	h := &house{programs: p, dir: dir, ca: newKey(), csrs: map[string]rig.CSR{}, random: rand.New(rand.NewPCG(seed, 0))}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if err := os.WriteFile(h.caFile(), ssh.MarshalAuthorizedKey(h.ca.PublicKey()), 0o600); err != nil {
		return nil, err
	}
	if h.relay, err = Start(ctx, p, h.path("relay")); err != nil {
		return nil, err
	}
	if h.relayKey, err = h.relay.Admin(ctx, "fingerprint"); err != nil {
		return nil, err
	}
	h.relayKey = strings.TrimSpace(h.relayKey)
	for account, name := range map[string]string{owner: named, other: "Carol From The Relay"} {
		if err := h.addCSR(ctx, account, name); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// addCSR makes an account, with the liar's key beside its CSR's, and two sets of what its
// CSR uses: with a key alone, and with a certificate of the CA.
func (h *house) addCSR(ctx context.Context, account, name string) error {
	c := rig.CSR{Account: account, Dir: h.path(account)}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	if _, err := rig.Run(exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", account, "-f", c.Key())); err != nil {
		return err
	}
	own := h.path(account + "-liar.pub")
	if err := os.WriteFile(own, ssh.MarshalAuthorizedKey(h.relay.Own(account).PublicKey()), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{{"add", account, "--key", c.Key() + ".pub", "--name", name}, {"key-add", account, "--key", own}} {
		if _, err := h.relay.Admin(ctx, append([]string{"csr"}, args...)...); err != nil {
			return err
		}
	}
	if err := c.Trust(ctx, &h.relay.Relay); err != nil {
		return err
	}
	h.csrs[account] = c
	certified := rig.CSR{Account: account, Dir: h.path(account + "-ca")}
	if err := os.MkdirAll(certified.Dir, 0o700); err != nil {
		return err
	}
	if err := h.certify(certified.Key(), account, certain); err != nil {
		return err
	}
	if err := certified.Trust(ctx, &h.relay.Relay); err != nil {
		return err
	}
	h.csrs[account+"-ca"] = certified
	for _, c := range []rig.CSR{c, certified} {
		if _, err := h.ctl(ctx, c, "login", account+"@"+h.relay.Addr, "--relay-key", h.relayKey, "--identity", c.Key()); err != nil {
			return err
		}
	}
	return nil
}

// certify writes a new key, its public half, and a certificate of the CA for it.
func (h *house) certify(file, account, name string) error {
	key, text, err := privateKey()
	if err != nil {
		return err
	}
	cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: account, Name: name, Life: time.Hour}, h.ca, time.Now())
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(file, text, 0o600), os.WriteFile(file+".pub", ssh.MarshalAuthorizedKey(key.PublicKey()), 0o600),
		os.WriteFile(file+"-cert.pub", ssh.MarshalAuthorizedKey(cert), 0o600))
}

func (h *house) close() {
	if h.relay != nil {
		h.relay.Close()
	}
}

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }
func (h *house) caFile() string          { return h.path("csr-ca.pub") }

// ctl runs supportctl as a CSR, whose home is the directory with their key.
func (h *house) ctl(ctx context.Context, c rig.CSR, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, h.programs.Control, args...)
	cmd.Env = append(os.Environ(), "HOME="+c.Dir, "XDG_CONFIG_HOME=", "LC_ALL=C.UTF-8", "SSH_AUTH_SOCK=")
	return rig.Run(cmd)
}
