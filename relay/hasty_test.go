package relay

import (
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/wire"
	"supportd/relay/unjoined"
)

// neighbour asks with wrong numbers, in pace or as fast as it can, and comes back with a
// new key whenever it is ended or has tried one, until stop is closed.
func (w *world) neighbour(pause time.Duration, stop <-chan struct{}) {
	for {
		p := w.computer(testkit.NewKey(w.t), "")
		for {
			payload := wire.Join{Version: wire.ProtocolVersion, Number: string(wire.NewNumber())}.Marshal()
			_, reply, err := p.SendRequest(wire.JoinRequest, true, payload)
			m, bad := wire.ParseWelcome(reply)
			select {
			case <-stop:
				p.Close()
				return
			case <-time.After(pause):
			}
			if err != nil || bad != nil || m.Code != wire.CodeLimited {
				break
			}
		}
		p.Close()
		select {
		case <-stop:
			return
		case <-time.After(5 * time.Second):
		}
	}
}

// Many who guess behind one address, in pace and too fast, each time with a new key,
// hold a right number up for no longer than the line.
func TestW4_ARightNumberPassesManyNeighbours(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		w.slow("")
		w.connectInTurn()
		stop := make(chan struct{})
		var all sync.WaitGroup
		const inPace, tooFast = 6, 4
		for i := range inPace + tooFast {
			pause := wire.JoinPause
			if i >= inPace {
				pause = 20 * time.Millisecond
			}
			all.Go(func() { w.neighbour(pause, stop) })
			<-time.After(100 * time.Millisecond)
		}
		from := time.Now()
		m, waits := w.computer(testkit.NewKey(t), "").persist(n)
		if m.Code != wire.CodeOK || waits < 60 {
			t.Errorf("%+v after %d", m, waits)
		}
		t.Logf("it took %v", time.Since(from))
		within(t, "joining", from, time.Minute, (inPace+tooFast+1)*(unjoined.SlowPause+unjoined.PlaceLife))
		close(stop)
		all.Wait()
		lines := strings.Count(w.log.String(), "ask too often")
		if most := int(time.Since(from)/time.Minute) + 2; lines == 0 || lines > most {
			t.Errorf("%d lines, want at most %d", lines, most)
		}
	})
}

// A connection that asks for nothing again and again is ended.
func TestW4_EndlessAsksEndTheConnection(t *testing.T) {
	w := newWorld(t, nil)
	for name, payload := range map[string][]byte{
		wire.ResumeRequest: wire.Resume{Version: wire.ProtocolVersion}.Marshal(),
		wire.JoinRequest:   wire.Join{Version: wire.ProtocolVersion, Number: "1"}.Marshal(),
	} {
		p := w.computer(testkit.NewKey(t), "127.0.0.2")
		for i := 0; ; i++ {
			if _, _, err := p.SendRequest(name, true, payload); err != nil {
				if name == wire.ResumeRequest && i < maxFruitless {
					t.Errorf("ended after %d", i)
				}
				break
			}
			if i > maxFruitless {
				t.Fatalf("%s: still answered", name)
			}
		}
	}
	if n := strings.Count(w.log.String(), "ask too often"); n != 1 {
		t.Errorf("%d lines", n)
	}
}
