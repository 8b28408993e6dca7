package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

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
	Data        string
	Database    databaseURL // of PostgreSQL; "" is a file in Data
	Node        string      // in a group; "" is none
	PeerListen  string      // peer_listen
	Listen      addresses
	Web         string
	Ops         string
	Names       []string
	Address     string // web_address
	Page        pageConfig
	Trusted     []string // trusted_proxies
	CSRCA       []string // csr_ca
	Revocations string   // csr_revocations
	TLS         tlsConfig
	Window      time.Duration
	NumberLife  time.Duration
	Log         slog.Level
	LogFormat   string // "" is textFormat

	path   string            // of the file; "" is none
	places map[string]string // FILE:LINE of the keys that the file has
}

// place is where a key was set: in the file, or else with its flag.
func (cfg *config) place(key string) string {
	if at, inFile := cfg.places[key]; inFile {
		return at + ": " + key
	}
	return "--" + flagOf(key)
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
	cfg.path, cfg.places = path, map[string]string{}
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
			return bad(line, key.String(), field.want+field.nearest(meta, value))
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
		return unknown + "; [" + tlsTable + "] has cert, key, acme and acme_ca" + meant(key.String(), fields)
	}
	if key.String() == "config" {
		return unknown + "; that is a flag alone"
	}
	return unknown + meant(key.String(), fields)
}

// meant names the option that a word is a slip of.
func meant(word string, fields map[string]field) string {
	if found := cmdline.Nearest(word, slices.Sorted(maps.Keys(fields))); len(found) > 0 {
		return "; did you mean " + found[0] + "?"
	}
	return ""
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
	of   []string // the values that there are, where they can be counted
}

// nearest says which right value a wrong one may be meant for.
func (f field) nearest(meta toml.MetaData, value toml.Primitive) string {
	var said string
	if meta.PrimitiveDecode(value, &said) != nil {
		return ""
	}
	if _, isList := f.into.(*[]string); isList {
		return fmt.Sprintf(", such as [%q]", text.Plain(said, 100))
	}
	if found := cmdline.Nearest(said, f.of); len(found) > 0 {
		return fmt.Sprintf("; did you mean %q?", found[0])
	}
	return ""
}

func (cfg *config) fields() map[string]field {
	const quoted, list = "a text in quotes is wanted", "a list of texts in quotes is wanted"
	levels := []string{"debug", "info", "warn", "error"}
	return map[string]field{
		"data": {into: &cfg.Data, want: quoted}, keyDatabase: {into: &cfg.Database, want: quoted}, keyNode: {into: &cfg.Node, want: quoted}, keyPeerListen: {into: &cfg.PeerListen, want: quoted}, "listen": {into: &cfg.Listen, want: quoted + ", or a list of them"}, "web": {into: &cfg.Web, want: quoted}, "ops": {into: &cfg.Ops, want: quoted},
		"names": {into: &cfg.Names, want: list}, "trusted_proxies": {into: &cfg.Trusted, want: list}, "csr_ca": {into: &cfg.CSRCA, want: list},
		keyRevocations: {into: &cfg.Revocations, want: quoted},
		"web_address":  {into: &cfg.Address, want: quoted}, "programs": {into: &cfg.Page.Programs, want: quoted},
		"organisation": {into: &cfg.Page.Organisation, want: quoted}, "contact": {into: &cfg.Page.Contact, want: quoted},
		tlsTable: {want: "a table [tls] is wanted"}, "tls.cert": {into: &cfg.TLS.Cert, want: quoted}, "tls.key": {into: &cfg.TLS.Key, want: quoted},
		"tls.acme":    {into: &cfg.TLS.ACME, want: "true, or the address of an ACME server's directory in quotes, is wanted"},
		"tls.acme_ca": {into: &cfg.TLS.ACMECA, want: quoted},
		"window":      {into: &cfg.Window, want: wantDuration}, "number_life": {into: &cfg.NumberLife, want: wantDuration},
		"log":        {into: &cfg.Log, want: `"debug", "info", "warn" or "error" is wanted`, of: levels},
		"log_format": {into: &cfg.LogFormat, want: `"text" or "json" is wanted`, of: []string{textFormat, jsonFormat}},
	}
}

const wantDuration = `a duration in quotes such as "90m" or "1h" is wanted`

// problem names the option that cannot be used, and says why.
func (cfg *config) problem() (key string, err error) {
	if err := cfg.Database.problem(cfg.path); err != nil {
		return keyDatabase, err
	}
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
	if cfg.Ops != "" {
		if err := checkAddress(cfg.Ops); err != nil {
			return "ops", err
		}
		host, _, _ := net.SplitHostPort(cfg.Ops)
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return "ops", fmt.Errorf("%q is not this computer alone, such as 127.0.0.1:9100: what it tells is not for others", cfg.Ops)
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
	if f := cfg.LogFormat; f != "" && f != textFormat && f != jsonFormat {
		return "log_format", fmt.Errorf("%q is neither text nor json", text.Plain(f, 20))
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
	if key, err := cfg.groupProblem(); err != nil {
		return key, err
	}
	switch {
	case len(cfg.Listen) == 0 && cfg.Web == "":
		return "listen", errors.New("no address at all: nobody could reach the relay")
	case cfg.Web != "" && slices.Contains(cfg.Listen, cfg.Web) && !strings.HasSuffix(cfg.Web, ":0"):
		return "web", fmt.Errorf("%s is one for --listen already; --web takes SSH too", cfg.Web)
	case cfg.Page.Programs != "" && cfg.Web == "":
		return "programs", errors.New("web names no address to serve them on")
	case cfg.Revocations != "" && len(cfg.CSRCA) == 0:
		return keyRevocations, errors.New("csr_ca names no CA whose list it could be")
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
