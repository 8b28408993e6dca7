package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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
		Description: `Only the file of --config has these:
   trusted_proxies = ["192.0.2.10", "2001:db8::/32"]
      who is believed about the source of a connection: PROXY protocol, Forwarded, X-Forwarded-For
   [tls]
   cert = "FILE", key = "FILE"   in PEM, for --web; they are read again when they change
   acme = true or "https://…"    certificates for names from an ACME server, which has to reach --web as
                                 port 443; true is Let's Encrypt, and accepts its terms
   acme_ca = "FILE"              the CA of the ACME server's own certificate, where the system lacks it`,
		Action: func(c *cli.Context) error {
			cfg, err := configOf(c)
			if err != nil {
				return err
			}
			return serve(c.Context, cfg, std)
		},
	}
}

func serve(ctx context.Context, cfg config, std cmdline.Streams) error {
	log := slog.New(slog.NewTextHandler(std.Err, &slog.HandlerOptions{Level: cfg.Log}))
	r, err := relay.New(ctx, relay.Options{Dir: cfg.Data, Names: cfg.Names, Window: cfg.Window, NumberLife: cfg.NumberLife, Log: log})
	if err != nil {
		return explain(err)
	}
	if r.Made() {
		fmt.Fprintf(std.Err, "made a new relay in %s\n", cfg.Data)
	}
	tending, stop := context.WithCancel(ctx)
	var tended sync.WaitGroup
	tended.Go(func() { tendMemory(tending) })
	defer tended.Wait()
	defer stop()
	err = listen(ctx, cfg, r, log, std.Err)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return errors.Join(err, r.Shutdown(drain))
}

// explain adds to why the data directory cannot be used what to do next.
func explain(err error) error {
	hint := "the relay does not start on data that it cannot trust"
	switch {
	case errors.Is(err, relay.ErrNoData):
		hint = "check --data; support-relay serve --data DIR makes a new one"
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
	return &cmdline.Error{Code: cmdline.ExitUsage, Text: err.Error(), Hint: hint, Err: err}
}
