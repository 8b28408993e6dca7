//go:build unix

package rig

import (
	"context"
	"os/exec"
	"sync"
	"time"
)

// Logins counts those that were tried.
type Logins struct {
	All, Served int
	Problem     error         // of the last that was not served
	Slowest     time.Duration // of those that were served
}

// Percent is how many of them were served.
func (l *Logins) Percent() float64 { return 100 * float64(l.Served) / float64(max(l.All, 1)) }

// LogInAgain runs a command that logs in again and again, with a pause between two, until
// stop is called. Only then may what it counts be read. A login that has begun is waited for.
func LogInAgain(ctx context.Context, pause time.Duration, command func(context.Context) *exec.Cmd) (l *Logins, stop func()) {
	l = &Logins{}
	ctx, cancel := context.WithCancel(ctx)
	var trying sync.WaitGroup
	trying.Go(func() {
		for ctx.Err() == nil {
			began := time.Now()
			_, err := Run(command(context.WithoutCancel(ctx)))
			l.All++
			if err == nil {
				l.Served++
				l.Slowest = max(l.Slowest, time.Since(began))
			} else {
				l.Problem = err
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	})
	return l, func() { cancel(); trying.Wait() }
}
