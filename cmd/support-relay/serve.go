package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/relay"
	"supportd/relay/store"
)

// drainTime is how long "serve" takes at most to end.
const drainTime = 15 * time.Second

func serveCommand(std cmdline.Streams) *cli.Command {
	return &cli.Command{
		Name: "serve", Usage: "run a relay until SIGTERM or SIGINT", Flags: configFlags(),
		Description: `Each option is a key of the file of --config, too, with _ for -:
   listen = ":2222"
   trusted_proxies = ["192.0.2.10", "2001:db8::/32"]
   [tls]
   cert = "FILE", key = "FILE"       --tls-cert and --tls-key
   acme = true or "https://…"        --tls-acme; acme_ca = "FILE" is --tls-acme-ca
SIGHUP has the file read again: a mistake in it changes nothing, nobody is cut off, and what needs a restart is named.`,
		Action: func(c *cli.Context) error {
			// From here on, so that one that comes early does not end the program.
			hangup := make(chan os.Signal, 1)
			signal.Notify(hangup, syscall.SIGHUP)
			defer signal.Stop(hangup)
			read := func() (config, error) { return configOf(c) }
			cfg, err := read()
			if err != nil {
				return err
			}
			return serve(c.Context, &service{cfg: cfg, told: std.Err, hangup: hangup, read: read})
		},
	}
}

func serve(ctx context.Context, s *service) error {
	cfg := s.cfg
	s.level = &slog.LevelVar{}
	s.level.Set(cfg.Log)
	// All that is said while it serves goes one way, so that nobody waits for a reader. One
	// that has ended is an error of writing, and not the program's end.
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	out := newLogWriter(s.told, sayLost(cfg.LogFormat))
	defer out.end()
	s.told = out
	log := slog.New(newHandler(out, cfg.LogFormat, s.level))
	watch, err := startOps(cfg.Ops, out, log)
	if err != nil {
		return err
	}
	defer watch.end()
	cas, err := readCSRCA(cfg.place(keyCSRCA), cfg.CSRCA)
	if err != nil {
		return err
	}
	list, err := readRevocations(cfg.place(keyRevocations), cfg.Revocations, cas)
	if err != nil {
		return err
	}
	peers, reached, err := cfg.openPeer()
	if err != nil {
		return err
	}
	r, err := relay.New(ctx, relay.Options{
		Dir: cfg.Data, Database: string(cfg.Database), Node: cfg.Node, Peer: reached, Names: cfg.Names, CSRCA: cas, Revocations: list, Window: cfg.Window, NumberLife: cfg.NumberLife, Log: log, Observe: watch.observe, Program: cmdline.Build(),
	})
	if err != nil {
		if peers != nil {
			err = errors.Join(err, peers.Close())
		}
		return explain(err)
	}
	watch.begin(r)
	s.peers = peers
	if r.Made() {
		tellMade(s.told, cfg.Data)
	}
	if r.Empty() {
		fmt.Fprintf(s.told, "nobody can log in yet: support-relay csr add NAME --key FILE %s\n", cfg.named())
	}
	tending, stop := context.WithCancel(ctx)
	var tended sync.WaitGroup
	tended.Go(func() { tendMemory(tending) })
	defer tended.Wait()
	defer stop()
	s.relay, s.log, s.manager = r, log, newNotifier()
	defer s.manager.close()
	defer context.AfterFunc(ctx, r.Drain)()
	err = s.listen(ctx)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return errors.Join(err, r.Shutdown(drain))
}

// explain adds to why the data directory cannot be used what to do next.
func explain(err error) error {
	hint := "the relay does not start on data that it cannot trust"
	switch {
	case errors.Is(err, relay.ErrElsewhere):
		hint = "name the database, too: --database URL, or --config FILE"
	case errors.Is(err, relay.ErrTwoDatabases):
		hint = "leave out --database to use that one; for another relay, name another --data"
	case errors.Is(err, relay.ErrOtherGroup):
		hint = "copy host_key and ca_key of that node's data directory into this one; no key belongs into the database"
	case errors.Is(err, store.ErrUnfinished):
		hint = "the same \"support-relay migrate\" goes on with it; to give it up, start the relay where it was, and drop the tables here"
	case errors.Is(err, store.ErrMoved):
		hint = "name that database in the configuration, or with --database; \"support-relay migrate\" moves the relay back"
	case errors.Is(err, store.ErrServed):
		hint = "stop that relay first, or give this one a database of its own"
	case errors.Is(err, store.ErrAway):
		hint = "check that the PostgreSQL server runs and takes connections, and what --database or the configuration says of it"
	case errors.Is(err, store.ErrDenied):
		hint = "check the user, its password and its rights: the relay's user has to own the database, or a schema in it"
	case errors.Is(err, store.ErrUnsuitable):
		hint = "nothing was changed there; whoever looks after the database makes one that fits"
	case errors.Is(err, store.ErrEmpty) && errors.Is(err, relay.ErrNoData):
		hint = "check --database; support-relay serve makes the tables"
	case errors.Is(err, relay.ErrNoData):
		hint = "check --data; support-relay serve --data DIR makes a new one"
	case errors.Is(err, relay.ErrGone):
		hint = "restore a backup into another directory; to begin anew with new keys, move away what is in this one"
	case errors.Is(err, relay.ErrOwnCA):
		hint = "make a key for the CA alone, with supportctl ca init or ssh-keygen, on another machine"
	case errors.Is(err, relay.ErrLocked):
		hint = "stop it first, or use another --data"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrNotExist):
		hint = "--data has to name a directory, or where one can be made"
	case isAny(err, writeProtected()):
		hint = "the disk has to be writable: the relay keeps a lock there even to read"
	case errors.Is(err, store.ErrDamaged):
		hint = "restore it from a backup"
	case errors.Is(err, store.ErrNewer):
		hint = "use the newer support-relay, or restore the backup from before the update"
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, fs.ErrPermission):
		hint = "let the user that runs support-relay write there"
	case errors.Is(err, store.ErrDisk):
		hint = "check the disk"
	case errors.Is(err, store.ErrFull):
		hint = "make room on the disk and try again; nothing was changed"
	case errors.Is(err, store.ErrBusy):
		hint = "another program, a backup perhaps, holds the database; try again when it is done"
	}
	var told *cmdline.Error
	if err == nil || errors.As(err, &told) || errors.Is(err, context.Canceled) {
		return err
	}
	code := cmdline.ExitUsage
	if errors.Is(err, store.ErrAway) || errors.Is(err, store.ErrServed) || errors.Is(err, store.ErrBusy) {
		code = cmdline.ExitFailed // it passes: a service manager tries again, and not after a mistake in the configuration
	}
	return &cmdline.Error{Code: code, Text: err.Error(), Hint: hint, Err: err}
}
