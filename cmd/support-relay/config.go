package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay"
	"supportd/relay/web"
)

// config is every option of "serve". A flag goes before the file.
type config struct {
	Data       string
	Listen     addresses
	Web        string
	Names      []string
	Address    string // web_address
	Page       pageConfig
	Trusted    []string // trusted_proxies
	TLS        tlsConfig
	Window     time.Duration
	NumberLife time.Duration
	Log        slog.Level

	places map[string]string // FILE:LINE of the keys that the file has
}

func configFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Usage: "`FILE` in TOML with these options, e.g. listen = \":2222\""},
		&cli.StringFlag{Name: "data", Usage: "`DIR` with keys and database; made at the first start"},
		&cli.StringSliceFlag{Name: "listen", Usage: "`ADDR` for SSH, HOST:PORT or :PORT; may be repeated", DefaultText: ":" + wire.DefaultPort},
		&cli.StringFlag{Name: "web", Usage: "`ADDR` that takes SSH, HTTPS and HTTP on one port, e.g. :443"},
		&cli.StringSliceFlag{Name: "names", Usage: "`HOST[:PORT]` that people call the relay, without a port where it serves 2222 or 443; may be repeated"},
		&cli.StringFlag{Name: "web-address", Usage: "`URL` of the join page as customers reach it, where it does not follow from --names and --web"},
		&cli.StringFlag{Name: "programs", Usage: "what customers download: `DIR` with support-agent-windows-amd64.exe and others, or the https:// address of another host"},
		&cli.StringFlag{Name: "organisation", Usage: "`TEXT` that the join page calls you"},
		&cli.StringFlag{Name: "contact", Usage: "`TEXT` on the join page: the telephone number or address where customers can ask whether it is you"},
		&cli.DurationFlag{Name: "window", Usage: "for how long a lost computer may come back, a `SPAN` such as 2h or 1d", DefaultText: "1h"},
		&cli.DurationFlag{Name: "number-life", Usage: "for how long a session number may go unused, a `SPAN` such as 30m", DefaultText: "30m"},
		&cli.StringFlag{Name: "log", Usage: "`LEVEL`: debug, info, warn or error", DefaultText: "info"},
	}
}

// configOf reads the file, if one is named, and then the flags.
func configOf(c *cli.Context) (config, error) {
	cfg := config{Listen: addresses{":" + wire.DefaultPort}}
	if path := c.String("config"); path != "" {
		if err := cfg.read(path); err != nil {
			return config{}, err
		}
	}
	for name, into := range map[string]*string{
		"data": &cfg.Data, "web": &cfg.Web, "web-address": &cfg.Address,
		"programs": &cfg.Page.Programs, "organisation": &cfg.Page.Organisation, "contact": &cfg.Page.Contact,
	} {
		if c.IsSet(name) {
			*into = c.String(name)
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
	if c.IsSet("names") {
		cfg.Names = c.StringSlice("names")
	}
	if c.IsSet("log") {
		if err := cfg.Log.UnmarshalText([]byte(c.String("log"))); err != nil {
			return config{}, cmdline.Usage("one of: debug, info, warn, error", "--log: unknown level %q", text.Plain(c.String("log"), 20))
		}
	}
	for key := range cfg.places {
		if c.IsSet(strings.ReplaceAll(key, "_", "-")) {
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

// place is where a key was set: in the file, or else with its flag.
func (cfg *config) place(key string) string {
	if at, inFile := cfg.places[key]; inFile {
		return at + ": " + key
	}
	return "--" + strings.ReplaceAll(key, "_", "-")
}

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

// read reads a configuration file. What is wrong with it is told with file, line
// and key.
func (cfg *config) read(path string) error {
	text, err := disk.Read(path, maxConfig)
	if err != nil {
		return cmdline.Usage("check --config", "cannot read the configuration: %v", err)
	}
	bad := func(line int, key string, problem any) error {
		return cmdline.Usage("support-relay serve --help shows the options", "%s:%d: %s: %v", path, line, key, problem)
	}
	var values map[string]toml.Primitive
	meta, err := toml.Decode(string(text), &values)
	var parse toml.ParseError
	switch {
	case errors.As(err, &parse):
		return bad(parse.Position.Line, cmp.Or(parse.LastKey, "syntax"), parse.Message)
	case err != nil:
		return bad(1, "syntax", err)
	}
	cfg.places = map[string]string{}
	fields := cfg.fields()
	for _, key := range meta.Keys() {
		line := lineOf(string(text), key)
		field, known := fields[key.String()]
		value, err := valueOf(meta, values, key)
		if err == nil && field.into != nil {
			err = meta.PrimitiveDecode(value, field.into)
		}
		switch {
		case !known:
			return bad(line, key.String(), unknownOption(fields, key))
		case err != nil:
			return bad(line, key.String(), field.want)
		}
		cfg.places[key.String()] = fmt.Sprintf("%s:%d", path, line)
	}
	if key, problem := cfg.problem(); problem != nil {
		return bad(lineOf(string(text), strings.Split(key, ".")), key, problem)
	}
	return nil
}

// unknownOption says what may be meant by an option that there is not.
func unknownOption(fields map[string]field, key toml.Key) string {
	const unknown = "unknown option"
	if _, inTable := fields[tlsTable+"."+key.String()]; inTable {
		return unknown + "; it belongs below a line [" + tlsTable + "]"
	}
	if key[0] == tlsTable {
		return unknown + "; [" + tlsTable + "] has cert, key, acme and acme_ca"
	}
	return unknown
}

// valueOf finds what a key was set to, in the tables that it names.
func valueOf(meta toml.MetaData, values map[string]toml.Primitive, key toml.Key) (value toml.Primitive, err error) {
	for _, part := range key[:len(key)-1] {
		inner := map[string]toml.Primitive{}
		if err := meta.PrimitiveDecode(values[part], &inner); err != nil {
			return value, err
		}
		values = inner
	}
	value = values[key[len(key)-1]]
	if key.String() == tlsTable {
		err = meta.PrimitiveDecode(value, &struct{}{}) // into a map it would take a text, too
	}
	return value, err
}

// tlsTable is the only table.
const tlsTable = "tls"

// field is where an option of the file goes, and what is wanted there. A table goes
// nowhere by itself.
type field struct {
	into any
	want string
}

func (cfg *config) fields() map[string]field {
	const quoted, list = "a text in quotes is wanted", "a list of texts in quotes is wanted"
	return map[string]field{
		"data": {&cfg.Data, quoted}, "listen": {&cfg.Listen, quoted + ", or a list of them"}, "web": {&cfg.Web, quoted},
		"names": {&cfg.Names, list}, "trusted_proxies": {&cfg.Trusted, list},
		"web_address": {&cfg.Address, quoted}, "programs": {&cfg.Page.Programs, quoted},
		"organisation": {&cfg.Page.Organisation, quoted}, "contact": {&cfg.Page.Contact, quoted},
		tlsTable: {nil, "a table [tls] is wanted"}, "tls.cert": {&cfg.TLS.Cert, quoted}, "tls.key": {&cfg.TLS.Key, quoted},
		"tls.acme": {&cfg.TLS.ACME, "true, or the address of an ACME server's directory in quotes, is wanted"}, "tls.acme_ca": {&cfg.TLS.ACMECA, quoted},
		"window": {&cfg.Window, wantDuration}, "number_life": {&cfg.NumberLife, wantDuration},
		"log": {&cfg.Log, `"debug", "info", "warn" or "error" is wanted`},
	}
}

const wantDuration = `a duration in quotes such as "90m" or "1h" is wanted`

// problem names the option that cannot be used, and says why.
func (cfg *config) problem() (key string, err error) {
	for i, address := range cfg.Listen {
		if err := checkAddress(address); err != nil {
			return "listen", err
		}
		if slices.Contains(cfg.Listen[:i], address) && !strings.HasSuffix(address, ":0") {
			return "listen", fmt.Errorf("%s stands there twice", address)
		}
	}
	if cfg.Web != "" {
		if err := checkAddress(cfg.Web); err != nil {
			return "web", err
		}
	}
	if _, err := reach.ParseProxies(cfg.Trusted); err != nil {
		return "trusted_proxies", err
	}
	if key, err := cfg.Page.problem(); err != nil {
		return key, err
	}
	if cfg.Address != "" {
		if err := wire.CheckWeb(cfg.Address); err != nil {
			return "web_address", err
		}
	}
	if key, err := cfg.TLS.problem(); err != nil {
		return key, err
	}
	for key, d := range map[string]time.Duration{"window": cfg.Window, "number_life": cfg.NumberLife} {
		if d < 0 || d > 0 && d < time.Second {
			return key, fmt.Errorf("%s is too short", d)
		}
	}
	for _, name := range cfg.Names {
		if err := relay.CheckName(name); err != nil {
			return "names", err
		}
	}
	return "", nil
}

// contradiction names an option that does not fit the others, flags included.
func (cfg *config) contradiction() (key string, err error) {
	switch {
	case len(cfg.Listen) == 0 && cfg.Web == "":
		return "listen", errors.New("no address at all: nobody could reach the relay")
	case cfg.Web != "" && slices.Contains(cfg.Listen, cfg.Web) && !strings.HasSuffix(cfg.Web, ":0"):
		return "web", fmt.Errorf("%s is one for --listen already; --web takes SSH too", cfg.Web)
	case cfg.Page.Programs != "" && cfg.Web == "":
		return "programs", errors.New("web names no address to serve them on")
	case cfg.TLS.set() != "" && cfg.Web == "":
		return cfg.TLS.set(), errors.New("web names no address to use it on")
	case cfg.TLS.ACME.on && len(web.HostNames(cfg.Names)) == 0:
		return "tls.acme", errors.New("names has to list the host names to have certificates for")
	}
	return "", nil
}

// checkAddress reports whether one can listen on it.
func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if _, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil {
		return fmt.Errorf("%q is no address such as :2222 or 192.0.2.1:2222", address)
	}
	return nil
}

// addresses are one text or a list of them.
type addresses []string

// UnmarshalTOML implements [toml.Unmarshaler].
func (a *addresses) UnmarshalTOML(value any) error {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	*a = nil
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			return errWanted
		}
		*a = append(*a, text)
	}
	return nil
}

// errWanted is another type than the one that is wanted, which read tells.
var errWanted = errors.New("another type is wanted")

// lineOf finds the line that sets a key, or the table of that name; the parser
// does not tell.
func lineOf(text string, key []string) int {
	n, table := 0, ""
	for line := range strings.Lines(text) {
		n++
		name, _, _ := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if strings.HasPrefix(name, "[") {
			if table = strings.Trim(name, " \t[]\"'\r\n"); table == strings.Join(key, ".") {
				return n
			}
			continue
		}
		if name = strings.Trim(name, "\"'"); table != "" {
			name = table + "." + name
		}
		if name == strings.Join(key, ".") {
			return n
		}
	}
	return 1
}
