package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interrupts is where Ctrl-C goes: by default it ends what the program does; a
// command that can do better takes it over for a while.
type interrupts struct {
	mu    sync.Mutex
	taken chan<- struct{} // nil: nobody has
}

// watch returns a context that ends with the first signal that asks the program
// to end. stop ends the watching and waits for it.
func (i *interrupts) watch(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 1)
	// SIGPIPE: a reader that went away is an error of the write, not the end of the
	// process, so that what was begun is tidied up.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	var done sync.WaitGroup
	done.Go(func() {
		for s := range signals {
			if s != syscall.SIGPIPE && (s != os.Interrupt || !i.give()) {
				cancel()
			}
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		done.Wait()
		cancel()
	}
}

// take lets ch have every Ctrl-C until release is called. One that ch has no
// room for is dropped.
func (i *interrupts) take(ch chan<- struct{}) (release func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.taken = ch
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.taken = nil
	}
}

func (i *interrupts) give() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taken == nil {
		return false
	}
	select {
	case i.taken <- struct{}{}:
	default:
	}
	return true
}
