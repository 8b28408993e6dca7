package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/disk"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

var (
	// errTaken ends a handover that is complete.
	errTaken = errors.New("the relay has the whole journal")
	// errNotTaken ends one that the relay does not want to go on with.
	errNotTaken = errors.New("the relay does not take the journal any further")
)

// HandOver sends the journal to the relay through client, from where the relay
// has it, and goes on with what comes until the connection or ctx ends, or until
// the relay has taken the seal: then it returns nil.
func (j *Journal) HandOver(ctx context.Context, client *sshd.Client) error {
	ch, requests, err := client.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotTaken, err)
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer ch.Close()
	serving.Go(func() { ssh.DiscardRequests(requests) })
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	answers := bufio.NewReaderSize(ch, 64)
	has, err := answers.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("%w: %w", errNotTaken, err)
	}
	after, err := strconv.ParseUint(strings.TrimSuffix(string(has), "\n"), 10, 64)
	if err != nil {
		return fmt.Errorf("the relay's answer: %w", err)
	}
	serving.Go(func() { cancel(taken(answers)) })
	err = j.copyTo(ctx, ch, after)
	if errors.Is(context.Cause(ctx), errTaken) {
		return nil
	}
	return err
}

// taken reads what the relay acknowledges, and returns why it stops.
func taken(answers *bufio.Reader) error {
	for {
		line, err := answers.ReadSlice('\n')
		if err != nil {
			return errNotTaken
		}
		if string(line) == wire.JournalSealed+"\n" {
			return errTaken
		}
	}
}

// copyTo writes the lines behind event number after to w, as they stand in the
// file, and then those that come, until ctx is done; it returns its cause.
func (j *Journal) copyTo(ctx context.Context, w io.Writer, after uint64) error {
	f, err := disk.OpenIn(j.root, j.name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	at, err := j.place(f, after)
	if err != nil {
		return err
	}
	for {
		j.mu.Lock()
		size, changed := j.size, j.changed
		j.mu.Unlock()
		if _, err := io.Copy(w, io.NewSectionReader(f, at, size-at)); err != nil {
			return fmt.Errorf("sending the journal: %w", err)
		}
		at = size
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// place is where in the file the line behind event number after begins.
func (j *Journal) place(f io.ReaderAt, after uint64) (int64, error) {
	j.mu.Lock()
	last, size, at := j.last.Seq, j.body, j.body
	if after < last {
		at = j.marks[after/markEvery]
	}
	j.mu.Unlock()
	switch {
	case after > last:
		return 0, fmt.Errorf("%w: the relay has %d events, there are %d", journal.ErrChain, after, last)
	case after == last:
		return at, nil
	}
	r := bufio.NewReaderSize(io.NewSectionReader(f, at, size-at), 64<<10)
	for range after % markEvery {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return 0, err
		}
		at += int64(len(line))
	}
	return at, nil
}
