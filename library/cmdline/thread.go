package cmdline

import (
	"runtime"
	"sync"
)

// Aside runs a whole program on other threads than the first one of the process,
// and returns what it returns. It is for main, whose first statement it should be.
//
// Linux hands a signal to the first thread, and wakes no other (kill(2) leaves the
// choice open; complete_signal in kernel/signal.c makes it). A thread that waits for
// a disk takes no signal before the disk has answered: had the first thread written
// to a disk that hangs, Ctrl-C, SIGTERM and a closed window would do nothing. So the
// first thread does nothing but wait here.
//
// Before that, it has Windows load libraries from its own directory only.
func Aside(program func() int) int {
	systemLibraries()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	release := func() {}
	if !onFirstThread() { // the scheduler has moved the caller
		release = holdFirstThread()
	}
	defer release()
	code := make(chan int)
	go func() { code <- program() }()
	return <-code
}

// mostThreads bounds the search for the first thread: a program that begins has a
// few.
const mostThreads = 64

// holdFirstThread gives the first thread to a goroutine that does nothing, until
// release is called.
func holdFirstThread() (release func()) {
	over, found := make(chan struct{}), make(chan bool)
	var holders sync.WaitGroup
	for range mostThreads {
		// Each takes a thread that does nothing now, and keeps it until the search is over.
		holders.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			found <- onFirstThread()
			<-over
		})
		if <-found {
			break
		}
	}
	return func() { close(over); holders.Wait() }
}
