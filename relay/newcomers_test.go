package relay

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/inbound"
	"supportd/library/wire"
)

// Who holds all places of an address and takes a new key whenever one of theirs is
// ended does not get it again before a neighbour who waits.
func TestW4_TheNextPlaceIsForWhoWaitsLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places, from := newUnjoined(), source(1)
		var n newcomers
		var held []*inbound.Place
		keys := 0
		neighbour := func() *inbound.Place {
			keys++
			return n.enter(places, from, fmt.Sprint("neighbour ", keys), func() {})
		}
		for range maxUnjoinedPerSource {
			held = append(held, neighbour())
		}
		customer := func(name string) bool { return n.enter(places, from, name, func() {}) != nil }
		if customer("bob") || neighbour() != nil {
			t.Fatal("there are more places than there may be")
		}
		<-time.After(comesBack)
		if customer("bob") || customer("eve") {
			t.Fatal("there are more places than there may be")
		}
		for i := range 100 { // a storm of new keys changes nothing for who comes back
			held[i%len(held)].Renew()
			if neighbour() != nil {
				t.Fatal("a neighbour has got one more place")
			}
		}
		held[0].Leave()
		if neighbour() != nil || customer("eve") {
			t.Error("the place was not for who waits")
		}
		if !customer("bob") {
			t.Error("it is not for bob either")
		}
		// A turn is lost in time, and what is free is for everybody.
		held[1].Leave()
		<-time.After(newcomerLife)
		if !customer("late") {
			t.Error("a place stays free for somebody who has gone")
		}
		for range 2 * maxNewcomers {
			neighbour()
		}
		if got := len(n.sources[from]); got > maxNewcomers || n.all != got {
			t.Errorf("%d are remembered, %d in all", got, n.all)
		}
		<-time.After(newcomerLife)
		n.enter(places, source(2), "x", func() {})
		n.forgetLocked(from, time.Now())
		if len(n.sources) != 0 || n.all != 0 {
			t.Errorf("%d sources and %d in all are left", len(n.sources), n.all)
		}
	})
}

// A neighbour with wrong numbers takes every place of an address and comes back at once
// with a new key. The customer with the right number gets a place and waits in the line,
// where nobody passes them.
func TestW4_ANeighbourWhoTakesEveryPlace(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		w.slow("")
		w.connectInTurn()
		stop := make(chan struct{})
		var all sync.WaitGroup
		for range maxUnjoinedPerSource {
			all.Go(func() { w.takesAPlace(stop) })
		}
		<-time.After(20 * time.Second)
		key, began, visits := testkit.NewKey(t), time.Now(), 0
		code := wire.CodeBusy
		for ; code != wire.CodeLimited && time.Since(began) < 30*time.Minute; visits++ {
			code, _ = w.attempt(key, string(n), 10*time.Second)
			<-time.After(15 * time.Second) // support-agent waits up to 30 s
		}
		took := time.Since(began)
		t.Logf("a place after %v and %d visits", took, visits)
		if code != wire.CodeLimited || took > 3*time.Minute {
			t.Errorf("code %d after %v", code, took)
		}
		close(stop)
		all.Wait()
	})
}

// takesAPlace asks with wrong numbers, each time with a new key, and is back a moment
// after it was ended.
func (w *world) takesAPlace(stop <-chan struct{}) {
	for {
		_, _ = w.attempt(testkit.NewKey(w.t), string(wire.NewNumber()), 10*time.Minute)
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// attempt connects and asks, in pace, until the number is looked up, the connection
// ends, or it has waited so long.
func (w *world) attempt(key ssh.Signer, number string, long time.Duration) (wire.Code, error) {
	conn, channels, requests, err := w.dial(wire.CustomerUser, key, "")
	if err != nil {
		return wire.CodeBusy, err
	}
	defer conn.Close()
	go ssh.DiscardRequests(requests) // ends with the connection
	go func() {
		for range channels {
		}
	}()
	for began := time.Now(); ; {
		_, reply, err := conn.SendRequest(wire.JoinRequest, true, wire.Join{Version: wire.ProtocolVersion, Number: number}.Marshal())
		if err != nil {
			return wire.CodeBusy, err
		}
		m, err := wire.ParseWelcome(reply)
		if err != nil || m.Code != wire.CodeLimited || time.Since(began) >= long {
			return m.Code, err
		}
		<-time.After(wire.JoinPause)
	}
}
