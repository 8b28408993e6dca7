package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
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
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		err = cannotListen(cfg.Listen, err)
	} else {
		tending, stop := context.WithCancel(ctx)
		var tended sync.WaitGroup
		tended.Go(func() { tendMemory(tending) })
		defer tended.Wait()
		defer stop()
		fmt.Fprintf(std.Err, "listening on %s\nfingerprint %s\n", l.Addr(), r.Fingerprint())
		if err = r.Serve(ctx, l); ctx.Err() != nil {
			err = nil
			log.Info("stopping")
		}
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return errors.Join(err, r.Shutdown(drain))
}

func cannotListen(address string, err error) error {
	what, hint := "the system does not let it", "check --listen"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		what, hint = "another program uses it", "stop that one, or choose another address with --listen"
	case errors.Is(err, fs.ErrPermission):
		what, hint = "this user may not", "ports below 1024 are for root; choose another with --listen, or let the service manager grant it"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		what, hint = "this computer does not have that address", "leave the host out of --listen to take all of them"
	}
	return &cmdline.Error{Code: cmdline.ExitUsage, Text: fmt.Sprintf("cannot listen on %s: %s", address, what), Hint: hint, Err: err}
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
	case errors.Is(err, syscall.EROFS):
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
