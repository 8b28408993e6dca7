package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"supportd/library/disk"
	"supportd/library/panics"
)

const (
	// lookInterval is how often certificate files are looked at.
	lookInterval = 2 * time.Second
	// warnInterval is how often a certificate that ends soon is told of.
	warnInterval = 24 * time.Hour
	// soon is how long before its end a certificate is told of; a short-lived one in
	// its last third.
	soon = 14 * 24 * time.Hour
	// maxPEM bounds a file in bytes: a long chain has 20 KiB.
	maxPEM = 1 << 20
	// readTime is enough to read the files; a mount that does not answer takes longer.
	readTime = 10 * time.Second
)

// Certificates are what the server proves its names with. All methods are safe for
// concurrent use.
type Certificates struct {
	log    *slog.Logger
	names  []string // hosts that they should be for
	config *tls.Config
	// refresh looks for newer certificates until ctx is done.
	refresh func(ctx context.Context)
	// current are the certificates whose end is watched, by where they come from.
	current func() map[string]*x509.Certificate
}

// tlsConfig is what all kinds of certificates have in common: TLS 1.2 and newer, and
// HTTP/1.1 inside.
func tlsConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: get,
		DynamicRecordSizingDisabled: true, // it would begin with small records
	}
}

func (c *Certificates) server(nc net.Conn) net.Conn { return tls.Server(nc, c.config) }

// Watch takes up what changes and tells of certificates that end soon, at once and
// daily, until ctx is done.
func (c *Certificates) Watch(ctx context.Context) {
	var refreshing sync.WaitGroup
	defer refreshing.Wait()
	refreshing.Go(func() { c.refresh(ctx) })
	tick := time.NewTicker(warnInterval)
	defer tick.Stop()
	for {
		for from, leaf := range c.current() {
			c.warn(from, leaf)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (c *Certificates) warn(from string, leaf *x509.Certificate) {
	left := time.Until(leaf.NotAfter)
	switch {
	case left <= 0:
		c.log.Warn("the TLS certificate has expired, and browsers refuse the relay: renew it", "certificate", from, "expired", leaf.NotAfter)
	case left < min(soon, leaf.NotAfter.Sub(leaf.NotBefore)/3):
		c.log.Warn("the TLS certificate expires soon: renew it", "certificate", from, "expires", leaf.NotAfter)
	case time.Until(leaf.NotBefore) > 0:
		c.log.Warn("the TLS certificate is not valid yet: check the clock", "certificate", from, "from", leaf.NotBefore)
	}
	missing := slices.DeleteFunc(slices.Clone(c.names), func(name string) bool { return leaf.VerifyHostname(name) == nil })
	if len(missing) > 0 {
		c.log.Warn("the TLS certificate is not for all names of the relay, and browsers refuse it under the others: get one for them, or correct names in the configuration",
			"certificate", from, "for", leaf.DNSNames, "missing", missing)
	}
}

// FromFiles takes a certificate with its chain and its key from PEM files, and takes
// them again when they change. New ones that cannot be used are told of, and the old
// ones stay. A certificate that is not for all of names, hosts without a port, is used
// and told of.
func FromFiles(cert, key string, names []string, log *slog.Logger) (*Certificates, error) {
	f := &files{cert: cert, key: key, log: log}
	f.seen = f.look()
	if err := f.load(); err != nil {
		return nil, err
	}
	c := &Certificates{
		log: log, names: names,
		config:  tlsConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.now.Load(), nil }),
		refresh: f.follow,
		current: func() map[string]*x509.Certificate {
			return map[string]*x509.Certificate{cert: f.now.Load().Leaf}
		},
	}
	f.loaded = func() { c.warn(cert, f.now.Load().Leaf) }
	return c, nil
}

type files struct {
	cert, key string
	log       *slog.Logger
	now       atomic.Pointer[tls.Certificate]
	seen      state  // follow alone uses it
	loaded    func() // is called when new ones are used
}

// state is what of the files changes when they do.
type state struct{ cert, key fileState }

type fileState struct {
	changed time.Time
	size    int64
	missing bool
}

func (f *files) look() state {
	of := func(name string) fileState {
		info, err := os.Stat(name)
		if err != nil {
			return fileState{missing: true}
		}
		return fileState{changed: info.ModTime(), size: info.Size()}
	}
	return state{of(f.cert), of(f.key)}
}

func (f *files) load() error {
	pair, err := f.read()
	if err != nil {
		return fmt.Errorf("the TLS certificate %s with the key %s: %w", f.cert, f.key, err)
	}
	f.now.Store(&pair)
	return nil
}

// read takes ordinary files alone: a pipe would be waited for, a device has no end.
func (f *files) read() (pair tls.Certificate, err error) {
	cert, err := disk.Read(f.cert, maxPEM)
	if err != nil {
		return pair, err
	}
	key, err := disk.Read(f.key, maxPEM)
	if err != nil {
		return pair, err
	}
	return tls.X509KeyPair(cert, key)
}

// follow looks at the files until ctx is done, which it does not wait longer for: a
// look at a mount that does not answer is told of and left behind. There is never
// more than one.
func (f *files) follow(ctx context.Context) {
	loaded := f.seen
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		looked := make(chan struct{})
		go func() { // it ends when the file system answers; a server that stops does not wait
			defer close(looked)
			defer panics.Keep(f.log, "looking at the TLS certificate", func() {})
			loaded = f.reload(loaded)
		}()
		late := time.NewTimer(readTime)
		select {
		case <-looked:
		case <-ctx.Done():
		case <-late.C:
			f.log.Error("the files of the TLS certificate cannot be read: their file system does not answer; the old one stays", "certificate", f.cert, "key", f.key)
			select {
			case <-looked:
				f.log.Info("the files of the TLS certificate can be read again", "certificate", f.cert)
			case <-ctx.Done():
			}
		}
		late.Stop()
		if ctx.Err() != nil {
			return // loaded may be in use
		}
	}
}

// reload loads the files when they have changed and then stayed the same for one
// look: whoever renews a certificate writes one file after the other. It returns what
// was loaded last.
func (f *files) reload(loaded state) state {
	last := f.seen
	if f.seen = f.look(); f.seen != last || f.seen == loaded {
		return loaded
	}
	if err := f.load(); err != nil {
		f.log.Error("the new TLS certificate cannot be used; the old one stays", "err", err)
	} else {
		f.log.Info("a new TLS certificate is used", "certificate", f.cert, "expires", f.now.Load().Leaf.NotAfter)
		f.loaded()
	}
	return f.seen
}

// errNoNames is ACME without names to ask for.
var errNoNames = errors.New("ACME needs the names of the relay")
