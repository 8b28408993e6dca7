package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/wire"
)

const (
	// holdRequest asks a holder about its connection to the relay; the answer is a
	// heldLogin. It comes when the relay has answered the holder.
	holdRequest = "hold@supportd"
	// holdPatience is how long a holder and its relay may take until a command dials by
	// itself. A connection that broke while the computer slept does not answer.
	holdPatience = 3 * time.Second
	// partPatience is how long the relay may take to answer for what a command has left
	// behind. One that has fallen silent is noticed before: see [sshd.NewClient].
	partPatience = time.Minute
	// maxHeld bounds the commands that share the connection. Each has a channel for the
	// relay's command, one for a computer and one to spare, of [sshd.MaxChannels].
	maxHeld = 3
)

var (
	errIdle   = errors.New("nobody has used the connection for a while")
	errHolder = errors.New("the connection that is held is of no use")
)

// heldLogin is who has logged in to whom.
type heldLogin struct {
	Account      string
	HostKey, Key []byte
}

// Hold lends the connection to other processes of this user, which come in on l and use
// [DialHeld], until ctx is done, the relay has gone, or nobody has used it for the time idle.
// Once somebody has closed l, nobody comes in any more, and it ends with the last that is
// there. It closes l and the connection. Whoever can connect to l works as the one who is
// logged in.
func (r *Relay) Hold(ctx context.Context, l net.Listener, idle time.Duration) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return errors.Join(err, l.Close(), r.Close())
	}
	key, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		return errors.Join(err, l.Close(), r.Close())
	}
	ctx, cancel := context.WithCancelCause(ctx)
	h := &holder{relay: r, key: key, idle: idle, end: cancel}
	h.timer = time.AfterFunc(idle, h.close)
	var serving sync.WaitGroup
	defer serving.Wait()
	defer r.Close()
	defer cancel(nil)
	defer h.timer.Stop()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	serving.Go(func() { cancel(errors.Join(ErrLost, r.Wait())) })
	for {
		nc, err := l.Accept()
		if err != nil {
			_ = l.Close() // it may be closed already
			h.close()
			<-ctx.Done()
			if cause := context.Cause(ctx); !errors.Is(cause, errIdle) {
				return cause
			}
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		serving.Go(func() { h.serve(ctx, nc) })
	}
}

// holder is a connection that is lent.
type holder struct {
	relay *Relay
	key   ssh.Signer // for the handshake with the other processes: the socket is what is trusted
	idle  time.Duration
	end   context.CancelCauseFunc

	mu     sync.Mutex // guards what follows; no other lock is taken under it
	users  int
	closed bool        // it takes nobody any more
	timer  *time.Timer // closes it
}

// enter counts a command, unless there are enough.
func (h *holder) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.users == maxHeld {
		return false
	}
	h.users++
	h.timer.Stop()
	return true
}

func (h *holder) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users--
	switch {
	case h.users > 0:
	case h.closed:
		h.end(errIdle)
	default:
		h.timer.Reset(h.idle)
	}
}

// close takes nobody any more, and ends it when nobody is there.
func (h *holder) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if h.users == 0 {
		h.end(errIdle)
	}
}

// serve is one command, until it goes.
func (h *holder) serve(ctx context.Context, nc net.Conn) {
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	if !h.enter() {
		return
	}
	defer h.leave()
	cfg := &ssh.ServerConfig{
		Config: sshd.Algorithms(), NoClientAuth: true, // who may open the socket may use it
		ServerVersion: string(h.relay.conn.ServerVersion()), // so that it is checked as the relay's
	}
	cfg.AddHostKey(h.key)
	_ = nc.SetDeadline(time.Now().Add(holdPatience))
	conn, channels, requests, err := ssh.NewServerConn(nc, cfg)
	if err != nil {
		return
	}
	_ = nc.SetDeadline(time.Time{})
	var passing sync.WaitGroup
	passing.Go(func() {
		for req := range requests {
			ok, reply := false, []byte(nil)
			if req.Type == holdRequest {
				if ok = h.alive(); ok {
					reply = ssh.Marshal(heldLogin{h.relay.opts.Account, h.relay.key.Marshal(), h.relay.used.Marshal()})
				}
			}
			if req.WantReply {
				_ = req.Reply(ok, reply)
			}
		}
	})
	for channel := range channels {
		passing.Go(func() { h.pass(channel) })
	}
	_ = conn.Close() // the command has gone
	// A relay that never answers for what is left would keep its place for ever.
	late := time.AfterFunc(partPatience, func() { h.end(ErrLost) })
	passing.Wait()
	late.Stop()
}

// alive reports whether the relay answers in time. If it does not, the holder ends, unless
// other commands use it: their network may be slow for a while, and a connection that is
// lost ends by itself.
func (h *holder) alive() bool {
	late := time.AfterFunc(holdPatience, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.users == 1 { // who asks
			h.end(ErrLost)
		}
	})
	_, _, err := h.relay.conn.SendRequest(wire.KeepaliveRequest, true, nil) // any answer will do
	return late.Stop() && err == nil
}

// pass passes a channel on to the relay, until either side has closed it.
func (h *holder) pass(channel ssh.NewChannel) {
	far, answers, err := h.relay.ssh.OpenChannel(channel.ChannelType(), channel.ExtraData())
	if refused := new(ssh.OpenChannelError); errors.As(err, &refused) {
		_ = channel.Reject(refused.Reason, refused.Message)
		return
	}
	if err != nil {
		h.end(ErrLost) // the command's connection breaks as the relay's has
		return
	}
	near, asked, err := channel.Accept()
	if err != nil {
		go ssh.DiscardRequests(answers) // ends with the channel
		_ = far.Close()
		return
	}
	var up, down, output sync.WaitGroup
	var answering sync.Mutex // the answer to a request goes before the end of the channel
	up.Go(func() {
		_, _ = io.Copy(far, near)
		_ = far.CloseWrite()
	})
	up.Go(func() {
		passRequests(far, asked, &answering) // until the command has closed the channel
		_ = far.Close()
	})
	output.Go(func() { _, _ = io.Copy(near, far) })
	output.Go(func() { _, _ = io.Copy(near.Stderr(), far.Stderr()) })
	down.Go(func() {
		output.Wait()
		_ = near.CloseWrite()
	})
	down.Go(func() { passRequests(near, answers, new(sync.Mutex)) })
	down.Wait()
	answering.Lock()
	_ = near.Close()
	answering.Unlock()
	up.Wait()
}

// passRequests passes on what is asked on one end of a channel. It holds answering from the
// question to the answer.
func passRequests(to ssh.Channel, from <-chan *ssh.Request, answering *sync.Mutex) {
	for req := range from {
		answering.Lock()
		ok, err := to.SendRequest(req.Type, req.WantReply, req.Payload)
		if req.WantReply {
			_ = req.Reply(ok && err == nil, nil)
		}
		answering.Unlock()
	}
}

// DialHeld is [Dial] with the connection of another process, which [Relay.Hold] serves at
// the other end of nc. The relay has to be the one that opts names, by its key, the account
// likewise, and one of our keys has to be the one that it has accepted. An error says nothing of the relay: [Dial] may
// succeed. nc is closed then.
func DialHeld(ctx context.Context, opts Options, nc net.Conn) (*Relay, error) {
	if err := opts.validate(); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, holdPatience)
	defer cancel()
	conn, err := sshd.NewClient(ctx, nc, &ssh.ClientConfig{
		User: opts.Account,
		// It is another process of this user, on a socket that nobody else can make.
		HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return nil },
	})
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	r, err := opts.held(conn)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	none := make(chan *ssh.Request)
	close(none)
	r.ssh = ssh.NewClient(conn.Conn, conn.Channels, none)
	r.wait.Go(func() { ssh.DiscardRequests(conn.Requests) })
	return r, nil
}

// held asks a holder about its login.
func (o Options) held(conn *sshd.Client) (*Relay, error) {
	ok, reply, err := conn.SendRequest(holdRequest, true, nil)
	if err != nil || !ok {
		return nil, errors.Join(errHolder, err)
	}
	var login heldLogin
	if err := ssh.Unmarshal(reply, &login); err != nil {
		return nil, errors.Join(errHolder, err)
	}
	key, err := ssh.ParsePublicKey(login.HostKey)
	if err != nil || ssh.FingerprintSHA256(key) != o.HostKey || login.Account != o.Account {
		return nil, errors.Join(errHolder, err)
	}
	i := slices.IndexFunc(o.Keys, func(k ssh.Signer) bool { return bytes.Equal(k.PublicKey().Marshal(), login.Key) })
	if i < 0 {
		return nil, errHolder
	}
	if err := checkVersion("relay", string(conn.ServerVersion())); err != nil {
		return nil, err
	}
	return &Relay{opts: o, key: key, used: o.Keys[i].PublicKey(), conn: conn}, nil
}
