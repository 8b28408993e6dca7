package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"supportd/library/disk"
)

// The side that asks: "support-agent status" and "support-agent stop".

// Ask returns the state of the support session that runs in dir: [ErrNobody] when
// there is none, [ErrSilent] when it does not answer, [ErrUnsafe] when the directory
// is not this user's own.
func Ask(ctx context.Context, dir string) (Status, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Status{}, err
	}
	said, _, err := ask(ctx, dir, askStatus)
	if err == nil && said.Status == nil {
		err = ErrSilent
	}
	if err != nil {
		return Status{}, err
	}
	return *said.Status, nil
}

// Stop is the customer's Stop for the support session that runs in dir, with the errors
// of [Ask]. It returns when that one has ended, or with [ErrEnding] when ctx does
// before.
func Stop(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	said, lost, err := ask(ctx, dir, askStop)
	if err == nil && !said.Stopping {
		err = ErrSilent
	}
	if err != nil {
		return err
	}
	const look = 50 * time.Millisecond
	there := func() bool { return held(dir) }
	if lost { // then its lock cannot be found either
		there = func() bool { return reached(ctx, beside(dir)) }
	}
	for there() {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return ErrEnding
		}
	}
	return nil
}

// ask asks by the socket in the directory, or by the one beside it: a program of the same
// user can have removed the directory, or put something else in its place.
// lost says so.
func ask(ctx context.Context, dir, line string) (said answer, lost bool, err error) {
	if said, err = askIn(ctx, dir, line); err == nil {
		return said, false, nil
	}
	if other, otherErr := askAt(ctx, beside(dir), line); otherErr == nil {
		return other, true, nil
	}
	return said, false, err
}

func askIn(ctx context.Context, dir, line string) (said answer, err error) {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return said, ErrNobody
	}
	root, err := disk.OpenPrivate(dir)
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w: %w", ErrUnsafe, err)
	}
	if err != nil {
		return said, err
	}
	defer root.Close()
	path, release, err := controlPath(root, dir)
	if err == nil {
		defer release()
		said, err = askAt(ctx, path, line)
	}
	if err == nil {
		return said, nil
	}
	if held(dir) {
		return said, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	return said, ErrNobody
}

// errNoAnswer means that whoever took the question has given no answer to it.
var errNoAnswer = errors.New("it gave no answer")

// askAt asks at one socket, and only one that a program of this user has.
func askAt(ctx context.Context, path, line string) (said answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, controlTime)
	defer cancel()
	c, err := dialOwn(ctx, path)
	if err != nil {
		return said, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return said, err
	}
	err = json.NewDecoder(io.LimitReader(c, mostAnswer)).Decode(&said)
	if err == nil && said.Status == nil && !said.Stopping {
		err = errNoAnswer
	}
	return said, err
}

func dialOwn(ctx context.Context, path string) (net.Conn, error) {
	if path == "" {
		return nil, fs.ErrNotExist
	}
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := sameUser(c.(*net.UnixConn)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// reached reports whether a program of this user has the socket.
func reached(ctx context.Context, path string) bool {
	c, err := dialOwn(ctx, path)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
