package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/disk"
)

// certificateFile has the certificate that ssh-agent holds for the key in [keyFile]: ssh
// looks for it beside that.
const certificateFile = keyFile + certificateEnd

// certificateEnd is what OpenSSH puts behind the name of a key's file.
const certificateEnd = "-cert.pub"

// alone signs for a key that ssh-agent holds only together with its certificate.
type alone struct {
	ssh.Signer
	public ssh.PublicKey
}

// PublicKey is the key itself.
func (a alone) PublicKey() ssh.PublicKey { return a.public }

// SignWithAlgorithm lets RSA keys sign with SHA-2 (RFC 8332).
func (a alone) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	if s, ok := a.Signer.(ssh.AlgorithmSigner); ok {
		return s.SignWithAlgorithm(rand, data, algorithm)
	}
	return a.Sign(rand, data)
}

// plainKeys are the keys that ssh-agent holds, each once, whether with a certificate or
// without.
func plainKeys(held []candidate) (keys []candidate) {
	for _, withCertificate := range []bool{false, true} {
		for _, c := range held {
			public := csrca.Plain(c.public)
			if known := slices.ContainsFunc(keys, func(k candidate) bool { return sameKey(k.public, public) }); known || (csrca.Of(c.public) != nil) != withCertificate {
				continue
			}
			if withCertificate {
				c.signer = alone{c.signer, public}
			}
			keys = append(keys, candidate{public: public, signer: c.signer, held: held})
		}
	}
	return keys
}

// certificates are the certificates that ssh-agent holds for a key, and the one that lies
// beside its file as KEY-cert.pub, with the key to sign.
func certificates(key ssh.Signer, file string, held []candidate) (all []ssh.Signer) {
	add := func(public ssh.PublicKey) {
		cert := csrca.Of(public)
		if cert == nil || csrca.IsAuthors(cert) || !sameKey(cert.Key, key.PublicKey()) || slices.ContainsFunc(all, func(s ssh.Signer) bool { return sameKey(s.PublicKey(), cert) }) {
			return
		}
		if signer, err := ssh.NewCertSigner(cert, key); err == nil {
			all = append(all, signer)
		}
	}
	if file != "" { // ssh, too, looks for the certificate of id.pub in id-cert.pub
		if data, err := disk.Read(strings.TrimSuffix(file, ".pub")+certificateEnd, maxOwn); err == nil {
			if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
				add(public)
			}
		}
	}
	for _, c := range held {
		add(c.public)
	}
	return all
}

// certificateFile is where the certificate of a login's key lies, if there is one. ssh
// finds it without being told, but offers one that it was told of before the key.
func (pr profile) certificateFile(p *program) string {
	if pr.KeyFile == "" {
		return p.path(certificateFile)
	}
	return strings.TrimSuffix(pr.KeyFile, ".pub") + certificateEnd
}

// offers are a key's certificates and then the key itself.
func (c candidate) offers(key ssh.Signer) []ssh.Signer {
	return append(certificates(key, c.file, c.held), key)
}

// keysOf finds the key of a login again: with its certificates, which go first, and by
// itself.
func (p *program) keysOf(ctx context.Context, pr profile) ([]ssh.Signer, error) {
	held, release := p.agentKeys()
	p.atEnd = append(p.atEnd, release)
	key, err := p.keyOf(ctx, pr, held)
	if err != nil {
		return nil, err
	}
	p.loginKey = key
	withCertificate := certificates(key, pr.KeyFile, held)
	if pr.KeyFile == "" {
		p.keepCertificate(withCertificate)
	}
	return append(withCertificate, key), nil
}

// keepCertificate writes a certificate of ssh-agent to where plain ssh finds it: told to use
// one key alone, ssh does not look for it there. Where that does not work, supportctl works
// all the same.
func (p *program) keepCertificate(all []ssh.Signer) {
	if len(all) == 0 {
		return
	}
	line := ssh.MarshalAuthorizedKey(all[0].PublicKey())
	if old, err := disk.Read(p.path(certificateFile), maxOwn); err != nil || string(old) != string(line) {
		_ = writeFile(p.path(certificateFile), line, 0o600, true)
	}
}
