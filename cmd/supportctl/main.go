// Command supportctl is the support rep's program: support sessions, system
// information and scripts on customers' computers, through the relay. This
// package holds flags, files, the terminal and exit codes; relay/client does the
// work.
package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"

	"supportd/relay/wire/cmdline"
)

func main() {
	os.Exit(run())
}

func run() int {
	std := cmdline.Streams{In: os.Stdin, Out: output{os.Stdout}, Err: os.Stderr}
	p, err := newProgram(std)
	if err != nil {
		cmdline.Report(os.Stderr, "supportctl", err)
		return cmdline.Code(err)
	}
	ctx, stop := p.interrupts.watch(context.Background())
	defer stop()
	return p.run(ctx, os.Args[1:])
}

// newProgram finds out about this process's surroundings, once.
func newProgram(std cmdline.Streams) (*program, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, cmdline.Usage("set HOME to your home directory", "there is no home directory to keep your login in")
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, cmdline.Usage("set HOME to your home directory", "there is no directory to keep your login in")
	}
	version := "development"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	return &program{
		std: std, env: os.Getenv, home: home, dir: filepath.Join(config, "supportctl"), version: version,
		interrupts: &interrupts{},
	}, nil
}
