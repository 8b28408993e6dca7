package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"supportd/library/panics"
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
	config := tlsConfig(a.forClient)
	config.NextProtos = append(config.NextProtos, acme.ALPNProto)
	return &Certificates{log: opts.Log, config: config, refresh: a.follow, current: a.current}, nil
}

// authority has the certificates of all names ready before a client asks for one.
type authority struct {
	manager *autocert.Manager
	names   []string
	log     *slog.Logger

	mu    sync.Mutex // guards certs; no other lock is taken under it
	certs map[string]*tls.Certificate
}

// forClient is the certificate for a client: one that is there. autocert would order
// one for every client that asks, without the pause after a failure, and a second one
// for clients that take RSA alone. Only the ACME server's own question goes to it
// (RFC 8737 section 3), which orders nothing.
func (a *authority) forClient(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if slices.Equal(hello.SupportedProtos, []string{acme.ALPNProto}) {
		return a.manager.GetCertificate(hello)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, cert := range a.certs {
		if cert.Leaf.VerifyHostname(strings.TrimSuffix(hello.ServerName, ".")) == nil {
			return cert, nil
		}
	}
	return nil, errNoCertificate
}

var errPanicked = errors.New("a mistake of ours, see the log")

// errNoCertificate is a client that asks for a name that has no certificate (yet).
var errNoCertificate = errors.New("there is no certificate for the name that the client asks for")

// follow gets the certificates of all names until ctx is done. A name whose
// certificate cannot be had holds up no other one.
func (a *authority) follow(ctx context.Context) {
	var following sync.WaitGroup
	defer following.Wait()
	for _, name := range a.names {
		following.Go(func() { a.followName(ctx, name) })
	}
}

// followName gets a name's certificate, and looks twice a day whether it has been
// renewed.
func (a *authority) followName(ctx context.Context, name string) {
	for {
		pause := warnInterval / 2
		if !a.get(ctx, name) {
			pause = acmeRetry
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
		got := answer{err: errPanicked}
		defer func() { came <- got }()
		defer panics.Keep(a.log, "asking for a TLS certificate", func() {})
		got.cert, got.err = a.manager.GetCertificate(helloOf(name))
	}()
	select {
	case <-ctx.Done():
		return false
	case got := <-came:
		if got.err != nil {
			a.log.Error("no TLS certificate could be had; trying again later", "name", name, "err", got.err, "pause", acmeRetry)
			return false
		}
		a.keep(name, got.cert)
		return true
	}
}

// keep notes a certificate for clients and tells of a new one.
func (a *authority) keep(name string, cert *tls.Certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.certs == nil {
		a.certs = map[string]*tls.Certificate{}
	}
	if old := a.certs[name]; old == nil || !old.Leaf.Equal(cert.Leaf) {
		a.log.Info("a TLS certificate is there", "name", name, "expires", cert.Leaf.NotAfter)
	}
	a.certs[name] = cert
}

func (a *authority) current() map[string]*x509.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	leafs := map[string]*x509.Certificate{}
	for name, cert := range a.certs {
		leafs[name] = cert.Leaf
	}
	return leafs
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
