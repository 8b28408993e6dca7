package page

import (
	"net"
	"sync"
)

// maxConns bounds the connections: a browser makes 6 to one host, and there may be two
// browsers.
const maxConns = 32

// crowd is the connections. Where there are too many, the oldest goes that has never
// carried the page's secret: whoever else fills them keeps the customer's Stop from
// nobody. The lock is held for moments only.
type crowd struct {
	mu    sync.Mutex
	order []net.Conn        // oldest first
	known map[net.Conn]bool // those that have carried the secret
}

func (c *crowd) init() { c.known = map[net.Conn]bool{} }

// enter counts a connection. It reports false where all others are known.
func (c *crowd) enter(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.order) >= maxConns {
		for i, other := range c.order {
			if !c.known[other] {
				c.order = append(c.order[:i], c.order[i+1:]...)
				_ = other.Close() // net/http notices by itself
				break
			}
		}
	}
	if len(c.order) >= maxConns {
		return false
	}
	c.order = append(c.order, conn)
	return true
}

// leave forgets a connection.
func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, conn)
	for i, other := range c.order {
		if other == conn {
			c.order = append(c.order[:i], c.order[i+1:]...)
			return
		}
	}
}

// know notes that a connection has carried the secret.
func (c *crowd) know(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.order {
		if other == conn {
			c.known[conn] = true
		}
	}
}

// limited is a listener whose connections are in the crowd.
type limited struct {
	net.Listener
	crowd *crowd
}

// Accept implements [net.Listener].
func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || l.crowd.enter(conn) {
			return conn, err
		}
		_ = conn.Close()
	}
}
