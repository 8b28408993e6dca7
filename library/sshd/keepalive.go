package sshd

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// watch is one connection's keepalive: when nothing has been heard for
// [KeepaliveInterval] it asks (RFC 4254 section 4, a global request whose name
// nobody need know), and when nothing has been heard for [KeepaliveMisses]
// intervals it calls lost. While it waits it costs one timer and no goroutine.
type watch struct {
	lost func()
	find func() ssh.Conn

	heard  atomic.Pointer[time.Time] // when the last byte came, by the monotonic clock
	asking atomic.Bool

	mu      sync.Mutex // no other lock is taken under it
	timer   *time.Timer
	stopped bool
}

// noteHeard is called for every read that brought bytes.
func (k *watch) noteHeard() {
	now := time.Now()
	k.heard.Store(&now)
}

func (k *watch) start() {
	k.noteHeard()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.stopped {
		k.timer = time.AfterFunc(KeepaliveInterval, k.tick)
	}
}

func (k *watch) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
	if k.timer != nil {
		k.timer.Stop()
	}
}

func (k *watch) tick() {
	silence := time.Since(*k.heard.Load())
	if silence >= KeepaliveMisses*KeepaliveInterval {
		k.lost()
		return
	}
	next := KeepaliveInterval
	if silence < KeepaliveInterval {
		next = KeepaliveInterval - silence
	} else {
		next = min(next, KeepaliveMisses*KeepaliveInterval-silence)
	}
	k.mu.Lock()
	if k.stopped {
		k.mu.Unlock()
		return
	}
	k.timer.Reset(next)
	k.mu.Unlock()
	if conn := k.find(); conn != nil && silence >= KeepaliveInterval && !k.asking.Swap(true) {
		// Any answer will do, a refusal too: its bytes are what counts, see noteHeard.
		_, _, _ = conn.SendRequest(keepaliveRequest, true, nil)
		k.asking.Store(false)
	}
}
