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
	"sync/atomic"
	"time"

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

// channelIdle is how long a channel to the relay stays open when the relay has everything.
// Most of the thousands of computers that a relay holds have nothing to say, and an open
// channel costs it several kilobytes of each. To open it again takes two round trips.
const channelIdle = 20 * time.Second

// HandOver sends the journal to the relay through client, from where the relay
// has it, and goes on with what comes until the connection or ctx ends, or until
// the relay has taken the seal: then it returns nil. While there is nothing to send it has
// no channel open, and ended has to tell it when the connection has ended.
func (j *Journal) HandOver(ctx context.Context, client *sshd.Client, ended <-chan struct{}) error {
	for {
		more, err := j.handOverOnce(ctx, client)
		if more == nil {
			return err
		}
		select {
		case <-more:
		case <-ended:
			return errNotTaken
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// handOverOnce does that through one channel. more is nil where the relay has the seal, or
// else closed when there is something for another channel.
func (j *Journal) handOverOnce(ctx context.Context, client *sshd.Client) (more <-chan struct{}, err error) {
	ch, requests, err := client.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotTaken, err)
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer ch.Close()
	serving.Go(func() { ssh.DiscardRequests(requests) })
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	answers := bufio.NewReaderSize(ch, 64)
	var has atomic.Uint64
	line, err := answers.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotTaken, err)
	}
	after, err := number(line)
	if err != nil {
		return nil, fmt.Errorf("the relay's answer: %w", err)
	}
	has.Store(after)
	serving.Go(func() { cancel(taken(answers, &has)) })
	more, err = j.copyTo(ctx, ch, &has)
	switch {
	case errors.Is(context.Cause(ctx), errTaken):
		return nil, nil
	case err == nil:
		if err := leave(ctx, ch); err != nil {
			return nil, err
		}
	}
	return more, err
}

// leave ends a channel that idles, and waits until the relay has done the same: then it
// takes another one. ctx is done when its answers have ended.
func leave(ctx context.Context, ch ssh.Channel) error {
	_ = ch.CloseWrite() // where that is not possible, the answers end too
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, errNotTaken) {
		return cause
	}
	return nil
}

// taken reads what the relay acknowledges into has, and returns why it stops.
func taken(answers *bufio.Reader, has *atomic.Uint64) error {
	for {
		line, err := answers.ReadSlice('\n')
		if err != nil {
			return errNotTaken
		}
		if string(line) == wire.JournalSealed+"\n" {
			return errTaken
		}
		if n, err := number(line); err == nil {
			has.Store(n)
		}
	}
}

// number is what the relay says that it has.
func number(line []byte) (uint64, error) {
	return strconv.ParseUint(strings.TrimSuffix(string(line), "\n"), 10, 64)
}

// copyTo writes the lines behind the event number has to w, as they stand in the
// file, and then those that come, until ctx is done; it returns its cause. Where the relay
// has had everything for a while it returns what is closed when there is more.
func (j *Journal) copyTo(ctx context.Context, w io.Writer, has *atomic.Uint64) (more <-chan struct{}, err error) {
	f, err := disk.OpenIn(j.root, j.name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at, err := j.place(f, has.Load())
	if err != nil {
		return nil, err
	}
	idle := time.NewTimer(channelIdle)
	defer idle.Stop()
	for {
		j.mu.Lock()
		size, changed, last, sealed := j.safe.size, j.changed, j.safe.seq, j.sealed
		j.mu.Unlock()
		if _, err := io.Copy(w, io.NewSectionReader(f, at, size-at)); err != nil {
			return nil, fmt.Errorf("sending the journal: %w", err)
		}
		at = size
		idle.Reset(channelIdle)
		select {
		case <-changed:
		case <-idle.C:
			if has.Load() == last && !sealed { // with the seal the relay ends it
				return changed, nil
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
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
