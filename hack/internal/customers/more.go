//go:build linux

package customers

import (
	"bufio"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/wire"
)

// more does what comes when all tunnels stand, and prints the second result.
func (spec Spec) more(all []*customer) error {
	var r Result
	var err error
	switch {
	case spec.Back:
		r, err = spec.comeBack(all)
	case spec.Singly > 0:
		r, err = spec.sendSingly(all)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// comeBack waits until all have lost the relay and are back, as support-agent does it: the
// first pause is what the relay has told, those after failed attempts grow from a second to
// half a minute, each by chance.
func (spec Spec) comeBack(all []*customer) (Result, error) {
	var wg sync.WaitGroup
	var first atomic.Pointer[time.Time]
	failed := make(chan error, len(all))
	for _, c := range all {
		wg.Go(func() {
			_ = c.conn.Wait()
			now := time.Now()
			first.CompareAndSwap(nil, &now)
			const least, most = time.Second, 30 * time.Second
			pause := min(max(least, c.within), most)
			for tries := 0; ; tries++ {
				time.Sleep(rand.N(pause))
				conn, err := spec.connect(c, wire.CustomerUser, true)
				if err == nil {
					c.conn = conn
					return
				}
				if pause = min(least<<tries, most); tries == 20 {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return Result{}, err
	default:
		return Result{Tunnels: len(all), Seconds: time.Since(*first.Load()).Seconds()}, nil
	}
}

// askReturn asks the relay within what time it wants a computer back.
func askReturn(conn ssh.Conn) (time.Duration, error) {
	ok, reply, err := conn.SendRequest(wire.ReturnRequest, true, nil)
	if err != nil || !ok {
		return 0, errors.Join(errors.New("the relay does not say when to come back"), err)
	}
	told, err := wire.ParseReturn(reply)
	return time.Duration(told.Within) * time.Millisecond, err
}

// sendSingly has all send events at the same time, each after the acknowledgement of the one
// before.
func (spec Spec) sendSingly(all []*customer) (Result, error) {
	var wg sync.WaitGroup
	var sent atomic.Int64
	failed := make(chan error, len(all))
	from := time.Now()
	end := from.Add(time.Duration(spec.Singly * float64(time.Second)))
	for _, c := range all {
		wg.Go(func() {
			n, err := spec.sendUntil(c.conn, end)
			if sent.Add(int64(n)); err != nil {
				failed <- err
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return Result{}, err
	default:
		return Result{Tunnels: len(all), Events: int(sent.Load()), Seconds: time.Since(from).Seconds()}, nil
	}
}

// sendUntil sends events from the first on: the relay has one of this computer, which says
// where to go on.
func (spec Spec) sendUntil(conn ssh.Conn, end time.Time) (n int, err error) {
	ch, requests, err := conn.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		return 0, err
	}
	defer ch.Close()
	go ssh.DiscardRequests(requests) // ends with the channel
	answers := bufio.NewReaderSize(ch, 64)
	has := func() (uint64, error) {
		line, err := answers.ReadString('\n')
		if err != nil {
			return 0, err
		}
		return strconv.ParseUint(strings.TrimSpace(line), 10, 64)
	}
	if seq, err := has(); err != nil || seq != 1 {
		return 0, errors.Join(errors.New("the relay has not the first event"), err)
	}
	last := firstEvent()
	for time.Now().Before(end) {
		e := journal.Event{Time: time.Now(), Kind: journal.KindScriptOutput, Actor: journal.ByDaemon, Data: []byte(`{"run":"r1","step":1,"stream":"stdout","text":"sixty letters are what a script writes in a line, or so"}`)}
		if spec.Messages {
			e = message()
		}
		e.Seal(last)
		line, err := e.Line()
		if err != nil {
			return n, err
		}
		if _, err := ch.Write(line); err != nil {
			return n, err
		}
		for seq := uint64(0); seq < e.Seq; {
			if seq, err = has(); err != nil {
				return n, err
			}
		}
		last = e
		n++
	}
	return n, nil
}

// message is what a customer writes, as an event that is not sealed yet.
func message() journal.Event {
	return journal.Event{Time: time.Now(), Kind: journal.KindChatMessage, Actor: wire.CustomerUser, Data: []byte(`{"text":"sixty letters are what people type in a message, or so"}`)}
}

// began is when every simulated support session has begun: so a customer knows the first
// event without keeping it.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// firstEvent is what every customer hands over first.
func firstEvent() journal.Event {
	e := journal.Event{Time: began, Kind: journal.KindSessionJoin, Actor: wire.CustomerUser, Data: []byte(`{}`)}
	e.Seal(journal.Event{})
	return e
}
