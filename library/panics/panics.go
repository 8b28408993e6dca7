// Package panics keeps a mistake of ours inside the goroutine that serves one
// party: what others do with the same process goes on. Every goroutine that
// handles what another party sends defers [Keep] first.
package panics

import (
	"log/slog"
	"runtime/debug"
)

// Keep is deferred at the top of a goroutine. It logs a panic with its stack, and
// calls ended, where that is not nil, to end what the goroutine has served; deferred
// calls of the goroutine have run by then, but for those before Keep.
func Keep(log *slog.Logger, where string, ended func()) {
	r := recover()
	if r == nil {
		return
	}
	log.Error("a handler panicked", "panic", r, "where", where, "stack", string(debug.Stack()))
	if ended != nil {
		ended()
	}
}
