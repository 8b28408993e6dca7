// Command support-relay runs a relay: the public SSH server through which CSRs
// reach the computers of their customers. The same program manages accounts and
// categories on the relay's machine, beside a running relay too.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
)

func main() { os.Exit(cmdline.Aside(program)) }

// program is what runs beside the thread that takes the signals.
func program() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	defer stop()
	out := cmdline.Savable{File: cmdline.Standard(os.Stdout, os.Stderr, os.Args[1:]), Problems: os.Stderr}
	return run(ctx, os.Args[1:], cmdline.Streams{In: os.Stdin, Out: out, Err: os.Stderr})
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, std cmdline.Streams) int {
	o := operator{std: std}
	return cmdline.Run(ctx, o.app(), args, std)
}

func (o operator) app() *cli.App {
	commands := []*cli.Command{serveCommand(o.std), o.fingerprintCommand(), o.hostKeyCommand(), o.caKeyCommand(), o.statusCommand(), o.unlockCommand(), o.revocationsCommand(), imprintCommand(o.std), o.pruneCommand(), o.backupCommand(), o.restoreCommand(), o.migrateCommand(), o.checkCommand()}
	commands = append(append(commands, o.admin().Commands()...), guide().Command(o.app, o.std.Speaker))
	return examples().AddTo(&cli.App{
		Name: "support-relay", HelpName: "support-relay", Usage: "the relay between support reps and their customers", Version: cmdline.Build(),
		Commands: commands,
	}, "support-relay")
}
