package relay

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

const (
	// certificateLife is how long a computer's host certificate is good: it is
	// renewed whenever the computer comes back.
	certificateLife = 7 * 24 * time.Hour
	// renewal is how long before that a computer is disconnected, so that it comes
	// back and gets another one.
	renewal = 24 * time.Hour
	// certificateLead lets CSRs accept a new certificate whose clocks are slow.
	certificateLead = time.Hour
)

// certify signs a computer's identity key as the host key behind a number.
func (d *Data) certify(key ssh.PublicKey, id string, n wire.Number, now time.Time) ([]byte, error) {
	var serial [8]byte
	if _, err := rand.Read(serial[:]); err != nil {
		return nil, err
	}
	cert := &ssh.Certificate{
		Key:             key,
		Serial:          binary.BigEndian.Uint64(serial[:]),
		CertType:        ssh.HostCert,
		KeyId:           "support session " + id,
		ValidPrincipals: []string{string(n), n.Host()},
		ValidAfter:      uint64(now.Add(-certificateLead).Unix()),
		ValidBefore:     uint64(now.Add(certificateLife).Unix()),
	}
	if err := cert.SignCert(rand.Reader, d.cas.Load().own); err != nil {
		return nil, fmt.Errorf("certifying a computer: %w", err)
	}
	return cert.Marshal(), nil
}

// knownHosts is what a CSR's known_hosts needs (sshd(8), SSH_KNOWN_HOSTS FILE
// FORMAT): who certifies the computers, and the relay's own key under the names
// in relays, HOST or HOST:PORT. The relay speaks for no other names: a pattern
// for bare numbers would also stand for "localhost", and OpenSSH takes a bare
// number for an IPv4 address anyway.
func (d *Data) knownHosts(relays []string) string {
	var b strings.Builder
	for _, ca := range d.cas.Load().trusted(time.Now()) { // several, while that key is changed
		fmt.Fprintf(&b, "@cert-authority *%s %s supportd-computers\n", wire.HostSuffix, authorizedKey(ca))
	}
	var names []string
	for _, relay := range relays {
		for _, name := range knownHostNames(relay) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 {
		for _, key := range d.keys.Load().all() { // both, while the host key is changed
			fmt.Fprintf(&b, "%s %s supportd-relay\n", strings.Join(names, ","), authorizedKey(key.PublicKey()))
		}
	}
	return b.String()
}

// plainPorts are those at which ssh may find a relay whose name has no port: ssh's
// own, the relay's, and the one that goes through most networks.
func plainPorts() []string { return []string{sshPort, wire.DefaultPort, "443"} }

const sshPort = "22"

// knownHostNames are the names of a relay in known_hosts: of HOST:PORT one, of HOST
// one for each of [plainPorts]; none where it is neither.
func knownHostNames(relay string) (names []string) {
	ports := plainPorts()
	host, port, err := net.SplitHostPort(relay)
	if err == nil {
		ports = []string{port}
	} else {
		host = relay
	}
	host = strings.ToLower(host)
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:") != "" {
		return nil
	}
	for _, port := range ports {
		n, err := strconv.ParseUint(port, 10, 16)
		switch {
		case err != nil || n == 0:
			return nil
		case port == sshPort:
			names = append(names, host)
		default:
			names = append(names, "["+host+"]:"+port)
		}
	}
	return names
}

// authorizedKey is a key as in authorized_keys, without a comment.
func authorizedKey(key ssh.PublicKey) string {
	return string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key)))
}
