package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/relay/client"
)

const (
	// maxHello is RFC 4253 section 4.2's limit for the line with which SSH begins.
	maxHello = 255
	// helloTime is how long the program that speaks SSH may take for that line. One
	// that waits for the relay's line first gets on a little later.
	helloTime = time.Second
	// goneCheck is the time between two looks at whether somebody still reads, once
	// no more input comes, and lastBytes how long the relay may then go on. SSH says
	// goodbye inside its encryption, so there is hardly anything left to come.
	goneCheck = 50 * time.Millisecond
	lastBytes = 10 * time.Second
	// farewell is how long ssh may take to end after it has told the relay that it
	// does: a connection that breaks off then is no fault.
	farewell = 200 * time.Millisecond
)

// errAlone ends a connection that nobody reads any more.
var errAlone = errors.New("whoever has started this has gone")

func (p *program) connectCommand() *cli.Command {
	return &cli.Command{
		Name: "connect", Usage: "the ProxyCommand that brings ssh to the relay by every way; \"ssh config\" writes it", ArgsUsage: "ADDRESS",
		Action: func(c *cli.Context) error { return p.proxyCommand(c.Context, c.Args().First()) },
	}
}

// proxyCommand joins standard input and output with the relay. It asks nobody and needs
// no key: who the relay is, ssh finds out by itself.
func (p *program) proxyCommand(ctx context.Context, address string) error {
	a, err := reach.ParseAddress(address)
	if err != nil {
		return cmdline.Usage("it looks like relay.example, relay.example:2222 or https://relay.example", "connect: %v", err)
	}
	if isTerminal(p.std.Out) {
		return cmdline.Usage("\"supportctl ssh config\" shows where it stands in an ssh_config; \"ssh supportd-relay help\" uses it", "connect is for ssh to start, as its ProxyCommand: what it writes is nothing to read")
	}
	opts := p.waysFor(a)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in := readInput(ctx, cancel, p.std)
	hello, err := in.hello(ctx)
	if err == nil {
		var nc net.Conn
		if nc, err = client.Open(ctx, opts, hello); err == nil {
			p.keepWay(opts.Dialer)
			err = p.splice(ctx, in, nc)
		}
	}
	if ctx.Err() != nil {
		return cmdline.Silent(cmdline.ExitInterrupted) // ssh has gone, and says so itself
	}
	return err
}

// waysFor are the ways to an address. One that names the host of the login, where
// that has more ways than a port, means all of them: in ssh_config a host always
// has a port.
func (p *program) waysFor(a reach.Address) client.Options {
	pr, err := p.loadProfile()
	if err != nil { // nobody is logged in, and nobody has to be
		return client.Options{Address: a, Dialer: p.dialer()}
	}
	if a != pr.address && (a.Host != pr.address.Host || !manyWays(pr.address)) {
		return client.Options{Address: a, Dialer: pr.dialer}
	}
	return pr.options()
}

// input is standard input as it comes.
type input struct {
	chunks <-chan []byte   // is closed at the end of the input
	ended  <-chan struct{} // likewise, also where nobody takes the chunks
	early  [][]byte        // what came with the first line
}

// readInput reads standard input until its end, and then waits for whoever reads
// standard output to go. A read cannot be broken off: when ctx ends, the goroutine
// may be left behind, and the program ends soon after.
func readInput(ctx context.Context, cancel context.CancelCauseFunc, std cmdline.Streams) *input {
	const ahead = 16 // chunks that come before there is a connection; ssh sends one
	chunks, ended := make(chan []byte, ahead), make(chan struct{})
	go func() {
		for buf := make([]byte, 32<<10); ; {
			n, err := std.In.Read(buf)
			if n > 0 {
				select {
				case chunks <- bytes.Clone(buf[:n]):
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				close(chunks)
				close(ended)
				awaitGone(ctx, cancel, fileOf(std.Out))
				return
			}
		}
	}()
	return &input{chunks: chunks, ended: ended}
}

// awaitGone is for the time after the end of the input.
func awaitGone(ctx context.Context, cancel context.CancelCauseFunc, out *os.File) {
	check := time.NewTicker(goneCheck)
	defer check.Stop()
	last := time.NewTimer(lastBytes)
	defer last.Stop()
	for {
		if readerGone(out) {
			cancel(errAlone)
			return
		}
		select {
		case <-check.C:
		case <-last.C:
			cancel(errAlone)
			return
		case <-ctx.Done():
			return
		}
	}
}

// hello is the first line of the input, which says that SSH is spoken; nothing
// where it does not come in time. What has come behind it waits.
func (in *input) hello(ctx context.Context) ([]byte, error) {
	late := time.NewTimer(helloTime)
	defer late.Stop()
	var got []byte
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-late.C:
			return in.begin(got, 0)
		case chunk, more := <-in.chunks:
			got = append(got, chunk...)
			if i := bytes.IndexByte(got, '\n'); i >= 0 {
				return in.begin(got, i+1)
			}
			if !more || len(got) > maxHello {
				return in.begin(got, 0)
			}
		}
	}
}

// begin takes n bytes of what has come for the first line.
func (in *input) begin(got []byte, n int) ([]byte, error) {
	const ssh = "SSH-"
	if start := got[:min(len(got), len(ssh))]; !strings.HasPrefix(ssh, string(start)) || n > 0 && len(start) < len(ssh) {
		return nil, cmdline.Usage("it stands behind ProxyCommand in an ssh_config; \"supportctl ssh config\" writes one", "connect: what comes on standard input is not SSH")
	}
	if len(got) > n {
		in.early = append(in.early, got[n:])
	}
	return got[:n], nil
}

// splice copies both ways until the relay ends, or ctx.
func (p *program) splice(ctx context.Context, in *input, nc net.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	var up sync.WaitGroup
	defer up.Wait()
	defer cancel()
	defer nc.Close()
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	up.Go(func() { in.send(ctx, nc) })
	down := make(chan error, 1)
	go func() {
		_, err := io.Copy(writeOnly{p.std.Out}, nc)
		down <- err
	}()
	var err error
	select {
	case err = <-down:
	case <-ctx.Done(): // a write to a pipe that nobody empties is left behind
		return context.Cause(ctx)
	}
	var said *cmdline.Error // of standard output
	if err == nil || errors.As(err, &said) {
		return err
	}
	select {
	case <-in.ended: // whoever could be told has gone
		return cmdline.Silent(cmdline.ExitUnreachable)
	case <-time.After(farewell):
		return lostWay(err)
	}
}

// send sends the input to the relay. Its end is the relay's end of input too, where
// the way there has such a thing. If the relay takes no more, the other direction
// tells why.
func (in *input) send(ctx context.Context, nc net.Conn) {
	for _, chunk := range in.early {
		if _, err := nc.Write(chunk); err != nil {
			return
		}
	}
	for {
		select {
		case chunk, more := <-in.chunks:
			if !more {
				if half, ok := nc.(interface{ CloseWrite() error }); ok { // see [reach.Open]
					_ = half.CloseWrite()
				}
				return
			}
			if _, err := nc.Write(chunk); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func lostWay(err error) error {
	e := cmdline.Fail(cmdline.ExitUnreachable, "try again; the support session goes on", "the connection to the relay was lost")
	e.Err = err
	return e
}

// writeOnly hides every other method of a stream: what is copied goes by Write.
type writeOnly struct{ io.Writer }
