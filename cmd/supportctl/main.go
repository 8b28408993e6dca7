// Command supportctl is the support rep's program: support sessions, system
// information and scripts on customers' computers, through the relay. This
// package holds flags, files, the terminal and exit codes; relay/client does the
// work.
package main

import (
	"context"
	"os"
	"os/user"
	"path/filepath"

	"supportd/library/cmdline"
	"supportd/library/text"
)

func main() { os.Exit(cmdline.Aside(run)) }

func run() int {
	std := cmdline.Streams{In: os.Stdin, Out: output{cmdline.Standard(os.Stdout, os.Stderr, os.Args[1:]), os.Stderr}, Err: os.Stderr}
	std.Speaker = speaker(text.LanguageFrom(os.Getenv))
	p := newProgram(std)
	ctx, stop := p.interrupts.watch(context.Background())
	defer stop()
	return p.run(ctx, os.Args[1:])
}

// newProgram finds out about this process's surroundings, once.
func newProgram(std cmdline.Streams) *program {
	p := &program{std: std, env: os.Getenv, interrupts: &interrupts{}}
	// Without a home directory there is no login, but help and completion still work.
	if home, err := os.UserHomeDir(); err == nil {
		p.home = home
	}
	if self, err := os.Executable(); err == nil {
		p.self = self
	}
	if u, err := user.Current(); err == nil { // as ssh does it, by the list of users
		p.sshHome = u.HomeDir
	}
	if config, err := os.UserConfigDir(); err == nil {
		p.dir = filepath.Join(config, "supportctl")
	}
	return p
}
