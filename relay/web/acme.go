package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

const (
	// acmeTimeout bounds one request to the ACME server.
	acmeTimeout = 30 * time.Second
	// acmeRetry is the pause after a certificate could not be had: authorities limit
	// how often one may fail within an hour.
	acmeRetry = 15 * time.Minute
)

// ACMEOptions say where certificates come from (RFC 8555). All but
// Directory, Roots and Proxy are required.
type ACMEOptions struct {
	Directory string                                // the ACME server's directory; "" is Let's Encrypt's
	Roots     *x509.CertPool                        // whom the ACME server's own certificate is checked with; nil is the system's
	Proxy     func(*http.Request) (*url.URL, error) // the way to it, as [http.Transport.Proxy]; nil is the direct one
	Names     []string                              // host names: certificates are had for these alone
	Cache     string                                // a private directory for keys and certificates; it is made
	Log       *slog.Logger
}

// FromACME has certificates made and renewed by an ACME server, which proves the
// names on the same port (tls-alpn-01, RFC 8737): it has to reach it as 443.
func FromACME(opts ACMEOptions) (*Certificates, error) {
	if len(opts.Names) == 0 {
		return nil, errNoNames
	}
	transport := &http.Transport{
		Proxy: opts.Proxy, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: opts.Roots, MinVersion: tls.VersionTLS12},
	}
	m := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(opts.Cache), HostPolicy: autocert.HostWhitelist(opts.Names...),
		Client: &acme.Client{DirectoryURL: opts.Directory, UserAgent: "supportd", HTTPClient: &http.Client{Transport: transport, Timeout: acmeTimeout}},
	}
	a := &authority{manager: m, names: opts.Names, log: opts.Log}
	config := tlsConfig(m.GetCertificate)
	config.NextProtos = append(config.NextProtos, acme.ALPNProto)
	return &Certificates{log: opts.Log, config: config, refresh: a.follow, current: a.current}, nil
}

// authority has the certificates of all names ready before a client asks for one.
type authority struct {
	manager *autocert.Manager
	names   []string
	log     *slog.Logger

	mu    sync.Mutex // guards leafs; no other lock is taken under it
	leafs map[string]*x509.Certificate
}

// follow gets each name's certificate, and looks daily whether it has been renewed.
func (a *authority) follow(ctx context.Context) {
	for {
		pause := warnInterval / 2
		for _, name := range a.names {
			if !a.get(ctx, name) {
				pause = acmeRetry
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// get asks for one certificate and reports whether there is one.
func (a *authority) get(ctx context.Context, name string) bool {
	type answer struct {
		cert *tls.Certificate
		err  error
	}
	came := make(chan answer, 1)
	go func() { // it cannot be stopped, and ends by itself within minutes: a server that stops does not wait
		cert, err := a.manager.GetCertificate(helloOf(name))
		came <- answer{cert, err}
	}()
	select {
	case <-ctx.Done():
		return false
	case got := <-came:
		if got.err != nil {
			a.log.Error("no TLS certificate could be had; trying again later", "name", name, "err", got.err, "pause", acmeRetry)
			return false
		}
		a.keep(name, got.cert.Leaf)
		return true
	}
}

// keep notes a certificate and tells of a new one.
func (a *authority) keep(name string, leaf *x509.Certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leafs == nil {
		a.leafs = map[string]*x509.Certificate{}
	}
	if old := a.leafs[name]; old == nil || !old.Equal(leaf) {
		a.log.Info("a TLS certificate is there", "name", name, "expires", leaf.NotAfter)
	}
	a.leafs[name] = leaf
}

func (a *authority) current() map[string]*x509.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.leafs)
}

// helloOf is a client of today that asks for a name: it takes ECDSA.
func helloOf(name string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName:       name,
		CipherSuites:     []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
		SupportedCurves:  []tls.CurveID{tls.CurveP256},
	}
}

// HostNames are the names without their ports that a certificate can be had for:
// addresses have none.
func HostNames(names []string) (hosts []string) {
	for _, name := range names {
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		if net.ParseIP(name) == nil && !slices.Contains(hosts, name) {
			hosts = append(hosts, name)
		}
	}
	return hosts
}

// RootsFrom reads CA certificates in PEM.
func RootsFrom(text []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("it holds no certificate in PEM")
	}
	return pool, nil
}
