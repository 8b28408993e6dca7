package journal

import (
	"fmt"
	"time"

	"supportd/library/journal"
)

// Here an event is written: [Journal.Append] waits until it is on the disk, [Journal.AppendSoon]
// does not.

// safe is how far a journal is on the disk: nobody reads further. If the relay had an event
// that a crash takes from here, the next start would write another journal.
type safe struct {
	size int64
	seq  uint64 // of the last event
}

// Append writes one event and waits until it is on the disk. When it returns an
// error the event is not in the journal, and what it tells of must not happen.
func (j *Journal) Append(actor string, p journal.Payload) error {
	e, err := newEvent(actor, p)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.appendLocked(e)
}

// AppendSoon writes one event and does not wait for the disk: nothing that the event tells
// of may have an effect before onDisk has returned nil. An error is the same as that of
// [Journal.Append]. With an error of onDisk, nothing can be appended any more.
func (j *Journal) AppendSoon(actor string, p journal.Payload) (onDisk func() error, err error) {
	e, err := newEvent(actor, p)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	line, err := j.putLocked(&e)
	if err != nil {
		return nil, err
	}
	j.took(e, len(line))
	return func() error {
		j.mu.Lock()
		defer j.mu.Unlock()
		switch {
		case j.safe.seq >= e.Seq:
			return nil
		case j.broken != nil:
			return j.broken
		}
		return j.syncLocked(func() {})
	}, nil
}

// newEvent is an event that has no place yet.
func newEvent(actor string, p journal.Payload) (journal.Event, error) {
	e, err := journal.New(time.Now(), actor, p)
	if err != nil {
		return e, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	if len(e.Data) > journal.MaxEvent {
		return e, fmt.Errorf("%w: %s of %d bytes, at most %d are allowed", ErrWrite, e.Kind, len(e.Data), journal.MaxEvent)
	}
	return e, nil
}

// appendLocked is the end of Append: e gets its place in the journal.
func (j *Journal) appendLocked(e journal.Event) error {
	line, err := j.putLocked(&e)
	if err != nil {
		return err
	}
	return j.syncLocked(func() { j.took(e, len(line)) })
}

// putLocked writes the line of an event behind the last one.
func (j *Journal) putLocked(e *journal.Event) ([]byte, error) {
	if j.broken != nil {
		return nil, j.broken
	}
	e.Seal(j.last)
	if j.weight+e.Weight() > mostWeight(e.Kind) {
		return nil, errLong
	}
	line, err := e.Line()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return line, j.writeLocked(line)
}

// writeLocked puts a line at the end. One that did not fit is taken back, so that the journal
// works again when there is room.
func (j *Journal) writeLocked(line []byte) error {
	if _, err := j.file.WriteAt(line, j.size); err != nil {
		err = fmt.Errorf("%w: %w", ErrWrite, err)
		if undo := j.file.Truncate(j.size); undo != nil {
			j.broken = err
		}
		return err
	}
	return nil
}

// syncLocked waits until all that was written is on the disk, calls took then, and wakes those
// who wait for more. After a failed sync nobody knows what the disk holds, so that is the end.
func (j *Journal) syncLocked(took func()) error {
	if err := j.file.Sync(); err != nil {
		j.broken = fmt.Errorf("%w: %w", ErrWrite, err)
		return j.broken
	}
	took()
	j.safe = safe{j.size, j.last.Seq}
	close(j.changed)
	j.changed = make(chan struct{})
	return nil
}
