package script

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// spool keeps a run's events in a file. Whoever attaches late misses nothing, and memory
// does not grow with the output.
type spool struct {
	path string
	file *os.File

	mu      sync.Mutex
	changed chan struct{} // closed at every change, and replaced
	size    int64
	count   int
	ended   bool
}

func newSpool(path string) (*spool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keeping a run's output: %w", err)
	}
	return &spool{path: path, file: f, changed: make(chan struct{})}, nil
}

// next is the number of the event that is appended next.
func (s *spool) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count + 1
}

func (s *spool) append(e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.file.WriteAt(line, s.size); err != nil {
		return fmt.Errorf("keeping a run's output: %w", err)
	}
	s.size += int64(len(line))
	s.count++
	s.wakeLocked()
	return nil
}

func (s *spool) wakeLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// finish says that no event will follow.
func (s *spool) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.file.Close()
	s.wakeLocked()
}

// remove deletes the file. Whoever follows it still reads to its end.
func (s *spool) remove() {
	_ = os.Remove(s.path)
}

func (s *spool) follow(ctx context.Context, from int, sink func(Event) error) error {
	file, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("reading a run's output: %w", err)
	}
	defer file.Close()
	r := bufio.NewReader(file)
	var read int64
	for {
		s.mu.Lock()
		size, ended, changed := s.size, s.ended, s.changed
		s.mu.Unlock()
		for read < size {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return fmt.Errorf("reading a run's output: %w", err)
			}
			read += int64(len(line))
			var e Event
			if err := json.Unmarshal(line, &e); err != nil {
				return fmt.Errorf("reading a run's output: %w", err)
			}
			if e.Seq <= from {
				continue
			}
			if err := sink(e); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		if ended {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
