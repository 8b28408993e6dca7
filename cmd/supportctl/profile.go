package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

const (
	profileFile = "profile.json"
)

// profile is a login, kept in [profileFile] for the next command. It holds no
// secret.
type profile struct {
	Account string   `json:"account"`
	Name    string   `json:"name"`
	Relay   string   `json:"relay"`    // HOST, HOST:PORT or https://HOST[:PORT]
	HostKey string   `json:"host_key"` // the relay's, as in an authorized_keys file
	Key     string   `json:"key"`      // ours that was accepted, likewise
	KeyFile string   `json:"key_file"` // where its private half is; "" is ssh-agent
	HostCAs []string `json:"host_cas"` // who vouches for computers, likewise
	// Library is what the relay called its library first: scripts are signed for it.
	Library string `json:"library,omitempty"`
	// Web is the address of the join page where that is on another host than the relay and a
	// person has confirmed it.
	Web string `json:"web,omitempty"`
	// OtherHostKeys are further ones of the relay, while it changes its key, likewise.
	OtherHostKeys []string `json:"other_host_keys,omitempty"`
	// KnownAs is the host under which the relay became known here, see relaysDir. It stays when
	// the relay takes another host key; "" is a login of an older program.
	KnownAs string `json:"known_as,omitempty"`
	// RawKeyFile is KeyFile where that is no UTF-8, which JSON could not hold.
	RawKeyFile []byte `json:"raw_key_file,omitempty"`

	RelayKey    string `json:"-"` // the pin, SHA256:…
	address     reach.Address
	knownAs     string // KnownAs, also of an older login
	dialer      *reach.Dialer
	hostKey     ssh.PublicKey
	others      []ssh.PublicKey // OtherHostKeys
	changed     func(inUse ssh.PublicKey, others []ssh.PublicKey)
	key         ssh.PublicKey
	authorities []ssh.PublicKey
	vouching    func(all []ssh.PublicKey)        // other authorities than those
	met         func(wire.Number, ssh.PublicKey) // a computer that was reached
	tell        func(wire.Number, string)        // what a computer says while a command goes on
	words       func(wire.Number, client.Words)  // safety words of a computer that was reached
	wordsDir    string
	language    text.Language // in which the relay and computers speak to us
}

// maxOwn bounds what this program reads of its own files and of ssh_config, in bytes:
// what a computer told of itself is the largest.
const maxOwn = 64 << 20

// loadProfile reads who is logged in.
func (p *program) loadProfile() (profile, error) {
	var pr profile
	if err := p.checkHome(); err != nil {
		return pr, err
	}
	data, err := disk.Read(p.path(profileFile), maxOwn)
	if errors.Is(err, fs.ErrNotExist) {
		return pr, cmdline.Fail(cmdline.ExitAuth, "supportctl login CSR@HOST --relay-key SHA256:…", "you are not logged in to a relay")
	}
	if err == nil {
		err = json.Unmarshal(data, &pr)
	}
	if err == nil {
		err = pr.decode()
	}
	if err != nil {
		return pr, cmdline.Usage("log in again", "cannot use %s: %v", p.path(profileFile), err).Because(err)
	}
	if pr.KnownAs == "" {
		if pr.knownAs, err = p.findKnownAs(pr); err != nil {
			return pr, err
		}
	}
	pr.dialer, pr.language = p.dialer(), p.std.Speaker.Language()
	pr.tell = func(_ wire.Number, line string) { fmt.Fprintln(p.std.Err, text.Escape(line)) }
	pr.wordsDir, pr.words = p.path(wordsDir), p.tellWords
	pr.met = func(n wire.Number, key ssh.PublicKey) { p.meet(pr.knownAs, n, key) }
	known, changing := pr, new(sync.Mutex) // several connections may tell of it
	pr.changed = func(inUse ssh.PublicKey, others []ssh.PublicKey) {
		changing.Lock()
		defer changing.Unlock()
		known = p.keepHostKeys(known, inUse, others)
	}
	pr.vouching = func(all []ssh.PublicKey) {
		changing.Lock()
		defer changing.Unlock()
		known = p.keepAuthorities(known, all)
	}
	return pr, nil
}

// checkHome reports whether there is a place to keep a login in.
func (p *program) checkHome() error {
	if p.home == "" || p.dir == "" {
		return cmdline.Usage("set HOME to your home directory", "there is no home directory to keep your login in")
	}
	return nil
}

// decode reads the keys and checks what other programs will be given.
func (pr *profile) decode() (err error) {
	if len(pr.RawKeyFile) > 0 {
		pr.KeyFile = string(pr.RawKeyFile)
	}
	if pr.hostKey, err = parseKey(pr.HostKey); err != nil {
		return fmt.Errorf("host_key: %w", err)
	}
	pr.RelayKey = ssh.FingerprintSHA256(pr.hostKey)
	for _, text := range pr.OtherHostKeys {
		key, err := parseKey(text)
		if err != nil {
			return fmt.Errorf("other_host_keys: %w", err)
		}
		pr.others = append(pr.others, key)
	}
	if pr.key, err = parseKey(pr.Key); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	for _, text := range pr.HostCAs {
		ca, err := parseKey(text)
		if err != nil {
			return fmt.Errorf("host_cas: %w", err)
		}
		pr.authorities = append(pr.authorities, ca)
	}
	_, pr.address, err = parseTarget(pr.Account + "@" + pr.Relay)
	if pr.knownAs = pr.address.Host; err == nil && pr.KnownAs != "" {
		pr.knownAs, err = pr.KnownAs, checkKnownAs(pr.KnownAs)
	}
	return err
}

func parseKey(text string) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	return key, err
}

func formatKey(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// save keeps the login, readable for this user only.
func (pr profile) save(p *program) error {
	if pr.RawKeyFile = nil; !utf8.ValidString(pr.KeyFile) {
		pr.RawKeyFile = []byte(pr.KeyFile)
	}
	pr.KnownAs = pr.knownAs
	data, err := json.MarshalIndent(pr, "", "  ")
	if err != nil {
		return err
	}
	if err := disk.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	return writeFile(p.path(profileFile), append(data, '\n'), 0o600, true)
}

// parseTarget reads CSR@ADDRESS.
func parseTarget(text string) (account string, address reach.Address, err error) {
	bad := func(why error) error {
		return cmdline.Usage("it looks like alice@relay.example.com, alice@relay.example.com:2222 or alice@https://relay.example.com", "%.80q is no login: %v", text, why)
	}
	if scheme, rest, has := strings.Cut(text, "://"); has && !strings.Contains(scheme, "@") {
		if meant := loginMeant(scheme, rest); meant != "" {
			return "", address, cmdline.Usage("", "%.80q is no login: CSR@ stands in front", text).WithHint("perhaps %s", meant)
		}
	}
	at := strings.LastIndexByte(text, '@')
	if at < 1 {
		return "", address, bad(errors.New("CSR@ is missing in front of the host"))
	}
	account = text[:at]
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	switch {
	case strings.Trim(account, letters) != "" || account[0] == '-':
		return "", address, bad(errors.New("an account has letters, digits, dots, dashes and underscores"))
	case account == wire.CustomerUser:
		return "", address, bad(errors.New("that account is the customers' way in"))
	}
	if address, err = reach.ParseAddress(withBrackets(text[at+1:])); err != nil {
		return "", address, bad(err)
	}
	return account, address, nil
}

// loginMeant is what a URL with a user in it means as a login, or "".
func loginMeant(scheme, rest string) string {
	account, host, has := strings.Cut(rest, "@")
	if !has {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "https", "http", "wss":
		host = "https://" + host
	case "ssh":
	default:
		return ""
	}
	account, _, _ = strings.Cut(account, ":") // a password is none of ours, and not shown
	login, address, err := parseTarget(account + "@" + strings.TrimSuffix(host, "/"))
	if err != nil {
		return ""
	}
	return login + "@" + address.String()
}

// withBrackets takes an IPv6 address as people have it. One with a zone is a
// matter of this network, so it means SSH on the usual port.
func withBrackets(host string) string {
	inner := host
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		inner = host[1 : len(host)-1]
	}
	ip, err := netip.ParseAddr(inner)
	switch {
	case err != nil || !ip.Is6() || strings.ContainsAny(inner, "[]"):
		return host
	case ip.Zone() != "":
		return net.JoinHostPort(ip.String(), wire.DefaultPort)
	}
	return "[" + ip.String() + "]"
}

// complete fills in what a login has found out.
func (pr *profile) complete(r *client.Relay, who api.WhoAmI, authorities, others []ssh.PublicKey, keyFile string) {
	pr.key = csrca.Plain(r.Key())
	pr.Name, pr.Key, pr.KeyFile, pr.Library = who.Name, formatKey(pr.key), keyFile, who.Library
	pr.setHostKeys(r.HostKey(), others)
	pr.setAuthorities(authorities)
}

// forget removes everything that this program has kept.
func (p *program) forget() error {
	if err := p.checkHome(); err != nil {
		return err
	}
	if _, err := os.Lstat(p.path(profileFile)); errors.Is(err, fs.ErrNotExist) {
		return cmdline.Fail(cmdline.ExitAuth, "", "you are not logged in")
	}
	for _, name := range []string{profileFile, knownHostsFile, configFile, keyFile, certificateFile, wayFile, looksDir, metDir, wordsDir, authorsDir, relaysDir} {
		if err := os.RemoveAll(filepath.Join(p.dir, name)); err != nil {
			return err
		}
	}
	if err := os.Remove(p.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return text.Errorf("something else lies in %s: %w", p.dir, err)
	}
	return nil
}
