package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay"
)

// config is every option of "serve". A flag goes before the file.
type config struct {
	Data       string
	Listen     string
	Names      []string
	Window     time.Duration
	NumberLife time.Duration
	Log        slog.Level
}

func configFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Usage: "`FILE` in TOML with these options, e.g. listen = \":2222\""},
		&cli.StringFlag{Name: "data", Usage: "`DIR` with keys and database; made at the first start"},
		&cli.StringFlag{Name: "listen", Usage: "`ADDR` for SSH, HOST:PORT or :PORT", DefaultText: ":" + wire.DefaultPort},
		&cli.StringSliceFlag{Name: "names", Usage: "`HOST[:PORT]` that people call the relay; may be repeated"},
		&cli.DurationFlag{Name: "window", Usage: "for how long a lost computer may come back, a `SPAN` such as 2h or 1d", DefaultText: "1h"},
		&cli.DurationFlag{Name: "number-life", Usage: "for how long a session number may go unused, a `SPAN` such as 30m", DefaultText: "30m"},
		&cli.StringFlag{Name: "log", Usage: "`LEVEL`: debug, info, warn or error", DefaultText: "info"},
	}
}

// configOf reads the file, if one is named, and then the flags.
func configOf(c *cli.Context) (config, error) {
	cfg := config{Listen: ":" + wire.DefaultPort}
	if path := c.String("config"); path != "" {
		if err := cfg.read(path); err != nil {
			return config{}, err
		}
	}
	for name, into := range map[string]*string{"data": &cfg.Data, "listen": &cfg.Listen} {
		if c.IsSet(name) {
			*into = c.String(name)
		}
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
	if cfg.Data == "" {
		return config{}, cmdline.Usage("support-relay serve --data DIR", "which data directory?")
	}
	if key, problem := cfg.problem(); problem != nil {
		return config{}, cmdline.Usage("support-relay serve --help shows the options", "--%s: %v", strings.ReplaceAll(key, "_", "-"), problem)
	}
	return cfg, nil
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
	const quoted = "a text in quotes is wanted"
	fields := map[string]struct {
		into any
		want string
	}{
		"data": {&cfg.Data, quoted}, "listen": {&cfg.Listen, quoted}, "names": {&cfg.Names, "a list of texts in quotes is wanted"},
		"window": {&cfg.Window, wantDuration}, "number_life": {&cfg.NumberLife, wantDuration},
		"log": {&cfg.Log, `"debug", "info", "warn" or "error" is wanted`},
	}
	for _, key := range meta.Keys() {
		field, known := fields[key.String()]
		switch {
		case !known:
			return bad(lineOf(string(text), key[len(key)-1]), key.String(), "unknown option")
		case meta.PrimitiveDecode(values[key.String()], field.into) != nil:
			return bad(lineOf(string(text), key.String()), key.String(), field.want)
		}
	}
	if key, problem := cfg.problem(); problem != nil {
		return bad(lineOf(string(text), key), key, problem)
	}
	return nil
}

const wantDuration = `a duration in quotes such as "90m" or "1h" is wanted`

// problem names the option that cannot be used, and says why.
func (cfg *config) problem() (key string, err error) {
	_, port, err := net.SplitHostPort(cfg.Listen)
	if _, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil {
		return "listen", fmt.Errorf("%q is no address such as :2222 or 192.0.2.1:2222", cfg.Listen)
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

// lineOf finds the line that sets a key, or the table of that name; the parser
// does not tell.
func lineOf(text, key string) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		name, _, _ := strings.Cut(line, "=")
		if strings.Trim(name, " \t[]\"'\r\n") == key {
			return n
		}
	}
	return 1
}
