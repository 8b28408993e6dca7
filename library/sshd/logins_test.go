package sshd

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// begin sends a version line from an address, and nothing more.
func (w *world) begin(from string) net.Conn {
	w.t.Helper()
	nc, begins := w.from(from)
	if !begins {
		w.t.Fatalf("%s has no place", from)
	}
	if _, err := io.WriteString(nc, "SSH-2.0-somebody\r\n"); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
	return nc
}

// Whoever has begun to log in makes no room for those who say nothing, however many they
// are: only the silent ones do.
func TestN2_N12_SilentConnectionsEndNoLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		login := w.begin("192.0.2.1")
		var silent []net.Conn
		for i := range 2 * MaxUnauthenticated {
			nc, begins := w.from(crowdAddress(i))
			if !begins {
				t.Fatalf("silent connection %d was refused", i+1)
			}
			silent = append(silent, nc)
			time.Sleep(time.Nanosecond) // so that one is the oldest
		}
		if gone(login) {
			t.Error("they ended a login")
		}
		if n, _ := w.server.silent.Taken(); n != MaxUnauthenticated || !gone(silent[MaxUnauthenticated-1]) || gone(silent[MaxUnauthenticated]) {
			t.Errorf("%d silent connections are held, or not the newest ones", n)
		}
		if n, _ := w.server.logins.Taken(); n != 1 {
			t.Errorf("%d logins are counted", n)
		}
		began := time.Now()
		w.alice()
		if took := time.Since(began); took >= time.Second {
			t.Errorf("the login took %v", took)
		}
		if n, _ := w.server.logins.Taken(); n != 1 {
			t.Errorf("%d logins are counted after one has ended", n)
		}
	})
}

// So many may log in at once. One more has to wait where nobody holds more, and is told why;
// it ends a login of a source that holds more than its own.
func TestN3_LoginsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		var all []net.Conn
		for i := range MaxUnauthenticated {
			all = append(all, w.begin(crowdAddress(i)))
			time.Sleep(time.Nanosecond)
		}
		nc, _ := w.from(crowdAddress(7))
		_, _, _, err := ssh.NewClientConn(nc, "", w.config("alice", w.keys["alice"]))
		if err == nil || !strings.Contains(err.Error(), wire.Full) {
			t.Errorf("one more of a source that holds one: %v", err)
		}
		synctest.Wait()
		if n, _ := w.server.logins.Taken(); n != MaxUnauthenticated || gone(all[0]) {
			t.Errorf("%d logins are counted, or one was ended for it", n)
		}
		w.alice()
		if !gone(all[0]) || gone(all[1]) {
			t.Error("it was not the oldest login that made room")
		}
	})
}

// A source with as many logins as it may have gets no further one before one of them is slow,
// and is told why.
func TestN3_LoginsOfASourceAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		const source = "192.0.2.1"
		var all []net.Conn
		for range MaxPerSource {
			all = append(all, w.begin(source))
			time.Sleep(time.Nanosecond)
		}
		nc := w.begin(source)
		if said, err := io.ReadAll(nc); err != nil || !strings.Contains(string(said), wire.Full) || gone(all[0]) {
			t.Errorf("one more was let in, or is told: %q, %v", said, err)
		}
		if w.begin("192.0.2.2"); gone(all[0]) {
			t.Error("another source's login ended one of them")
		}
		time.Sleep(patience)
		if nc := w.begin(source); gone(nc) || !gone(all[0]) || gone(all[1]) {
			t.Error("the oldest one did not make room")
		}
	})
}

// One that had to make room before its version line was read takes nobody's place.
func TestN2_N12_AClosedConnectionEndsNoLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		var all []net.Conn
		for i := range MaxUnauthenticated {
			all = append(all, w.begin(crowdAddress(i)))
			time.Sleep(time.Nanosecond)
		}
		near, far := pipe()
		defer far.Close()
		near.(*pipeEnd).addr = "192.0.2.7:1"
		c := newConn(t.Context(), w.server, near)
		if !w.server.admit(c) {
			t.Fatal("no place")
		}
		for i := range MaxUnauthenticated { // they say nothing, and the oldest makes room
			time.Sleep(time.Nanosecond)
			w.from(crowdAddress(1000 + i))
		}
		if c.beginLogin() || gone(all[0]) {
			t.Error("it goes on with its login, or ended somebody's")
		}
		w.server.remove(c)
		c.finish()
	})
}

// The log tells once in a while that the places are taken, however often it happens.
func TestN2_TheLogTellsOfFullPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		tells := func() int {
			synctest.Wait()
			return strings.Count(w.log.String(), "more connections want to log in than may at once")
		}
		for i := range MaxUnauthenticated {
			w.from(crowdAddress(i))
		}
		if n := tells(); n != 0 {
			t.Errorf("%d lines while there was room", n)
		}
		for i := range 5 {
			w.from(crowdAddress(500 + i))
		}
		if n := tells(); n != 1 || !strings.Contains(w.log.String(), "level=WARN") {
			t.Errorf("%d lines", n)
		}
		time.Sleep(time.Minute) // all those are gone
		for range MaxPerSource + 1 {
			w.from("192.0.2.1")
		}
		if n := tells(); n != 2 || !strings.Contains(w.log.String(), "from=192.0.2.1 count=5") {
			t.Errorf("%d lines: %s", n, w.log)
		}
	})
}

// Dropbear's client says that a command was run well when it is told in a DISCONNECT why it
// was not.
func TestN3_DropbearIsToldNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		for i := range MaxUnauthenticated {
			w.begin(crowdAddress(i))
		}
		for software, told := range map[string]bool{"dropbear_2022.83": false, "OpenSSH_9.2": true} {
			nc, _ := w.from(crowdAddress(7))
			if _, err := io.WriteString(nc, "SSH-2.0-"+software+"\r\n"); err != nil {
				t.Fatal(err)
			}
			if all, err := io.ReadAll(nc); err != nil || strings.Contains(string(all), wire.Full) != told {
				t.Errorf("%s: %q, %v", software, all, err)
			}
		}
	})
}

// Nobody has to read it.
func TestADisconnectWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		began := time.Now()
		c := &Conn{Conn: near}
		c.sendDisconnect(wire.ReasonTooManyConnections, wire.Full)
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// The packet is one that every client takes: RFC 4253 sections 6 and 11.1.
func TestADisconnectIsAPacket(t *testing.T) {
	for n := range 20 {
		near, far := net.Pipe()
		text := strings.Repeat("x", n)
		go func() {
			c := &Conn{Conn: near}
			c.sendDisconnect(wire.ReasonTooManyConnections, text)
			near.Close()
		}()
		packet, err := io.ReadAll(far)
		if err != nil || len(packet)%8 != 0 || int(binary.BigEndian.Uint32(packet)) != len(packet)-4 {
			t.Fatalf("%d bytes, %v: % x", len(packet), err, packet)
		}
		padding := int(packet[4])
		if padding < 4 || padding > 11 {
			t.Errorf("%d bytes of padding", padding)
		}
		want := fmt.Sprintf("\x01\x00\x00\x00\x0c\x00\x00\x00%c%s\x00\x00\x00\x00", n, text)
		if got := string(packet[5 : len(packet)-padding]); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
