package sshd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// from dials from an address, and reports whether the server lets the login begin.
func (w *world) from(addr string) (nc net.Conn, begins bool) {
	w.t.Helper()
	client, server := pipe()
	server.(*pipeEnd).addr = addr + ":1"
	w.server.start(w.t.Context(), server)
	w.t.Cleanup(func() { client.Close() })
	first := make([]byte, 3)
	if _, err := io.ReadFull(client, first); err != nil {
		w.t.Fatal(err)
	}
	return &peeked{client, io.MultiReader(bytes.NewReader(first), client)}, string(first) == "SSH"
}

// peeked is a connection of which something was read, which is read again.
type peeked struct {
	net.Conn
	all io.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.all.Read(b) }

// Exactly as many logins of one source as are allowed, after some have left, too,
// in whatever way: each departure makes room for one.
func TestK7T5_PlacesOfASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		const source = "198.51.100.7"
		var held []net.Conn
		fill := func(want int) {
			t.Helper()
			synctest.Wait()
			n := 0
			for ; n <= MaxPerSource; n++ {
				nc, begins := w.from(source)
				if !begins {
					break
				}
				held = append(held, nc)
			}
			if n != want {
				t.Errorf("%d more were let in, not %d", n, want)
			}
		}
		fill(MaxPerSource)
		held[0].Close() // by themselves
		fill(1)
		held[1].Close()
		held[2].Close()
		fill(2)
		if _, begins := w.from("198.51.100.8"); !begins {
			t.Error("another source has no place")
		}
		// Who has logged in needs no place any more.
		conn, _, requests, err := ssh.NewClientConn(held[3], "", w.config("alice", w.keys["alice"]))
		if err != nil {
			t.Fatal(err)
		}
		go ssh.DiscardRequests(requests)
		fill(1)
		conn.Close() // and leaving later makes no room a second time
		fill(0)
		time.Sleep(LoginGrace) // all those who were silent
		fill(MaxPerSource)
	})
}

// When all places are taken, a source that holds more than the newcomer loses its
// oldest one, and one of equals only when it is slow.
func TestK7T5_AllPlacesAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		taken := func() (n int) {
			synctest.Wait()
			n, _ = w.server.silent.Taken()
			return n
		}
		var all []net.Conn
		for i := range MaxUnauthenticated {
			nc, begins := w.from(fmt.Sprintf("198.51.100.%d", i))
			if !begins {
				t.Fatalf("no place for number %d", i+1)
			}
			all = append(all, nc)
			time.Sleep(time.Millisecond)
		}
		// One more of a source that has one already: nobody holds more.
		if _, begins := w.from("198.51.100.50"); begins || taken() != MaxUnauthenticated {
			t.Errorf("it was let in, %d places are taken", taken())
		}
		// One of a source without any: the oldest of those with one has to go.
		if _, begins := w.from("203.0.113.1"); !begins || taken() != MaxUnauthenticated {
			t.Errorf("it was refused, or %d places are taken", taken())
		}
		if !gone(all[0]) || gone(all[1]) {
			t.Error("it was not the oldest one that had to go")
		}
		time.Sleep(patience)
		if _, begins := w.from("198.51.100.50"); !begins || !gone(all[1]) || gone(all[2]) || taken() != MaxUnauthenticated {
			t.Error("a slow one keeps its place")
		}
	})
}

// Of the source that holds most places one has to go for each newcomer, and not the
// same one twice; who has logged in keeps their connection.
func TestK7T5_TheBusiestSourceMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		const busy = "203.0.113.9"
		first, _ := w.from(busy)
		conn, _, requests, err := ssh.NewClientConn(first, "", w.config("alice", w.keys["alice"]))
		if err != nil {
			t.Fatal(err)
		}
		go ssh.DiscardRequests(requests)
		var crowd []net.Conn
		for i := range MaxUnauthenticated {
			source := fmt.Sprintf("198.51.100.%d", i)
			if i >= MaxUnauthenticated-MaxPerSource {
				source = busy
			}
			nc, begins := w.from(source)
			if !begins {
				t.Fatalf("no place for number %d", i+1)
			}
			crowd = append(crowd, nc)
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		const newcomers = 5
		for i := range newcomers { // at once: those who have to go are still there
			_, server := pipe()
			server.(*pipeEnd).addr = fmt.Sprintf("192.0.2.%d:1", 100+i)
			c := newConn(t.Context(), w.server, server)
			if !w.server.admit(c) {
				t.Errorf("newcomer %d was refused", i+1)
			}
			defer w.server.remove(c)
		}
		for i, nc := range crowd {
			first := MaxUnauthenticated - MaxPerSource
			if want := i >= first && i < first+newcomers; gone(nc) != want {
				t.Errorf("number %d is gone: %v", i+1, !want)
			}
		}
		if ok, _, err := conn.SendRequest("who@test", true, nil); !ok || err != nil {
			t.Errorf("who had logged in: %v, %v", ok, err)
		}
		if n, _ := w.server.silent.Taken(); n != MaxUnauthenticated {
			t.Errorf("%d places are taken", n)
		}
	})
}

// A channel that was refused takes no place: each that is closed makes room for one.
func TestK7T5_ChannelsAfterRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newWorld(t, nil).alice()
		var open []ssh.Channel
		fill := func(want int) {
			t.Helper()
			synctest.Wait()
			n := 0
			for ; n <= MaxChannels; n++ {
				ch, requests, err := c.OpenChannel("session", nil)
				if err != nil {
					break
				}
				go ssh.DiscardRequests(requests)
				open = append(open, ch)
			}
			if n != want {
				t.Errorf("%d more were opened, not %d", n, want)
			}
		}
		fill(MaxChannels)
		fill(0)
		open[0].Close()
		fill(1)
		open[1].Close()
		open[2].Close()
		fill(2)
	})
}

// Closed is called for those that Opened has let in, and for nobody else.
func TestK7T5_WhoWasNotLetInIsNotClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, closed int
		refuse := true
		w := newWorld(t, func(o *Options) {
			o.Opened = func(*Conn) error {
				if refuse {
					return errUnknown
				}
				opened++
				return nil
			}
			o.Closed = func(*Conn) { closed++ }
		})
		if _, err := w.login(w.config("alice", w.keys["alice"])); err == nil {
			t.Fatal("let in although Opened refused")
		}
		if _, err := w.login(w.config("alice", w.keys["mallory"])); err == nil {
			t.Fatal("a wrong key")
		}
		w.dial().Close()
		synctest.Wait()
		if closed != 0 {
			t.Errorf("closed %d times", closed)
		}
		refuse = false
		w.alice().Close()
		synctest.Wait()
		if opened != 1 || closed != 1 {
			t.Errorf("%d were let in, %d closed", opened, closed)
		}
	})
}

// gone reports whether the server has closed a connection.
func gone(nc net.Conn) bool {
	synctest.Wait()
	in := nc.(*peeked).Conn.(*pipeEnd).in
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.closed
}

// Refused channels count for a minute each, not for ever.
func TestK7T5_RefusedChannelsCountForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		c := w.alice()
		refused := func(n int) {
			t.Helper()
			for range n {
				if _, _, err := c.OpenChannel("unknown", nil); err == nil || !strings.Contains(err.Error(), "not offered") {
					t.Fatal(err)
				}
			}
		}
		refused(MaxRejected)
		time.Sleep(time.Minute)
		refused(MaxRejected)
		time.Sleep(30 * time.Second)
		_, _, _ = c.OpenChannel("unknown", nil)
		if err := c.Wait(); err == nil {
			t.Error("one more within a minute")
		}

		c = w.alice() // each has a minute of its own
		refused(1)
		time.Sleep(30 * time.Second)
		refused(MaxRejected - 1)
		time.Sleep(30 * time.Second)
		refused(1)
		_, _, _ = c.OpenChannel("unknown", nil)
		if err := c.Wait(); err == nil {
			t.Error("one more within a minute, when another one had gone")
		}
	})
}
