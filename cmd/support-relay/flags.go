package main

import (
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// configFlags are the options of a relay. Each is a key of the file, too: see flagOf.
func configFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Usage: "`FILE` in TOML with these options, e.g. listen = \":2222\""},
		&cli.StringFlag{Name: "data", Usage: "`DIR` with keys and database; made at the first start"},
		databaseFlag(),
		&cli.StringFlag{Name: keyNode, Usage: "`NAME` of this relay in a group of several on one database; each has the same host_key and ca_key in its data directory"},
		&cli.StringFlag{Name: flagOf(keyPeerListen), Usage: "`ADDR` for the other relays of the group, e.g. 192.0.2.1:2223; without a host they take --node for it"},
		&cli.StringSliceFlag{Name: "listen", Usage: "`ADDR` for SSH, HOST:PORT or :PORT; may be repeated", DefaultText: ":" + wire.DefaultPort},
		&cli.StringFlag{Name: "web", Usage: "`ADDR` that takes SSH, HTTPS and HTTP on one port, e.g. :443"},
		&cli.StringFlag{Name: "ops", Usage: "`ADDR` on loopback, e.g. 127.0.0.1:9100, with /healthz, /readyz and /metrics for Prometheus"},
		&cli.StringSliceFlag{Name: "names", Usage: "`HOST[:PORT]` that people call the relay, without a port where it serves 2222 or 443; may be repeated"},
		&cli.StringSliceFlag{Name: "trusted-proxies", Usage: "`ADDR` or network that is believed about the source of a connection (PROXY protocol, Forwarded, X-Forwarded-For); may be repeated"},
		&cli.StringSliceFlag{Name: "csr-ca", Usage: "`FILE` with a public key of the CA whose user certificates log in, beside the accounts' keys; may be repeated"},
		&cli.StringFlag{Name: "csr-revocations", Usage: "`FILE` with the list of what that CA has revoked, as supportctl ca revoke makes it: it counts for logins, and computers are brought it"},
		&cli.StringFlag{Name: "tls-cert", Usage: "`FILE` in PEM with the certificate for --web; it is read again when it changes"},
		&cli.StringFlag{Name: "tls-key", Usage: "`FILE` in PEM with its private key"},
		&cli.StringFlag{Name: "tls-acme", Usage: "certificates for --names from an ACME server, which has to reach --web as port 443: `URL` of its directory, or true for Let's Encrypt, whose terms that accepts"},
		&cli.StringFlag{Name: "tls-acme-ca", Usage: "`FILE` with the CA of the ACME server's own certificate, where the system lacks it"},
		&cli.StringFlag{Name: "web-address", Usage: "`URL` of the join page as customers reach it, where it does not follow from --names and --web"},
		&cli.StringFlag{Name: "programs", Usage: "what customers download: `DIR` with support-agent-windows-amd64.exe and others, or the https:// address of another host"},
		&cli.StringFlag{Name: "organisation", Usage: "`TEXT` that the join page calls you"},
		&cli.StringFlag{Name: "contact", Usage: "`TEXT` on the join page: the telephone number or address where customers can ask whether it is you"},
		&cli.DurationFlag{Name: "window", Usage: "for how long a lost computer may come back, a `SPAN` such as 2h or 1d", DefaultText: "1h"},
		&cli.DurationFlag{Name: "number-life", Usage: "for how long a session number may go unused, a `SPAN` such as 30m", DefaultText: "30m"},
		&cli.StringFlag{Name: "log", Usage: "`LEVEL`: debug, info, warn or error", DefaultText: "info"},
		&cli.StringFlag{Name: "log-format", Usage: "`FORM` of the log: text or json; \"help log\" has its fields", DefaultText: textFormat},
	}
}

// flagOf is the flag of a key: tls.acme_ca is --tls-acme-ca.
func flagOf(key string) string { return strings.NewReplacer("_", "-", ".", "-").Replace(key) }

// configOf reads the file, if one is named, and then the flags.
func configOf(c *cli.Context) (config, error) {
	cfg := config{Listen: addresses{":" + wire.DefaultPort}}
	if path := c.String("config"); path != "" {
		if err := cfg.read(path); err != nil {
			return config{}, err
		}
	}
	for name, into := range map[string]*string{
		"csr-revocations": &cfg.Revocations, keyNode: &cfg.Node, flagOf(keyPeerListen): &cfg.PeerListen,
		"data": &cfg.Data, "web": &cfg.Web, "ops": &cfg.Ops, "web-address": &cfg.Address,
		"programs": &cfg.Page.Programs, "organisation": &cfg.Page.Organisation, "contact": &cfg.Page.Contact,
		"tls-cert": &cfg.TLS.Cert, "tls-key": &cfg.TLS.Key, "tls-acme-ca": &cfg.TLS.ACMECA, "log-format": &cfg.LogFormat,
	} {
		if c.IsSet(name) {
			*into = c.String(name)
		}
	}
	if c.IsSet(keyDatabase) {
		if cfg.Database = databaseURL(c.String(keyDatabase)); cfg.Database.secret() {
			return config{}, errSecretFlag()
		}
	}
	if c.IsSet("listen") {
		cfg.Listen = c.StringSlice("listen")
	}
	for name, into := range map[string]*time.Duration{"window": &cfg.Window, "number-life": &cfg.NumberLife} {
		if c.IsSet(name) {
			*into = c.Duration(name)
		}
	}
	for name, into := range map[string]*[]string{"names": &cfg.Names, "trusted-proxies": &cfg.Trusted, "csr-ca": &cfg.CSRCA} {
		if c.IsSet(name) {
			*into = c.StringSlice(name)
		}
	}
	switch directory := c.String("tls-acme"); {
	case !c.IsSet("tls-acme"):
	case directory == "true", directory == "false":
		cfg.TLS.ACME = acmeConfig{on: directory == "true"}
	default:
		cfg.TLS.ACME = acmeConfig{on: true, directory: directory}
	}
	if c.IsSet("log") {
		if err := cfg.Log.UnmarshalText([]byte(c.String("log"))); err != nil {
			return config{}, cmdline.Usage("one of: debug, info, warn, error", "--log: unknown level %q", text.Plain(c.String("log"), 20))
		}
	}
	for key := range cfg.places {
		if c.IsSet(flagOf(key)) {
			delete(cfg.places, key) // the flag counts, so what is wrong is wrong there
		}
	}
	if cfg.Data == "" {
		return config{}, cmdline.Usage("support-relay serve --data DIR", "which data directory?")
	}
	key, problem := cfg.problem()
	if problem == nil {
		key, problem = cfg.contradiction()
	}
	if problem != nil {
		return config{}, cmdline.Usage("support-relay serve --help shows the options", "%s: %v", cfg.place(key), problem)
	}
	return cfg, nil
}
