// Package journal writes the journal of a support session on the customer's
// computer and brings it to the relay. The daemon appends; the chat, the report and
// the relay read. An event is on the disk before [Journal.Append] returns, and before anybody
// reads it; a journal that a killed daemon left is verified, and what was under way gets its
// end.
package journal

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/disk"
	"supportd/library/journal"
	"supportd/library/wire"
)

// The names of journals in their directory.
const (
	prefix = "journal-"
	suffix = ".jsonl"
)

// IsName reports whether a file with this name is a journal.
func IsName(name string) bool {
	return strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) && filepath.Base(name) == name
}

// Stem is what tells a journal's name from others; "" for a name that is none.
func Stem(name string) string {
	if !IsName(name) {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(name, prefix), suffix)
}

// ErrWrite is wrapped by every error of a journal that cannot be written any
// more. What needs a line in the journal is then not done.
var ErrWrite = errors.New("the journal cannot be written")

// errSealed is why nothing can be appended to a journal that is complete.
var errSealed = fmt.Errorf("%w: it is sealed", ErrWrite)

// Journal is the hash-chained list of everything that happened in a support
// session, a JSON object a line. An event is on the disk before Append returns,
// and before anybody reads it. It is safe for concurrent use.
type Journal struct {
	root *os.Root
	name string // in root

	mu      sync.Mutex // no other lock is taken under it
	file    *os.File
	last    journal.Event
	size    int64         // bytes that hold whole lines
	safe    safe          // how much of them is known to be on the disk
	body    int64         // of them those before the seal
	weight  int64         // of all events, see [journal.MaxBytes]
	marks   []int64       // where every markEvery-th event begins
	broken  error         // why nothing can be appended any more
	sealed  bool          // its last line is the seal
	changed chan struct{} // closed and replaced when safe grows
	open    unended
	// picture is what they say of now.
	picture journal.Picture
	// presence is what the events say of who was there.
	presence journal.Presence
	back     string // the boot that the last restart has led to
	down     bool   // a restart was allowed, and its result is not written yet
	// presented is the last word on what the customer had allowed beforehand; nil before
	// the relay's first welcome.
	presented  *journal.Presented
	newestList uint64          // see NewestList
	verdicts   map[string]bool // see Verdicts
}

// markEvery is how many events lie between those whose place in the file is
// remembered.
const markEvery = 1024

// Create makes a new, empty journal in a directory and returns it with its name
// there.
func Create(root *os.Root, now time.Time) (*Journal, string, error) {
	for i := 0; ; i++ {
		name := prefix + now.UTC().Format("20060102T150405Z")
		if i > 0 {
			name += fmt.Sprintf("-%d", i)
		}
		name += suffix
		f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) && i < 100 {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if err := disk.SyncDir(root.Name()); err != nil {
			return nil, "", errors.Join(err, f.Close(), root.Remove(name))
		}
		return &Journal{root: root, name: name, file: f, changed: make(chan struct{})}, name, nil
	}
}

// Open goes on with a journal that an earlier daemon wrote. It verifies
// the whole chain, drops a last line that a crash cut short, and writes the end
// of everything that was under way. A journal may have a gigabyte: ctx ends the reading.
func Open(ctx context.Context, root *os.Root, name string) (*Journal, error) {
	f, err := disk.OpenIn(root, name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	j := &Journal{root: root, name: name, file: f, changed: make(chan struct{})}
	if err := j.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", j.Path(), err), f.Close())
	}
	if info, err := f.Stat(); err != nil || info.Size() != j.size {
		if err := errors.Join(err, f.Truncate(j.size)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if _, over := j.Over(); over {
		return j, nil // the session had ended: only sealing and handing over was left
	}
	if err := j.EndAborted(journal.CauseKilled); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

func (j *Journal) load(ctx context.Context) error {
	defer func() { j.safe = safe{j.size, j.last.Seq} }()
	r := bufio.NewReaderSize(j.file, 64<<10)
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // the last line is cut off: its Append never returned
		}
		if err != nil {
			return err
		}
		if journal.IsSealLine(line) {
			return j.loadSeal(line)
		}
		e, err := journal.ParseEvent(line)
		if err != nil {
			return err
		}
		if err := e.Follows(j.last); err != nil {
			return err
		}
		j.took(e, len(line))
	}
}

func (j *Journal) loadSeal(line []byte) error {
	seal, err := journal.ParseSeal(line)
	if err != nil {
		return err
	}
	if err := seal.Verify(j.last); err != nil {
		return err
	}
	j.size += int64(len(line))
	j.sealed, j.broken = true, errSealed
	return nil
}

// took keeps in mind that the file holds an event, in a line of n bytes.
func (j *Journal) took(e journal.Event, n int) {
	if (e.Seq-1)%markEvery == 0 {
		j.marks = append(j.marks, j.size)
	}
	j.last, j.size = e, j.size+int64(n)
	j.body = j.size
	j.weight += e.Weight()
	j.open.add(e)
	j.picture.See(e, e.Time)
	j.presence.Observe(e)
	switch e.Kind {
	case journal.KindRebootRequest:
		j.down = true
	case journal.KindRebootRefuse:
		j.down = false
	case journal.KindRebootReturn:
		j.back, j.down = journal.Of[journal.RebootReturn](e).Boot, false
	default:
		j.notePresented(e)
	}
}

// Over reports whether the support session has ended, so that only the seal may
// follow, and who has ended it by what the last event says.
func (j *Journal) Over() (by string, over bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return cmp.Or(journal.Of[journal.SessionEnd](j.last).By, j.last.Actor), j.last.Kind == journal.KindSessionEnd
}

// Seal ends the journal with the signature of the support session's key. It may
// be called again when it has failed, or when it is done.
func (j *Journal) Seal(signer ssh.Signer, number wire.Number) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.sealed {
		return nil
	}
	if j.broken != nil {
		return j.broken
	}
	seal, err := journal.NewSeal(signer, number, j.last)
	if err != nil {
		return err
	}
	line, err := seal.Line()
	if err == nil {
		err = j.writeLocked(line)
	}
	if err != nil {
		return err
	}
	return j.syncLocked(func() {
		j.size += int64(len(line))
		j.sealed, j.broken = true, errSealed
	})
}

// Path is where the journal lies.
func (j *Journal) Path() string { return filepath.Join(j.root.Name(), j.name) }

// Close closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = fmt.Errorf("%w: it is closed", ErrWrite)
	}
	return j.file.Close()
}

// Empty reports whether nothing was ever written.
func (j *Journal) Empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last.Seq == 0
}

// Events reads the events so far, and with follow also those that come, until
// ctx is done; then the last error is the cause of ctx.
func (j *Journal) Events(ctx context.Context, follow bool) iter.Seq2[journal.Event, error] {
	return func(yield func(journal.Event, error) bool) {
		f, err := disk.OpenIn(j.root, j.name, os.O_RDONLY, 0)
		if err != nil {
			yield(journal.Event{}, err)
			return
		}
		defer f.Close()
		for at := int64(0); ; {
			j.mu.Lock()
			size, changed := j.safe.size, j.changed
			j.mu.Unlock()
			r := bufio.NewReaderSize(io.NewSectionReader(f, at, size-at), 64<<10)
			for at < size {
				line, err := r.ReadBytes('\n')
				if err != nil {
					yield(journal.Event{}, err)
					return
				}
				if at += int64(len(line)); journal.IsSealLine(line) {
					return
				}
				e, err := journal.ParseEvent(bytes.TrimSuffix(line, []byte("\n")))
				if !yield(e, err) || err != nil {
					return
				}
			}
			if !follow {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(journal.Event{}, context.Cause(ctx))
				return
			}
		}
	}
}

// Picture is what the events say of now.
func (j *Journal) Picture() journal.Picture {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.picture
}

// Head is the sequence number of the last event that can be read.
func (j *Journal) Head() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.safe.seq
}
