package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/relay/client"
)

// A holder is this program in the background: it keeps a connection to the relay for the
// next commands, so that they need no login. A command uses it where there is one, and else
// dials by itself and starts one.
const (
	// holdCommand is the hidden command with which it is started.
	holdCommand = "__hold"
	// holdIdle is how long it stays when nobody uses it.
	holdIdle = 5 * time.Minute
	// holdLook is how often it looks whether it is still wanted: when somebody has logged out,
	// logged in elsewhere or left the computer, it takes no command after that time, and ends
	// with the last that uses it.
	holdLook = time.Second
	// noHolder is the environment variable that switches it off, with the value "no".
	noHolder = "SUPPORTCTL_KEEP"
)

var errNoPlace = errors.New("no connection is kept here")

// holdFlag switches it off for one command.
func (p *program) holdFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-keep", Usage: "log in anew, and keep no connection for the next commands; so does SUPPORTCTL_KEEP=no", Destination: &p.noKeep}
}

// holdPlace is the directory and the name of what belongs to the holder for the login at
// hand; false is that there cannot be one. The name changes with the login and with the
// program, so that nobody meets a holder for another relay, or of another version.
func (p *program) holdPlace() (dir, name string, ok bool) {
	if p.noKeep || p.env(noHolder) == "no" || p.self == "" {
		return "", "", false
	}
	runtime := p.runtimeDir()
	login, err := disk.Read(p.path(profileFile), maxOwn)
	self, selfErr := os.Stat(p.self)
	if !filepath.IsAbs(runtime) || err != nil || selfErr != nil {
		return "", "", false
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%d %d\n%s\n", cmdline.Build(), p.self, self.Size(), self.ModTime().UnixNano(), p.dir)
	sum.Write(login)
	return filepath.Join(runtime, "supportctl"), hex.EncodeToString(sum.Sum(nil)[:8]), true
}

// held is the relay over the connection of a holder; nil where there is none that is of
// use.
func (p *program) held(ctx context.Context, pr profile, keys []ssh.Signer) *client.Relay {
	dir, name, ok := p.holdPlace()
	if !ok {
		return nil
	}
	socket := filepath.Join(dir, name)
	if _, err := os.Lstat(socket); err != nil {
		return nil
	}
	root, err := disk.OpenPrivate(dir) // nobody else has put the socket there
	if err != nil {
		return nil
	}
	defer root.Close()
	nc, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil
	}
	r, err := client.DialHeld(ctx, pr.options(keys...), nc)
	if err != nil {
		return nil
	}
	return r
}

// startHolder starts one for the next commands, where a person sits at a terminal. It is not
// started for a key that somebody has to touch, or to name a passphrase for. Whatever goes
// wrong costs nothing but that.
func (p *program) startHolder(pr profile) {
	if _, _, ok := p.holdPlace(); !ok || p.readsOnly || !p.mayAsk() || strings.HasPrefix(pr.key.Type(), "sk-") {
		return
	}
	cmd := exec.Command(p.self, holdCommand)
	cmd.Dir = p.dir
	apart(cmd)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // it ends by itself, before this program or after it
	}
}

// hold is the holder.
func (p *program) hold(ctx context.Context) error {
	dir, name, ok := p.holdPlace()
	if !ok {
		return errNoPlace
	}
	root, err := disk.OpenPrivate(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	lock, err := root.OpenFile(name+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := disk.TryLock(lock); err != nil {
		return err // there is one
	}
	if !isAt(root, name+".lock", lock) {
		return errNoPlace // it was that of one which has just ended, and is no lock any more
	}
	defer root.Remove(name + ".lock")
	pr, err := p.loadProfile()
	if err != nil {
		return err
	}
	keys, err := p.keysOf(ctx, pr) // nobody is asked: there is no terminal
	if err != nil {
		return err
	}
	r, err := client.Dial(ctx, pr.options(keys...))
	if err != nil {
		return err
	}
	l, err := listenPrivate(root, dir, name)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	defer root.Remove(name)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	unwanted := make(chan struct{})
	go func() { // ends with ctx
		defer close(unwanted)
		p.awaitUnwanted(ctx, root, name)
		_ = l.Close() // it may be closed already
	}()
	err = r.Hold(ctx, l, holdIdle)
	cancel()
	<-unwanted
	return err
}

// isAt reports whether a name is still that of an open file.
func isAt(root *os.Root, name string, f *os.File) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := root.Lstat(name)
	return err == nil && os.SameFile(opened, named)
}

// listenPrivate listens where only this user can come in.
func listenPrivate(root *os.Root, dir, name string) (net.Listener, error) {
	if err := root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", filepath.Join(dir, name)) // nobody else can enter the directory
	if err != nil {
		return nil, err
	}
	if err := root.Chmod(name, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// awaitUnwanted returns when the login or the program is another one, or the socket is gone,
// as with a runtime directory whose user has left; or when ctx is done.
func (p *program) awaitUnwanted(ctx context.Context, root *os.Root, name string) {
	look := time.NewTicker(holdLook)
	defer look.Stop()
	mine, err := root.Lstat(name)
	for err == nil {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		var now os.FileInfo
		now, err = root.Lstat(name)
		if _, wanted, ok := p.holdPlace(); !ok || wanted != name || err == nil && !os.SameFile(mine, now) {
			return
		}
	}
}
