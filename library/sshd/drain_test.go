package sshd

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A client that has been given its exit status leaves by itself; the server goes
// first only when it does not.
func TestDrainLetsClientsLeave(t *testing.T) {
	const patience = time.Second
	for _, leaves := range []time.Duration{patience / 2, 2 * patience} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			client, err := w.login(w.config("alice", w.keys["alice"]))
			if err != nil {
				t.Fatal(err)
			}
			session, err := client.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			if err := session.Run("exit 0"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			// Who has more to do is hardly waited for.
			more, err := client.NewSession()
			if err == nil {
				err = more.Start("wait")
			}
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			began := time.Now()
			if w.server.Drain(patience); time.Since(began) != settling {
				t.Errorf("waited %v for a client that works", time.Since(began))
			}
			// Its channel ends while we look, and it is waited for like the others.
			began = time.Now()
			time.AfterFunc(settling/2, func() { more.Close() })
			time.AfterFunc(leaves, func() { client.Close() })
			w.server.Drain(patience)
			if took, want := time.Since(began), min(leaves, patience); took != want {
				t.Errorf("waited %v for a client that leaves after %v, want %v", took, leaves, want)
			}
			began = time.Now()
			w.server.Drain(patience)
			rest := settling / 2 // the patience counts from the end of the channel
			if leaves < patience {
				rest = 0
			}
			if took := time.Since(began); took != rest {
				t.Errorf("waited %v more", took)
			}
			if err := w.server.Shutdown(context.Background(), ErrShutdown); err != nil {
				t.Error(err)
			}
			client.Close()
			time.Sleep(leaves)
		})
	}
}

// Who never had a channel has nothing to say goodbye to.
func TestDrainDoesNotWaitForWhoDidNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.alice()
		synctest.Wait()
		began := time.Now()
		if w.server.Drain(time.Second); time.Since(began) != 0 {
			t.Errorf("waited %v", time.Since(began))
		}
	})
}

// Clients that go on opening channels do not hold it up.
func TestC14_DrainIsBounded(t *testing.T) {
	const patience, clients = time.Second, 10
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ctx, cancel := context.WithCancel(context.Background())
		var busy sync.WaitGroup
		for range clients {
			client, err := w.login(w.config("alice", w.keys["alice"]))
			if err != nil {
				t.Fatal(err)
			}
			busy.Go(func() {
				defer client.Close()
				for ctx.Err() == nil {
					if session, err := client.NewSession(); err == nil {
						_ = session.Run("exit 0")
					}
					time.Sleep(patience / 10)
				}
			})
		}
		time.Sleep(patience)
		began := time.Now()
		w.server.Drain(patience)
		if took := time.Since(began); took > patience {
			t.Errorf("it took %v", took)
		}
		cancel()
		busy.Wait()
	})
}
