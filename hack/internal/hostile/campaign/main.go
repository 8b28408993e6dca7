//go:build unix

// Command campaign has a relay lie in all the ways of section Z of SECURITY.md, again and
// again, against the shipped programs and stock ssh.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"supportd/hack/internal/hostile"
	"supportd/hack/internal/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("hostile", flag.ContinueOnError)
	rounds := flags.Int("rounds", 20, "how often each attack is tried, without a CA and with one")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "repeats the same choices")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "supportd-hostile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := rig.Build(ctx, ".", filepath.Join(dir, "bin"))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d rounds, seed %d\n", *rounds, *seed)
	return hostile.Campaign(ctx, p, dir, *rounds, *seed, flags.Args(), stdout)
}
