package script

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"supportd/library/text"
)

const (
	// readSize bounds one output event: escaped and encoded for the journal it
	// still fits into an event there.
	readSize = 8 << 10
	// drainTime is how long output may still come when all processes are gone; what
	// holds a pipe open after that is a survivor. The time in which output is being
	// recorded does not count: a slow disk must not cost what the pipes still hold.
	drainTime = 2 * time.Second
	drainStep = 50 * time.Millisecond // how often that time is looked at
)

// outputs copies the output streams of one script until their end, whatever is
// done with the text: a script must not block because somebody does not read.
type outputs struct {
	readers sync.WaitGroup
	read    atomic.Int64
	idle    idleTime // in which no stream's text is being passed on
}

// idleTime measures how long nobody was busy. To look now and then would not do: where a
// reader is busy nearly always, looks that each fall into a short pause would count all
// the time between them as idle.
type idleTime struct {
	mu    sync.Mutex
	busy  int
	since time.Time // when busy became 0, or take was called
	total time.Duration
}

func (t *idleTime) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy == 0 {
		t.total += time.Since(t.since)
	}
	t.busy++
}

func (t *idleTime) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy--; t.busy == 0 {
		t.since = time.Now()
	}
}

// take returns the idle time since the last call of take.
func (t *idleTime) take() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy == 0 {
		now := time.Now()
		t.total += now.Sub(t.since)
		t.since = now
	}
	taken := t.total
	t.total = 0
	return taken
}

// copy starts to read r. It passes on the text and the bytes that it was made from, at
// most MaxOutput bytes for all streams together.
func (o *outputs) copy(r io.Reader, emit func(text string, raw []byte) error) {
	o.readers.Go(func() {
		t := newTextifier()
		buf := make([]byte, readSize)
		var raw []byte // read since the last text
		var failed error
		for {
			n, err := r.Read(buf)
			total := o.read.Add(int64(n))
			keep := max(0, min(int64(n), MaxOutput-(total-int64(n))))
			raw = append(raw, buf[:keep]...)
			if text := t.text(buf[:keep], err != nil); text != "" {
				if failed == nil {
					o.idle.begin()
					failed = emit(text, raw) // the run is ending; read on all the same
					o.idle.end()
				}
				raw = nil
			}
			if err != nil {
				return
			}
		}
	})
}

// finish waits for the rest of the output when all processes are gone, and closes the
// streams. MaxOutput bounds what a survivor can still have recorded. When hard is done,
// nothing extends the time.
func (o *outputs) finish(hard context.Context, streams ...io.Closer) {
	done := make(chan struct{})
	go func() { o.readers.Wait(); close(done) }() // waited for at the end
	step := time.NewTicker(drainStep)
	defer step.Stop()
	last := time.Now()
	o.idle.take() // what was before does not count
	for left := drainTime; left > 0; {
		select {
		case <-done:
			left = 0
		case now := <-step.C:
			idle := o.idle.take()
			if hard.Err() != nil {
				idle = now.Sub(last)
			}
			left, last = left-idle, now
		}
	}
	for _, s := range streams {
		s.Close()
	}
	<-done
}

func (o *outputs) taken() int64   { return min(o.read.Load(), MaxOutput) }
func (o *outputs) dropped() int64 { return max(0, o.read.Load()-MaxOutput) }

// textifier turns a stream of bytes into text: UTF-8 as it is, the console's
// code page where there is one, every other byte and every control character
// but newline and tab as an escape of [text.EscapeBytes].
type textifier struct {
	console *encoding.Decoder // nil where programs write UTF-8
	legacy  bool              // the stream was found to be in the console's code page
	rest    []byte            // the beginning of a character, or a CR, at the end of a chunk
}

func newTextifier() *textifier { return &textifier{console: consoleDecoder()} }

// text converts one chunk; last says that no more will come.
func (t *textifier) text(chunk []byte, last bool) string {
	data := append(t.rest, chunk...)
	t.rest = nil
	keep := len(data)
	if !last {
		keep -= unfinished(data)
	}
	if t.console != nil && (t.legacy || !utf8.Valid(data[:keep])) {
		t.legacy = true
		data, keep = t.decode(data, last)
	}
	t.rest = append(t.rest, data[keep:]...)
	return text.EscapeBytes(strings.ReplaceAll(string(data[:keep]), "\r\n", "\n"))
}

// decode converts whole characters from the console's code page. The bytes of a character
// that is only begun stand behind them, from index keep on.
func (t *textifier) decode(data []byte, last bool) (decoded []byte, keep int) {
	dst := make([]byte, utf8.UTFMax*len(data)+utf8.UTFMax)
	n, used, _ := t.console.Transform(dst, data, last) // what it cannot decode becomes U+FFFD
	keep = n
	if !last {
		keep -= begun(dst[:n])
	}
	if keep < n && used < len(data) {
		keep = n // a character was begun behind it: it is no line end
	}
	return append(dst[:n:n], data[used:]...), keep
}

// begun is the number of bytes at the end that may be the beginning of a line end or
// of what reads like an escape.
func begun(data []byte) int {
	if n := len(data); n > 0 && data[n-1] == '\r' {
		return 1
	}
	return text.BegunEscape(data)
}

// unfinished is the number of bytes at the end that belong to something of
// which more may come: a UTF-8 sequence, a line end or what reads like an escape.
func unfinished(data []byte) int {
	if n := begun(data); n > 0 {
		return n
	}
	for back := 1; back < utf8.UTFMax && back <= len(data); back++ {
		if b := data[len(data)-back]; utf8.RuneStart(b) {
			if !utf8.FullRune(data[len(data)-back:]) {
				return back
			}
			return 0
		}
	}
	return 0
}
