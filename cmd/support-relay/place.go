package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/relay"
)

const (
	// unitConfig is the configuration that the system's service reads.
	unitConfig = "/etc/support-relay/relay.toml"
	// dataVariable names the data directory for commands that are not told.
	dataVariable = "SUPPORT_RELAY_DATA"
)

// dataFlags say which relay a command is about.
func dataFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "`DIR` of the relay; else that of --config, " + dataVariable + " or " + unitConfig},
		&cli.StringFlag{Name: "config", Usage: "`FILE` with the relay's configuration, which names its data directory"},
		databaseFlag(),
	}
}

// place is where a relay's data lies, and which configuration belongs to it.
type place struct {
	data     string
	database databaseURL // of PostgreSQL; "" is a file there
	path     string      // of the configuration; "" is none
	config   config
}

// placeOf finds the relay that a command is about. What was said on the command line
// goes before the environment, and that before the service's configuration.
func placeOf(c *cli.Context) (at place, err error) {
	at.path = c.String("config")
	if at.path != "" {
		if err := at.config.read(at.path); err != nil {
			return place{}, err
		}
	}
	// For the data directory of the service its configuration is the one, too.
	service, broken := config{}, error(nil)
	if at.path == "" {
		if broken = service.read(unitConfig); broken != nil {
			service = config{}
		}
	}
	for _, dir := range []string{c.String("data"), at.config.Data, os.Getenv(dataVariable), service.Data} {
		if at.data == "" {
			at.data = dir
		}
	}
	if _, err := os.Stat(unitConfig); at.data == "" && broken != nil && err == nil {
		return place{}, broken
	}
	if at.data == "" {
		return place{}, cmdline.Usage("name it with --data DIR, with --config FILE, or in the environment as "+dataVariable, "which relay's data directory?")
	}
	if service.Data != "" && filepath.Clean(at.data) == filepath.Clean(service.Data) {
		at.path, at.config = unitConfig, service
	}
	at.database = at.config.Database
	if c.IsSet(keyDatabase) {
		at.database = databaseURL(c.String(keyDatabase))
		if at.database.secret() {
			return place{}, errSecretFlag()
		}
		if err := at.database.problem(""); err != nil {
			return place{}, cmdline.Usage("--database postgres://USER@HOST/NAME", "--database: %v", err)
		}
	}
	return at, nil
}

// tellMade says so that nobody overlooks it that a directory was empty and is a new
// relay now: perhaps its name was mistyped.
func tellMade(w io.Writer, dir string) {
	fmt.Fprintf(w, "made a new relay in %s\n"+
		"  It has new keys and no accounts: to customers and support reps it is another relay than any before.\n", dir)
	if near := relaysBeside(dir); len(near) > 0 {
		fmt.Fprintf(w, "  There is a relay in %s already. If you meant that one, stop this one, remove %s, and use --data %s.\n", near[0], dir, near[0])
	}
}

// relaysBeside lists the directories beside dir that hold a relay, those first whose
// names are most like it.
func relaysBeside(dir string) (found []string) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	const most = 1000 // directories to look into
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries[:min(len(entries), most)] {
		if path := filepath.Join(filepath.Dir(dir), e.Name()); path != dir && relay.Holds(path) {
			names = append(names, e.Name())
		}
	}
	for _, name := range cmdline.Nearest(filepath.Base(dir), names) {
		found = append(found, filepath.Join(filepath.Dir(dir), name))
	}
	for _, name := range names {
		if path := filepath.Join(filepath.Dir(dir), name); !slices.Contains(found, path) {
			found = append(found, path)
		}
	}
	return found
}
