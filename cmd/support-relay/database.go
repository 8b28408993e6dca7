package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/relay/store"
)

// keyDatabase is the option that names a PostgreSQL database, as key and as flag.
const keyDatabase = "database"

func databaseFlag() cli.Flag {
	return &cli.StringFlag{Name: keyDatabase, Usage: "`URL` of a PostgreSQL database, postgres://USER@HOST/NAME, instead of a file in the data directory; one with a password stands in the configuration alone"}
}

// databaseURL is the address of a PostgreSQL database; "" is none. It may have a password
// in it, so it is shown only with shown.
type databaseURL string

// shown is what people may see of it.
func (u databaseURL) shown() string {
	if u == "" {
		return ""
	}
	name, err := store.PostgresName(string(u))
	if err != nil {
		return "a PostgreSQL database"
	}
	return text.Plain(name, 200)
}

// secret reports whether a password is in it.
func (u databaseURL) secret() bool {
	secret, err := store.CheckPostgres(string(u))
	return err == nil && secret
}

// problem says what is wrong with it, as it stands in the file at path; "" is none.
func (u databaseURL) problem(path string) error {
	if u == "" {
		return nil
	}
	for _, name := range []string{"PGPASSWORD", "PGSSLPASSWORD"} {
		if os.Getenv(name) != "" {
			return fmt.Errorf("%s is set: everything that runs as this user could read a password in the environment; it belongs into the configuration, or into a file that PGPASSFILE names", name)
		}
	}
	secret, err := store.CheckPostgres(string(u))
	if err != nil || !secret || path == "" {
		return err
	}
	info, err := os.Stat(path)
	const others = 0o007
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&others != 0 {
		err = fmt.Errorf("it has a password, and the file has mode %04o, so that everybody can read it: chmod 640 it, and give it to the relay's group", info.Mode().Perm())
	}
	return err
}

// errSecretFlag refuses a password where every user of the computer can see it.
func errSecretFlag() error {
	return cmdline.Usage("write database = \"postgres://…\" into the configuration, which only the relay's user may read, and name that with --config", "--database: a password on the command line can be seen by every user of this computer")
}

// named is how a command names the relay of a configuration.
func (cfg *config) named() string {
	switch {
	case cfg.Database == "":
		return "--data " + cfg.Data
	case cfg.places[keyDatabase] != "":
		return "--config " + cfg.path
	}
	return "--data " + cfg.Data + " --database " + string(cfg.Database)
}
