package daemon

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
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

const (
	// handOverStopped is how long a customer who has stopped waits for the relay to
	// take the rest of the journal.
	handOverStopped = 5 * time.Second
	// handOverEnded is the same where somebody else has ended the support session:
	// a computer that was away may have much to bring.
	handOverEnded = 30 * time.Second
	// handOverSilent is how long it may take before the customer is told.
	handOverSilent = 700 * time.Millisecond
	// handOverPause lies between two attempts.
	handOverPause = 500 * time.Millisecond
)

var (
	// errTaken ends a handover that is complete.
	errTaken = errors.New("the relay has the whole journal")
	// errNotTaken ends one that the relay does not want to go on with.
	errNotTaken = errors.New("the relay does not take the journal any further")
)

// finish completes the journal and brings the relay what it has not got. When
// it returns, the relay has all of it, or will not take it, or is owed it.
func (d *Daemon) finish(cause error) error {
	var end wire.End
	end.By, end.Reason = endedBy(cause)
	if err := d.complete(end); err != nil {
		d.opts.Log.Error("the end of the support session is not in the journal", "err", err)
		return nil
	}
	rest := owedOf(d.kept(), end)
	patience := handOverStopped
	if ended := (*Ended)(nil); errors.As(cause, &ended) {
		patience = handOverEnded
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.over), patience)
	defer cancel()
	defer time.AfterFunc(handOverSilent, func() { d.opts.UI.Notify(HandingOver{}) }).Stop()
	for {
		err := d.deliver(ctx, rest, d.identity.signer, d.journal)
		if err == nil {
			d.handedOver = true
			return nil
		}
		d.opts.Log.Warn("the journal is not handed over", "err", err)
		switch {
		case refused(err):
			return nil
		case hopeless(err):
			return d.opts.State.owe(rest)
		}
		select {
		case <-time.After(handOverPause):
		case <-ctx.Done():
			return d.opts.State.owe(rest)
		}
	}
}

// complete writes what the journal still lacks: ends, the last event, the seal.
func (d *Daemon) complete(end wire.End) error {
	if _, over := d.journal.over(); !over {
		// Everything has ended; what has no end in the journal could not be written.
		if err := d.journal.endAborted(journal.CauseUnwritten); err != nil {
			return err
		}
		if err := d.journal.End(end.By, end.Reason); err != nil {
			return err
		}
	}
	return d.journal.Seal(d.identity.signer, d.saved.Number)
}

// refused reports whether the relay will never take the journal.
func refused(err error) bool {
	var refused *Refusal
	var rejected *ssh.OpenChannelError
	return errors.As(err, &refused) || errors.As(err, &rejected) && rejected.Reason == ssh.Prohibited
}

// hopeless reports whether the relay will not take it a moment later either.
func hopeless(err error) bool {
	var failed *RelayError
	return errors.As(err, &failed) && failed.final()
}

// deliver hands over the journal of a support session that has ended, on a
// connection of its own: the one before may be gone, and nobody can come
// through this one.
func (d *Daemon) deliver(ctx context.Context, o owed, identity ssh.Signer, j *Journal) error {
	client, err := dialRelay(ctx, d.opts.Dial, o.Relay, o.RelayKey, identity)
	if err != nil {
		return err
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.Close() })()
	serving.Go(func() { ssh.DiscardRequests(client.Requests) })
	serving.Go(func() {
		for nc := range client.Channels {
			_ = nc.Reject(ssh.Prohibited, "the support session has ended")
		}
	})
	c := d.opts.Computer
	resume := wire.Resume{Version: wire.ProtocolVersion, Host: c.Host, OS: c.OS, Program: d.opts.Program}
	welcome, err := ask(client, wire.ResumeRequest, resume.Marshal())
	switch {
	case err != nil:
		return err
	case welcome.Code == wire.CodeBusy:
		return d.busy("the relay cannot take us now")
	case welcome.Code != wire.CodeOK && welcome.Code != wire.CodeEnded:
		return &Refusal{Code: welcome.Code}
	}
	if err := j.handOver(ctx, client); err != nil {
		return err
	}
	if here := o.By == journal.ByCustomer || o.By == journal.ByDaemon; here && welcome.Code == wire.CodeOK {
		// The relay could not be told before.
		_, _, _ = client.SendRequest(wire.EndRequest, true, o.end().Marshal())
	}
	return nil
}

// HandedOver reports whether the relay has the whole journal, when Run has
// returned.
func (d *Daemon) HandedOver() bool { return d.handedOver }

// handOver sends the journal to the relay through client, from where the relay
// has it, and goes on with what comes until the connection or ctx ends, or until
// the relay has taken the seal: then it returns nil.
func (j *Journal) handOver(ctx context.Context, client *sshd.Client) error {
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
	f, err := os.Open(j.path)
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
