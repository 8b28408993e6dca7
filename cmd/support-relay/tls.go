package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/relay/web"
)

// tlsConfig is the table [tls]: where the web port's certificates come from.
type tlsConfig struct {
	Cert, Key string // PEM files
	ACME      acmeConfig
	ACMECA    string // a PEM file
}

// maxCA bounds the file of a CA in bytes.
const maxCA = 1 << 20

// acmeConfig is true, for Let's Encrypt, or the address of another directory.
type acmeConfig struct {
	on        bool
	directory string
}

// UnmarshalTOML implements [toml.Unmarshaler].
func (a *acmeConfig) UnmarshalTOML(value any) error {
	switch v := value.(type) {
	case bool:
		*a = acmeConfig{on: v}
	case string:
		*a = acmeConfig{on: true, directory: v}
	default:
		return errWanted
	}
	return nil
}

// set names the option by which certificates are wanted; "" for none.
func (t tlsConfig) set() string {
	switch {
	case t.ACME.on:
		return "tls.acme"
	case t.Cert != "":
		return "tls.cert"
	}
	return ""
}

func (t tlsConfig) problem() (key string, err error) {
	u, bad := url.Parse(t.ACME.directory)
	switch {
	case t.ACME.on && t.Cert != "":
		return "tls.acme", errors.New("either acme or cert and key, not both")
	case t.Cert != "" && t.Key == "":
		return "tls.cert", errors.New("key is missing: the file with its private key")
	case t.Key != "" && t.Cert == "":
		return "tls.key", errors.New("cert is missing: the file with the certificate")
	case t.ACME.directory != "" && (bad != nil || u.Scheme != "https" || u.Host == ""):
		return "tls.acme", fmt.Errorf("%q is no address such as https://acme.example/directory", t.ACME.directory)
	case t.ACMECA != "" && !t.ACME.on:
		return "tls.acme_ca", errors.New("it is for acme, which is not set")
	}
	return "", nil
}

// certificates makes what the configuration says; nil is none.
func (cfg *config) certificates(log *slog.Logger) (*web.Certificates, error) {
	switch {
	case cfg.TLS.Cert != "":
		c, err := web.FromFiles(cfg.TLS.Cert, cfg.TLS.Key, web.HostNames(cfg.Names), log)
		if err != nil {
			return nil, cmdline.Usage("check cert and key in [tls]: two PEM files that belong together", "%v", err)
		}
		return c, nil
	case cfg.TLS.ACME.on:
		opts := web.ACMEOptions{
			Directory: cfg.TLS.ACME.directory, Names: web.HostNames(cfg.Names), Cache: filepath.Join(cfg.Data, "acme"),
			Proxy: http.ProxyFromEnvironment, Log: log,
		}
		if cfg.TLS.ACMECA != "" {
			text, err := disk.Read(cfg.TLS.ACMECA, maxCA)
			if err == nil {
				opts.Roots, err = web.RootsFrom(text)
			}
			if err != nil {
				return nil, cmdline.Usage("check acme_ca in [tls]", "the CA of the ACME server, %s: %v", cfg.TLS.ACMECA, err)
			}
		}
		return web.FromACME(opts)
	}
	return nil, nil
}
