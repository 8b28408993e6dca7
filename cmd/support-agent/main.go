// Command support-agent is what a customer runs: it joins the support session
// whose number they were told on the phone, asks them before a CSR sees or does
// anything, and ends when they say so.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"supportd/daemon"
	"supportd/daemon/script/process"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// memoryLimit in bytes keeps the garbage collector busy rather than a small
// computer; a staged 16 MiB and a document in the making fit many times.
const memoryLimit = 96 << 20

// errStopped is the customer's Stop: Ctrl-C, a closed window, an end of the
// system's session. Only Ctrl-C, errTyped, is certainly theirs.
var (
	errStopped = errors.New("stopped by the customer")
	errTyped   = errors.Join(errStopped, daemon.ErrStop)
)

func main() { os.Exit(cmdline.Aside(run)) }

func run() int {
	keepInherited()
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(memoryLimit)
	ctx, stop := context.WithCancelCause(context.Background())
	release := untilSignal(stop)
	lang, chars := language(os.Getenv), charsetOf(os.Getenv)
	p := &program{
		in: os.Stdin, out: os.Stdout, err: problems{os.Stderr, lang, chars},
		env: os.Environ(), getenv: os.Getenv, lang: lang, charset: chars, stop: stop,
		imprint: ownImprint(), named: ownNumber(os.Args[0]), called: os.Args[0], lasting: lastingTemp,
	}
	defer release()
	code := p.run(ctx, os.Args[1:])
	if p.ownWindow(os.Args[1:]) {
		p.untilRead(ctx)
	}
	return code
}

// untilSignal stops when the person or the system wants the program to end. Later signals are swallowed: what they ask for is under way, and a closed
// window sends more than one.
func untilSignal(stop context.CancelCauseFunc) (release func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, stopSignals()...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := range signals {
			if s == os.Interrupt {
				stop(errTyped)
			}
			stop(errStopped)
		}
	}()
	// A reader that goes away, as in "support-agent … | head", must not kill the
	// program before it has cleaned up: the write fails instead.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, brokenPipe()...)
	return func() {
		signal.Stop(signals)
		signal.Stop(broken)
		close(signals)
		<-done
	}
}

// program is the process as the commands see it.
type program struct {
	in      *os.File
	out     *os.File
	err     io.Writer
	env     []string
	getenv  func(string) string
	lang    text.Language
	charset charset                 // of the terminal
	imprint imprinted               // what the operator wrote into the program
	named   wire.Number             // in the program's own file name, or ""
	called  string                  // how it was started
	lasting string                  // where everybody may keep files that outlive a restart, "" for nowhere
	byName  bool                    // the support session is joined with that number
	asked   bool                    // or with one that the customer has typed when asked
	paged   bool                    // the customer's page is or was there
	ui      string                  // --ui, as it counts
	stop    context.CancelCauseFunc // ends the context that run gets
}

func (p *program) run(ctx context.Context, args []string) int {
	app := p.app()
	return cmdline.Run(ctx, app, p.arguments(app.Commands, args), cmdline.Streams{In: p.in, Out: p.charset.writer(p.out), Err: p.err, Speaker: text.NewSpeaker(p.lang)})
}

func (p *program) app() *cli.App {
	return examples().AddTo(&cli.App{
		Name: "support-agent", Usage: phrase(p.lang, helpProgram), Version: p.version(),
		Commands: []*cli.Command{
			p.joinCommand(), p.resumeCommand(), p.stopCommand(), p.statusCommand(), p.reportCommand(), guide().Command(p.app, text.NewSpeaker(p.lang)),
			p.superviseCommand(), p.collectCommand(), p.brokerCommand(), p.workerCommand(),
		},
	}, "support-agent")
}

// superviseName is the hidden command under which the program starts itself to
// watch over a script.
const superviseName = "supervise"

func (p *program) superviseCommand() *cli.Command {
	return &cli.Command{Name: superviseName, Hidden: true, Action: func(*cli.Context) error {
		report := os.NewFile(process.ReportFD, "report")
		return process.Supervise(process.Streams{Control: p.in, Stdout: p.out, Stderr: os.Stderr, Report: report, Login: p.env})
	}}
}

// language is the one that the environment names, as setlocale(3) reads it.
func language(getenv func(string) string) text.Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return text.LanguageOf(v)
		}
	}
	return text.LanguageOf(systemLocale())
}
