package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
)

// reader is a log's end that can be held up, and fail.
type reader struct {
	mu   sync.Mutex
	held chan struct{} // nil, or what is closed when somebody reads
	text bytes.Buffer
	fail error
	part int // of a line that fails, so many bytes are written
}

func (r *reader) Write(p []byte) (int, error) {
	if r.held != nil {
		<-r.held
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		r.text.Write(p[:r.part])
		return r.part, r.fail
	}
	return r.text.Write(p)
}

func TestK1P15_NobodyWaitsForTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{held: make(chan struct{})} // nobody reads
		l := newLogWriter(r, sayLost(textFormat))
		const more = 100
		for n := range maxWaiting + more {
			fmt.Fprintf(l, "line %d\n", n)
		}
		lost := l.lost.Load()
		if lost < more-1 || lost > more {
			t.Errorf("%d lines were lost", lost)
		}
		close(r.held)
		synctest.Wait()
		fmt.Fprintln(l, "the last one")
		l.end()
		text := r.text.String()
		if n := strings.Count("\n"+text, "\nline "); int64(n) != maxWaiting+more-lost {
			t.Errorf("%d lines", n)
		}
		if !strings.Contains(text, fmt.Sprintf("lines of this log were lost: whoever reads it was too slow, or its disk is full\" lines=%d\n", lost)) || !strings.HasSuffix(text, "the last one\n") {
			t.Errorf("%s", text[max(len(text)-400, 0):])
		}
	})
}

func TestK1P15_TheEndDoesNotWaitForTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{held: make(chan struct{})}
		l := newLogWriter(r, sayLost(textFormat))
		fmt.Fprintln(l, "a line")
		l.end() // in the bubble's time
		fmt.Fprintln(l, "one after the end")
		if l.lost.Load() != 1 {
			t.Errorf("%d", l.lost.Load())
		}
		close(r.held)
	})
}

func TestK1P15_AFullDiskIsTold(t *testing.T) {
	for format, want := range map[string]string{
		textFormat: `msg="lines of this log were lost: whoever reads it was too slow, or its disk is full" lines=2` + "\n",
		jsonFormat: `"msg":"lines of this log were lost: whoever reads it was too slow, or its disk is full","lines":2}` + "\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &reader{fail: errors.New("no space left"), part: 3}
			l := newLogWriter(r, sayLost(format))
			fmt.Fprintln(l, "one")
			synctest.Wait()
			r.mu.Lock()
			r.part = 0
			r.mu.Unlock()
			fmt.Fprintln(l, "two")
			synctest.Wait()
			r.mu.Lock()
			r.fail = nil
			r.mu.Unlock()
			fmt.Fprintln(l, "three")
			l.end()
			lines := strings.SplitAfter(r.text.String(), "\n")
			if len(lines) != 4 || lines[0] != "one\n" || !strings.HasSuffix(lines[1], want) || lines[2] != "three\n" {
				t.Errorf("%q", lines)
			}
		})
	}
}

// TestK1P15_AReaderThatEnds uses a real pipe: a write to one without a reader ends a
// program that does not expect it.
func TestK1P15_AReaderThatEnds(t *testing.T) {
	defer signal.Reset(syscall.SIGPIPE)
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	data := filepath.Join(dir, "data")
	s := serveTo(t, w, r, "--data", data, "--listen", "127.0.0.1:0")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	_, public := newKey(t)
	for range 3 {
		if _, problems, code := command(t, public, "status", "--data", data); code != 0 {
			t.Fatal(problems)
		}
	}
	s.end(t)
}
