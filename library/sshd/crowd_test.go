package sshd

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// crowded is a server that knows a crowd, and come one of it from an address: it has said
// who it is.
func crowded(t *testing.T) (w *world, come func(from string) net.Conn) {
	w = newWorld(t, func(o *Options) { o.Crowd = func(v string) bool { return strings.HasPrefix(v, "SSH-2.0-crowd ") } })
	return w, func(from string) net.Conn {
		t.Helper()
		nc, begins := w.from(from)
		if !begins {
			t.Fatal("no place")
		}
		if _, err := io.WriteString(nc, "SSH-2.0-crowd 1\r\n"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		return nc
	}
}

// loginInCrowd logs in from an address as one of the crowd.
func (w *world) loginInCrowd(from string) ssh.Conn {
	w.t.Helper()
	cfg := w.config("alice", w.keys["alice"])
	cfg.ClientVersion = "SSH-2.0-crowd 1"
	nc, _ := w.from(from)
	conn, _, requests, err := ssh.NewClientConn(nc, "", cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	return conn
}

func crowdAddress(i int) string { return fmt.Sprintf("10.0.%d.%d", i>>8, i&255) }

// However many come at once, they take no place of people's, end no login of people's,
// and do not end each other's before their time.
func TestN2_N12_ACrowdKeepsNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, come := crowded(t)
		slow, _ := w.from("192.0.2.1") // somebody logs in over a slow line
		var all []net.Conn
		most := crowdPlaces()
		for i := range most {
			all = append(all, come(crowdAddress(i)))
			time.Sleep(time.Nanosecond) // so that one is the oldest
		}
		if n, _ := w.server.crowd.Taken(); n != most {
			t.Errorf("%d have a place", n)
		}
		if n, _ := w.server.silent.Taken(); n != 1 {
			t.Errorf("%d of people's places are taken", n)
		}
		if more := come("192.0.2.2"); !gone(more) || gone(all[0]) {
			t.Error("one more was let in, or the first one had to go")
		}
		w.alice()
		if gone(slow) {
			t.Error("somebody's login was ended")
		}
		time.Sleep(patience)
		synctest.Wait()
		if more := come("192.0.2.2"); gone(more) || !gone(all[0]) {
			t.Error("one that has had its time keeps its place")
		}
	})
}

// As many exchange keys at once as the processors can do, the others in the order in which
// they came; one that has stopped holds nobody up for long.
func TestN3_N12_ACrowdWaitsInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, come := crowded(t)
		for i := range cap(w.server.turns) { // says who it is, and then nothing
			come(crowdAddress(i))
		}
		if len(w.server.turns) != cap(w.server.turns) {
			t.Fatalf("%d have their turn", len(w.server.turns))
		}
		began := time.Now()
		conn := w.loginInCrowd("192.0.2.1")
		if took := time.Since(began); took < crowdTurn || took >= time.Second {
			t.Errorf("the login took %v", took)
		}
		synctest.Wait()
		if n := len(w.server.turns); n != 0 {
			t.Errorf("%d turns were not given back", n)
		}
		// Who leaves while they wait takes no turn.
		for i := range cap(w.server.turns) {
			come(crowdAddress(1000 + i))
		}
		waits := come("192.0.2.3")
		waits.Close()
		time.Sleep(crowdTurn)
		synctest.Wait()
		if n := len(w.server.turns); n != 0 {
			t.Errorf("%d turns were not given back", n)
		}
		_ = conn.Close()
	})
}

// Where the line is full, and all before it are slow, the last one has its turn while it may
// still log in.
func TestN3_N12_TheLastOfAFullSlowLineLogsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, come := crowded(t)
		for i := range crowdPlaces() - 1 { // says who it is, and then nothing
			come(crowdAddress(i))
		}
		began := time.Now()
		conn := w.loginInCrowd("192.0.2.1")
		if took := time.Since(began); took < crowdTurn || took >= LoginGrace {
			t.Errorf("the login took %v", took)
		}
		_ = conn.Close()
	})
}

// One source has as many places in a crowd as among people.
func TestN3_ACrowdOfOneSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, come := crowded(t)
		for range MaxPerSource {
			if gone(come("192.0.2.1")) {
				t.Error("no place")
			}
		}
		if !gone(come("192.0.2.1")) {
			t.Error("one more was let in")
		}
		if gone(come("192.0.2.9")) {
			t.Error("another source was kept out")
		}
	})
}
