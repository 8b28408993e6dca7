package cmdline

import (
	"runtime"
	"sync"
	"testing"
)

// P1: the first thread of the process takes its signals, so nothing of the program
// may run there: it could wait for a disk that hangs. It holds wherever the scheduler
// has the caller.
func TestK1P1_NothingRunsOnTheFirstThread(t *testing.T) {
	// Of two callers with a thread each, one at least is not on the first.
	var callers, ready sync.WaitGroup
	ready.Add(2)
	var once sync.Once
	for range 2 {
		callers.Go(func() {
			runtime.LockOSThread()
			first := onFirstThread()
			ready.Done()
			ready.Wait()
			if runtime.UnlockOSThread(); first {
				return
			}
			once.Do(func() {
				if n := Aside(threadsOnFirst); n != 0 {
					t.Errorf("%d goroutines of the program ran on the first thread", n)
				}
			})
		})
	}
	callers.Wait()
}

// threadsOnFirst counts the goroutines on the first thread, of many at the same time.
func threadsOnFirst() (n int) {
	const threads = 2 * mostThreads
	var all, ready sync.WaitGroup
	ready.Add(threads)
	onFirst := make(chan bool, threads)
	for range threads {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			onFirst <- onFirstThread()
			ready.Done()
			ready.Wait()
		})
	}
	all.Wait()
	for range threads {
		if <-onFirst {
			n++
		}
	}
	return n
}
