package sshd

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// Client is the client's end of a connection between our own programs. Close it
// when done; its Wait returns when the connection has ended.
type Client struct {
	ssh.Conn
	Channels <-chan ssh.NewChannel
	Requests <-chan *ssh.Request

	watch *watch
	lost  atomic.Bool
}

// NewClient runs the client's handshake over nc with the product's algorithms
// and then watches over the connection: one that stays silent for
// [KeepaliveMisses] times [KeepaliveInterval] is closed. cfg needs User, Auth
// and HostKeyCallback. The handshake ends with ctx, or after [LoginGrace]. nc is
// closed when NewClient fails.
func NewClient(ctx context.Context, nc net.Conn, cfg *ssh.ClientConfig) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, LoginGrace)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { nc.Close() })

	own := *cfg
	own.Config = Algorithms()
	if own.HostKeyAlgorithms == nil {
		own.HostKeyAlgorithms = HostKeyAlgorithms()
	}
	c := &Client{watch: &watch{}}
	conn, channels, requests, err := ssh.NewClientConn(heardConn{nc, c.watch}, nc.RemoteAddr().String(), &own)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	c.Conn, c.Channels, c.Requests = conn, channels, requests
	c.watch.find = func() ssh.Conn { return conn }
	c.watch.lost = func() { c.lost.Store(true); conn.Close() }
	c.watch.start()
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error { c.watch.stop(); return c.Conn.Close() }

// Wait returns when the connection has ended: [ErrLost] where the other side
// fell silent.
func (c *Client) Wait() error {
	err := c.Conn.Wait()
	c.watch.stop()
	if c.lost.Load() {
		return ErrLost
	}
	return err
}

// heardConn tells a watch about every byte that arrives.
type heardConn struct {
	net.Conn
	watch *watch
}

func (h heardConn) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if n > 0 {
		h.watch.noteHeard()
	}
	return n, err
}

// ChannelConn makes a net.Conn of an SSH channel. Addr is shown as both
// addresses. A deadline that passes closes the channel for good: enough for a
// login that must not take for ever, and the reason why nothing else should be
// built on it.
func ChannelConn(ch ssh.Channel, addr net.Addr) net.Conn {
	return &channelConn{Channel: ch, addr: addr}
}

type channelConn struct {
	ssh.Channel
	addr  net.Addr
	timer atomic.Pointer[time.Timer]
}

func (c *channelConn) LocalAddr() net.Addr                { return c.addr }
func (c *channelConn) RemoteAddr() net.Addr               { return c.addr }
func (c *channelConn) SetReadDeadline(t time.Time) error  { return c.SetDeadline(t) }
func (c *channelConn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

func (c *channelConn) SetDeadline(t time.Time) error {
	var next *time.Timer
	if !t.IsZero() {
		next = time.AfterFunc(time.Until(t), func() { c.Channel.Close() })
	}
	if old := c.timer.Swap(next); old != nil {
		old.Stop()
	}
	return nil
}

func (c *channelConn) Close() error {
	if old := c.timer.Swap(nil); old != nil {
		old.Stop()
	}
	return c.Channel.Close()
}
