package main

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"supportd/relay"
)

const (
	// maxWaiting bounds the lines that wait for a slow reader of the log. Beyond it lines
	// are lost, and counted.
	maxWaiting = 4096
	// logEnd is how long the end of the program waits for those that are left.
	logEnd = time.Second
	// textFormat and jsonFormat are the forms of the log.
	textFormat, jsonFormat = "text", "json"
)

// logWriter writes lines for others, who never wait: not for a pipe that nobody reads,
// nor for a disk. What cannot be written is counted, and that is said as soon as
// something can be written again. It is safe for concurrent use.
type logWriter struct {
	out   io.Writer
	lost  atomic.Int64               // all that were lost so far
	told  int64                      // of them, those that were told of; only run uses it
	say   func(w io.Writer, n int64) // writes the line that says how many
	torn  bool                       // the last line was written in part; only run uses it
	lines chan []byte
	ended chan struct{}

	mu     sync.Mutex // guards closed and sending to lines; no other lock is taken under it
	closed bool
}

// newLogWriter starts one; [logWriter.end] ends it.
func newLogWriter(out io.Writer, say func(w io.Writer, n int64)) *logWriter {
	l := &logWriter{out: out, say: say, lines: make(chan []byte, maxWaiting), ended: make(chan struct{})}
	go l.run()
	return l
}

// Write takes one or more whole lines.
func (l *logWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		l.lost.Add(1)
		return len(p), nil
	}
	select {
	case l.lines <- bytes.Clone(p):
	default:
		l.lost.Add(1)
	}
	return len(p), nil
}

// run writes what it is given until end.
func (l *logWriter) run() {
	defer close(l.ended)
	for line := range l.lines {
		if lost := l.lost.Load(); lost > l.told {
			var said bytes.Buffer
			l.say(&said, lost-l.told)
			if l.write(said.Bytes()) {
				l.told = lost
			}
		}
		if !l.write(line) {
			l.lost.Add(1)
		}
	}
}

// write reports whether a line was written whole. One that was begun is ended first.
func (l *logWriter) write(line []byte) bool {
	if l.torn {
		line = append([]byte("\n"), line...)
	}
	n, err := l.out.Write(line)
	if n > 0 {
		l.torn = n < len(line)
	}
	return err == nil
}

// end writes what is left, for as long as logEnd at most.
func (l *logWriter) end() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.lines)
	}
	l.mu.Unlock()
	select {
	case <-l.ended:
	case <-time.After(logEnd):
	}
}

// newHandler writes lines of the configured form to w.
func newHandler(w io.Writer, format string, level slog.Leveler) slog.Handler {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if v, ok := a.Value.Any().(slog.Level); ok && len(groups) == 0 && a.Key == slog.LevelKey && v == relay.LevelSecurity {
			a.Value = slog.StringValue("SECURITY")
		}
		return a
	}}
	if format == jsonFormat {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}

// sayLost writes the line about lines that were lost.
func sayLost(format string) func(io.Writer, int64) {
	return func(w io.Writer, n int64) {
		slog.New(newHandler(w, format, slog.LevelInfo)).Error("lines of this log were lost: whoever reads it was too slow, or its disk is full", "lines", n)
	}
}
