//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"time"
)

const (
	// glance is how often a wait for a line looks whether it is still wanted.
	glance = 50 * time.Millisecond
	// maxLine is more than a terminal gives for one line (termios(3)).
	maxLine = 8 << 10
)

// readLine waits for a whole line. Nothing reads the terminal between questions,
// so what is typed there stays with the system until discardTyped. The error is
// io.EOF for the end of input and the cause of ctx when it ends first.
func readLine(ctx context.Context, f *os.File) (string, error) {
	for {
		ready, err := canRead(f, glance)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case err != nil:
			return "", err
		case ready:
			buf := make([]byte, maxLine)
			n, err := f.Read(buf)
			if n == 0 && err == nil {
				err = io.EOF
			}
			return string(buf[:n]), err
		}
	}
}

// pasted reports whether more stands behind a line than a person can have typed.
func pasted(f *os.File) bool {
	more, err := canRead(f, pasteGap)
	return more || err != nil
}
