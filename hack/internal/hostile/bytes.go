//go:build unix

package hostile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
)

// hurtBytes is Z9: what CSR and computer send is cut, changed in its order, and late.
func hurtBytes(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	const greeting = 4 << 10 // the keys are exchanged behind so much at the latest
	var at int
	h.draw(func() { at = greeting + h.random.IntN(greeting) })
	hurts := map[string]func(from io.Reader) io.Reader{
		"cut":     func(from io.Reader) io.Reader { return &hurting{from: from, left: at} },
		"swapped": func(from io.Reader) io.Reader { return &hurting{from: from, left: at, change: swapHalves} },
		"one bit": func(from io.Reader) io.Reader {
			return &hurting{from: from, left: at, change: func(p []byte) { p[len(p)/2] ^= 1 }}
		},
	}
	for what, hurt := range hurts {
		h.relay.Lie(s.number, &Lies{Tamper: func(toComputer bool, from io.Reader) io.Reader {
			if toComputer {
				return from
			}
			return hurt(from)
		}})
		out, err := s.ssh(ctx, "sysinfo") // all of it: far more than is let through
		const lost = 255
		if err := seen(what+": ssh", out, err, lost, ""); err != nil {
			return err
		}
		if out, err := s.supportctl(ctx, "sysinfo", string(s.number)); err == nil {
			return fmt.Errorf("%s: supportctl takes what is not whole:\n%s", what, out)
		}
		if err := s.hurtUpload(ctx, hurt); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	h.relay.Lie(s.number, &Lies{Tamper: func(_ bool, from io.Reader) io.Reader { return late{from} }})
	if err := s.works(ctx); err != nil {
		return fmt.Errorf("late: %w", err)
	}
	// A run whose CSR is cut off goes on, and the journal has all of it.
	script := h.path("count-" + string(s.number) + ".sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nseq 1 20000\n"), 0o755); err != nil {
		return err
	}
	h.relay.Lie(s.number, nil)
	if out, err := rig.Run(s.csr.SFTP(ctx, s.number.Host(), "put "+script+"\n")); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	h.relay.Lie(s.number, &Lies{Tamper: func(toComputer bool, from io.Reader) io.Reader {
		if toComputer {
			return from
		}
		return &hurting{from: from, left: at + 2*greeting}
	}})
	out, err := s.ssh(ctx, "run", filepath.Base(script))
	const lost = 255
	if err := seen("the run's ssh", out, err, lost, ""); err != nil {
		return err
	}
	return eventually(ctx, "the whole run in the journal", func() error {
		events, err := s.events()
		if err != nil {
			return err
		}
		var all strings.Builder
		for _, e := range events {
			if e.Kind == journal.KindScriptOutput {
				all.WriteString(journal.Of[journal.ScriptOutput](e).Text)
			}
		}
		if !strings.HasSuffix(all.String(), "19999\n20000\n") || strings.Count(all.String(), "\n") != 20000 {
			return fmt.Errorf("%d bytes", all.Len())
		}
		return nil
	})
}

// hurtUpload brings the computer a file that does not arrive as it was sent: nothing of it is
// there.
func (s *stage) hurtUpload(ctx context.Context, hurt func(io.Reader) io.Reader) error {
	const name, size = "brought.sh", 256 << 10
	file := filepath.Join(s.csr.Dir, name)
	if err := os.WriteFile(file, bytes.Repeat([]byte("# a line of a script\n"), size/20), 0o755); err != nil {
		return err
	}
	s.relay.Lie(s.number, &Lies{Tamper: func(toComputer bool, from io.Reader) io.Reader {
		if toComputer {
			return hurt(from)
		}
		return from
	}})
	out, err := all(s.csr.SFTP(ctx, s.number.Host(), "put "+file+"\n"))
	if err == nil {
		return fmt.Errorf("sftp takes what was not brought:\n%s", out)
	}
	s.relay.Lie(s.number, nil)
	if n, err := s.count(journal.KindFileStage); n > 0 || err != nil {
		return fmt.Errorf("%d files were brought: %w", n, err)
	}
	out, err = s.ssh(ctx, "run", name)
	const usage = 2
	return seen("run of what was not brought", out, err, usage, name)
}

// draw has something use the random numbers, which are one attack's at a time.
func (h *house) draw(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// hurting lets so many bytes through, and changes what follows once, or ends there.
type hurting struct {
	from   io.Reader
	left   int
	change func([]byte)
}

// Read implements [io.Reader].
func (r *hurting) Read(p []byte) (int, error) {
	if r.left <= 0 && r.change == nil {
		return 0, errCut
	}
	n, err := r.from.Read(p[:min(len(p), 16<<10)])
	if r.left -= n; r.left <= 0 && r.left+n > 0 && n > 1 && r.change != nil {
		r.change(p[:n])
	}
	return n, err
}

func swapHalves(p []byte) {
	half := len(p) / 2
	first := bytes.Clone(p[:half])
	copy(p, p[half:2*half])
	copy(p[half:], first)
}

// late brings everything a little later.
type late struct{ from io.Reader }

// Read implements [io.Reader].
func (r late) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	time.Sleep(lateness)
	return n, err
}

const lateness = 20 * time.Millisecond
