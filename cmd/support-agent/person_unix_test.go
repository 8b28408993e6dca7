//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/xpty"
	"golang.org/x/sys/unix"

	"supportd/consent"
	"supportd/daemon/lineedit"
	"supportd/library/text"
)

const enough = 20 * time.Second

// person sits at a real terminal: types keys, and reads what stands there.
type person struct {
	t    *testing.T
	keys *os.File // the other side of the terminal
	*screen

	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newPerson(t *testing.T, l text.Language) *person {
	t.Helper()
	pty, err := xpty.NewUnixPty(80, 24)
	if err != nil {
		t.Fatal(err)
	}
	// A file that does not block, so that closing it ends a read and a write.
	fd, err := unix.Dup(int(pty.Master().Fd()))
	if err == nil {
		err = errors.Join(unix.SetNonblock(fd, true), pty.Master().Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &person{
		t: t, keys: os.NewFile(uintptr(fd), "terminal"), changed: make(chan struct{}),
		screen: newScreen(pty.Slave(), pty.Slave(), l),
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := p.keys.Read(buf)
			p.mu.Lock()
			p.text.Write(buf[:n])
			close(p.changed)
			p.changed = make(chan struct{})
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { p.keys.Close(); <-read; p.close(); pty.Slave().Close() })
	return p
}

func (p *person) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.ReplaceAll(p.text.String(), "\r\n", "\n")
}

// rows is what has stood on the screen: of a row that was written over, what stood
// there last.
func (p *person) rows() string {
	const erased = "\r\x1b[K"
	var b strings.Builder
	for row := range strings.SplitAfterSeq(p.shown(), "\n") {
		row = strings.NewReplacer(lineedit.On, "", lineedit.Off, "").Replace(row)
		b.WriteString(row[max(0, strings.LastIndex(row, erased)):])
	}
	return strings.ReplaceAll(b.String(), erased, "")
}

// sees waits until text was written to the screen n times, stands until it stands there
// n times.
func (p *person) sees(text string, n int) {
	p.t.Helper()
	p.waits(p.shown, text, n)
}

func (p *person) stands(text string, n int) {
	p.t.Helper()
	p.waits(p.rows, text, n)
}

func (p *person) waits(on func() string, text string, n int) {
	p.t.Helper()
	for deadline := time.After(enough); ; {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		if strings.Count(on(), text) >= n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			p.t.Fatalf("%q is not there %d times:\n%s", text, n, p.shown())
		}
	}
}

func (p *person) types(keys string) {
	p.t.Helper()
	if _, err := p.keys.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

type asked struct {
	answer consent.Answer
	err    error
}

// ask puts a question on the screen and returns when it stands there.
func (p *person) ask(ctx context.Context, q consent.Question) <-chan asked {
	p.t.Helper()
	prompt := phrase(p.lang, promptAnswer)
	before := strings.Count(p.rows(), prompt)
	got := make(chan asked, 1)
	go func() {
		a, err := p.Ask(ctx, q)
		got <- asked{a, err}
	}()
	p.stands(prompt, before+1)
	return got
}

func (p *person) answered(got <-chan asked) asked {
	p.t.Helper()
	select {
	case a := <-got:
		return a
	case <-time.After(enough):
		p.t.Fatalf("no answer:\n%s", p.shown())
		return asked{}
	}
}
