package relay

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/wire"
	"supportd/relay/unjoined"
)

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
		for range unjoined.MaxPerSource {
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
