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
)

const (
	// holdRequest asks a holder about its connection to the relay; the answer is a
	// heldLogin. It comes when the relay has answered the holder.
	holdRequest = "hold@supportd"
	// holdPatience is how long a holder and its relay may take until a command dials by
	// itself. A connection that broke while the computer slept does not answer.
	holdPatience = 3 * time.Second
	// maxHeld bounds the commands that share the connection. Each has a channel for the
	// relay's command, one for a computer and one to spare, of [sshd.MaxChannels].
	maxHeld = 3
)

var (
	errIdle   = errors.New("nobody has used the connection for a while")
	errHolder = errors.New("the connection that is held is of no use")
)

// heldLogin is who has logged in to whom.
type heldLogin struct{ HostKey, Key []byte }

// Hold lends the connection to other processes of this user, which come in on l and use
// [DialHeld], until ctx is done, the relay has gone, or nobody has used it for the time idle.
// It closes l and the connection. Whoever can connect to l works as the one who is logged in.
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
	h := &holder{relay: r, key: key, idle: idle, timer: time.AfterFunc(idle, func() { cancel(errIdle) }), end: cancel}
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
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			if errors.Is(err, errIdle) {
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

	mu    sync.Mutex // guards what follows; no other lock is taken under it
	users int
	timer *time.Timer // ends it
}

// enter counts a command, unless there are enough.
func (h *holder) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.users == maxHeld {
		return false
	}
	h.users++
	h.timer.Stop()
	return true
}

func (h *holder) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.users--; h.users == 0 {
		h.timer.Reset(h.idle)
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
	defer passing.Wait()
	defer conn.Close()
	passing.Go(func() {
		for req := range requests {
			ok, reply := false, []byte(nil)
			if req.Type == holdRequest {
				if ok = h.alive(); ok {
					reply = ssh.Marshal(heldLogin{h.relay.key.Marshal(), h.relay.used.Marshal()})
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
}

// alive reports whether the relay answers. If it does not, the holder ends.
func (h *holder) alive() bool {
	late := time.AfterFunc(holdPatience, func() { h.end(ErrLost) })
	defer late.Stop()
	_, _, err := h.relay.conn.SendRequest(keepaliveRequest, true, nil) // any answer will do
	return err == nil
}

const keepaliveRequest = "keepalive@openssh.com"

// pass passes a channel on to the relay, until either side has closed it.
func (h *holder) pass(channel ssh.NewChannel) {
	far, answers, err := h.relay.ssh.OpenChannel(channel.ChannelType(), channel.ExtraData())
	if err != nil {
		refused := &ssh.OpenChannelError{Reason: ssh.ConnectionFailed, Message: ErrLost.Error()}
		errors.As(err, &refused)
		_ = channel.Reject(refused.Reason, refused.Message)
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
// the other end of nc. The relay has to be the one that opts names, by its key, and one of our
// keys has to be the one that it has accepted. An error says nothing of the relay: [Dial] may
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
	if err != nil || ssh.FingerprintSHA256(key) != o.HostKey {
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
