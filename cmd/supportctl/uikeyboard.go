package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// keyboard is the terminal on which the CSR types into the console's menu.
type keyboard struct {
	in     *os.File
	turn   sync.Mutex   // held by the one who reads
	coming chan pressed // where the read that goes on ends; nil: none goes on
}

// pressed is a byte that was typed.
type pressed struct {
	b   byte
	err error
}

// Line implements [console.Keyboard].
func (k *keyboard) Line(ctx context.Context, secret bool) (line []byte, err error) {
	k.turn.Lock()
	defer k.turn.Unlock()
	keys := waiting{ctx, k}
	if !secret {
		line, err = bufio.NewReaderSize(oneByte{keys}, 16).ReadBytes('\n')
		if len(line) > 0 && errors.Is(err, io.EOF) {
			return line, nil
		}
		return trimEnd(line), err
	}
	fd := int(k.in.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	line, err = readSecret(keys)
	return line, errors.Join(err, term.Restore(fd, before))
}

// trimEnd takes the end of a line off.
func trimEnd(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line
}

// waiting reads a byte, or returns earlier when its context ends.
type waiting struct {
	ctx  context.Context
	keys *keyboard
}

// Read implements [io.Reader]. A read from a terminal cannot be broken off: one that is left
// behind gives its byte to the next one who reads, or ends with the program.
func (w waiting) Read(p []byte) (int, error) {
	k := w.keys
	if k.coming == nil {
		k.coming = make(chan pressed, 1)
		go func(to chan<- pressed) {
			var b [1]byte
			_, err := io.ReadFull(k.in, b[:])
			to <- pressed{b[0], err}
		}(k.coming)
	}
	select {
	case got := <-k.coming:
		k.coming = nil
		if got.err != nil {
			return 0, got.err
		}
		p[0] = got.b
		return 1, nil
	case <-w.ctx.Done():
		return 0, w.ctx.Err()
	}
}

// Forget implements [console.Keyboard].
func (k *keyboard) Forget() { _ = discardTyped(k.in) } // where that cannot be, less is promised, not nothing
