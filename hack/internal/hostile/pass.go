//go:build unix

package hostile

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/wire"
)

// edits are how what goes through a channel is changed; nil functions copy. They return
// when one side has ended.
type edits struct {
	to, back func(w io.Writer, from io.Reader) error
	// command is given the command of a session, before it is run.
	command func(string)
}

// pass opens a channel of the same kind at the other end, and passes everything on until
// both are closed.
func pass(nc ssh.NewChannel, far ssh.Conn, kind string, extra []byte, e *edits) {
	ch, requests, err := far.OpenChannel(kind, extra)
	var refused *ssh.OpenChannelError
	switch {
	case errors.As(err, &refused):
		_ = nc.Reject(refused.Reason, refused.Message)
		return
	case err != nil:
		_ = nc.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	near, asked, err := nc.Accept()
	if err != nil {
		_ = ch.Close()
		ssh.DiscardRequests(requests)
		return
	}
	if e == nil {
		e = &edits{}
	}
	between(near, ch, asked, requests, e)
}

// between passes on what two channels say until both are closed.
func between(near, far ssh.Channel, fromNear, fromFar <-chan *ssh.Request, e *edits) {
	copied := func(w io.Writer, from io.Reader) error { _, err := io.Copy(w, from); return err }
	to, back := e.to, e.back
	if to == nil {
		to = copied
	}
	if back == nil {
		back = copied
	}
	var work, output sync.WaitGroup
	var answering sync.Mutex // the answer to a request goes before the end of the channel
	began := make(chan struct{})
	begin := sync.OnceFunc(func() { close(began) })
	work.Go(func() {
		if err := to(far, near); errors.Is(err, errCut) {
			_, _ = near.Close(), far.Close()
			return
		}
		_ = far.CloseWrite()
	})
	output.Go(func() {
		<-began
		if err := back(near, far); errors.Is(err, errCut) {
			_, _ = near.Close(), far.Close()
		}
	})
	output.Go(func() { _ = copied(near.Stderr(), far.Stderr()) })
	work.Go(func() { output.Wait(); _ = near.CloseWrite() }) // behind all that is written
	work.Go(func() {
		for req := range fromNear {
			var exec struct{ Command string }
			if req.Type == "exec" && ssh.Unmarshal(req.Payload, &exec) == nil && e.command != nil {
				e.command(exec.Command)
			}
			answering.Lock()
			ok, err := far.SendRequest(req.Type, req.WantReply, req.Payload)
			if req.Type == "exec" || req.Type == "subsystem" || req.Type == "shell" {
				begin()
			}
			if req.WantReply {
				_ = req.Reply(ok && err == nil, nil)
			}
			answering.Unlock()
		}
		begin()
		_ = far.Close()
	})
	if e.command == nil {
		begin()
	}
	for req := range fromFar {
		ok, err := near.SendRequest(req.Type, req.WantReply, req.Payload)
		if req.WantReply {
			_ = req.Reply(ok && err == nil, nil)
		}
	}
	begin()
	output.Wait()
	answering.Lock()
	_ = near.Close()
	answering.Unlock()
	work.Wait()
}

// errCut ends a channel in both directions.
var errCut = errors.New("cut")

// handleSession passes a CSR's command on to the real relay, and what it answers back.
func (r *Relay) handleSession(_ context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	l := c.Identity().(*login)
	r.mu.Lock()
	lie := r.answers[l.user]
	r.mu.Unlock()
	command := ""
	pass(nc, l.up, "session", nil, &edits{
		command: func(s string) { command = s },
		back: func(w io.Writer, from io.Reader) error {
			if lie == nil && !strings.HasPrefix(command, "report") {
				_, err := io.Copy(w, from)
				return err
			}
			out, err := io.ReadAll(from)
			if err != nil {
				return err
			}
			if out = r.unseal(out); lie != nil {
				out = lie(command, out)
			}
			if change := r.reportLie(command); change != nil {
				out = change(out)
			}
			_, err = w.Write(out)
			return err
		},
	})
}

// reportLie is how the report of a session is changed that a command asks for as the lines
// that can be proved; nil is not at all.
func (r *Relay) reportLie(command string) func([]byte) []byte {
	words := strings.Fields(command)
	if len(words) < 3 || words[0] != "report" || words[1] != "show" || !strings.HasSuffix(command, " jsonl") {
		return nil
	}
	return r.liesOf(wire.Number(words[2])).Report
}

// handleDirect brings a CSR to a computer: to the one that they mean, unless it lies.
func (r *Relay) handleDirect(_ context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	target, err := wire.ParseChannelTarget(nc.ExtraData())
	var n wire.Number
	if err == nil {
		n, err = wire.ParseHost(target.Host)
	}
	if err != nil {
		c.Reject(nc, ssh.Prohibited, "there is no such support session")
		return
	}
	lies := r.liesOf(n)
	e := &edits{}
	if lies.Tamper != nil {
		e.to = func(w io.Writer, from io.Reader) error { _, err := io.Copy(w, lies.Tamper(true, from)); return err }
		e.back = func(w io.Writer, from io.Reader) error { _, err := io.Copy(w, lies.Tamper(false, from)); return err }
	}
	switch {
	case lies.Serve != nil:
		ch, requests, err := nc.Accept()
		if err != nil {
			return
		}
		var drained sync.WaitGroup
		drained.Go(func() { ssh.DiscardRequests(requests) })
		lies.Serve(sshd.ChannelConn(ch, c.RemoteAddr()))
		_ = ch.Close()
		drained.Wait()
	case lies.To != "":
		far, err := r.Computer(lies.To)
		if err != nil {
			c.Reject(nc, ssh.ConnectionFailed, err.Error())
			return
		}
		pass(nc, far, wire.ForwardedChannel, targetOf(lies.To), e)
	default:
		pass(nc, c.Identity().(*login).up, wire.DirectChannel, nc.ExtraData(), e)
	}
}

// targetOf is how a channel to the computer of a session is opened.
func targetOf(n wire.Number) []byte {
	return wire.ChannelTarget{Host: n.Host(), Port: wire.TunnelPort, OriginHost: "192.0.2.7", OriginPort: 50000}.Marshal()
}

// Enter connects to the computer of a session as a CSR does, with keys of one's own. said
// is what the computer says before it lets somebody in, or instead.
func (r *Relay) Enter(ctx context.Context, n wire.Number, user string, keys ...ssh.Signer) (client *ssh.Client, said string, err error) {
	far, err := r.Computer(n)
	if err != nil {
		return nil, "", err
	}
	ch, requests, err := far.OpenChannel(wire.ForwardedChannel, targetOf(n))
	if err != nil {
		return nil, "", err
	}
	go ssh.DiscardRequests(requests) // ends with the channel, which the client closes
	nc := sshd.ChannelConn(ch, far.RemoteAddr())
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	conn, channels, reqs, err := ssh.NewClientConn(nc, n.Host(), &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(keys...)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		BannerCallback: func(text string) error { said += text; return nil }, ClientVersion: "SSH-2.0-OpenSSH_10.2",
	})
	if err != nil {
		nc.Close()
		return nil, said, err
	}
	return ssh.NewClient(conn, channels, reqs), said, nil
}
