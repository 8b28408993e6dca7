package state

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"supportd/consent"
	"supportd/library/api"
	"supportd/library/disk"
	"supportd/library/panics"
	"supportd/library/wire"
	"supportd/library/words"
)

// controlName is the socket in a state directory through which support-agent speaks
// to the one that runs there. It takes a line, "status" or "stop", and answers with
// a line, [answer]. Nothing can be answered or allowed through it: a script that the
// customer has allowed is the same user, and can connect.
const controlName = "control"

// The lines.
const (
	askStatus = "status"
	askStop   = "stop"
)

const (
	// controlTime is for one question with its answer.
	controlTime = 2 * time.Second
	// mostAsking bounds those who are connected at once.
	mostAsking = 32
	// mostAnswer bounds an answer in bytes.
	mostAnswer = 64 << 10
	// acceptPause is how long a system that is out of descriptors is left alone.
	acceptPause = 100 * time.Millisecond
	// keepPause lies between two looks whether lock and socket are still in place.
	keepPause = time.Second
)

// Errors of [Ask] and [Stop].
var (
	// ErrNobody means that no support session runs in the directory.
	ErrNobody = errors.New("no support session is running on this computer")
	// ErrSilent means that one runs there and does not answer.
	ErrSilent = errors.New("the support session that is running does not answer")
	// ErrEnding means that it has taken the Stop, and has not ended yet.
	ErrEnding = errors.New("the support session was stopped and has not ended yet")
)

// Status is what a support session that runs tells the customer about itself.
type Status struct {
	Number   wire.Number `json:"number"`
	State    api.State   `json:"state"`
	Since    time.Time   `json:"since"`
	People   []PersonNow `json:"people"`    // CSRs who are connected, or were until a few minutes ago
	Run      *RunNow     `json:"run"`       // null when nothing runs
	ActingAs *string     `json:"acting_as"` // the user as whom CSRs act; null is the customer
	Question *AskedNow   `json:"question"`  // null when nothing is asked
	Way      *string     `json:"way"`       // to the relay, as reach.Dialer.Last says it; null when not connected
	// Compare is what the customer compares with CSRs by voice.
	Compare []ComparedNow `json:"compare"`
}

// ComparedNow is what is compared with a CSR: safety words, or digits where they use stock
// ssh.
type ComparedNow struct {
	consent.Person
	Words    *words.Pair `json:"words"`    // their places in the lists; null is none
	Compared bool        `json:"compared"` // the customer has compared them
	Digits   string      `json:"digits,omitempty"`
}

// PersonNow is a CSR.
type PersonNow struct {
	consent.Person
	Left *time.Time `json:"left"` // when their last connection ended; null while one stands
}

// RunNow is what runs.
type RunNow struct {
	By      consent.Person `json:"by"`
	Scripts []string       `json:"scripts"`
	Since   time.Time      `json:"since"`
}

// AskedNow is the question that stands on the customer's screen.
type AskedNow struct {
	Kind  consent.Kind   `json:"kind"`
	By    consent.Person `json:"by"`
	Until time.Time      `json:"until"` // then no answer is a No
}

// Control is what a program gives to those who ask. Both are called by several
// goroutines and wait for nothing.
type Control struct {
	Status func() Status
	Stop   func()
	Log    *slog.Logger
}

// answer is the line that comes back.
type answer struct {
	Status   *Status `json:"status,omitempty"`
	Stopping bool    `json:"stopping,omitempty"`
}

// Answering answers those who ask until it is closed, and keeps what they find it by:
// a program of the same user can remove the socket and the lock's file.
type Answering struct {
	dir     *Dir
	control Control
	over    context.Context
	end     context.CancelFunc
	work    sync.WaitGroup
	open    connected
	beside  net.Listener // finds us where the directory is gone; nil where there is none

	mu       sync.Mutex   // no other lock is taken under it
	listener net.Listener // nil while none could be made
	socket   os.FileInfo  // what the listener has in the directory; only keep changes it later
}

// Answer begins to answer. Where that is not possible now, on a full disk, it is tried
// again, and the log says why. The owner must call [Answering.Close], before that of
// the directory.
func (d *Dir) Answer(c Control) *Answering {
	a := &Answering{dir: d, control: c}
	a.over, a.end = context.WithCancel(context.Background()) // its owner calls Close
	if err := a.listen(); err != nil {                       // Ctrl-C and the window are still there
		c.Log.Warn("the state directory takes no socket for stop and status", "err", err)
	}
	if name := beside(d.path); name != "" {
		l, err := net.Listen("unix", name)
		if err != nil {
			c.Log.Warn("stop and status find this program by its directory alone", "err", err)
		} else {
			a.beside = l
			a.work.Go(func() { a.accept(l) })
		}
	}
	a.work.Go(a.keep)
	return a
}

// listen puts a socket into the directory and serves it. We hold the lock, so what has
// its name is what a killed daemon left, or what a program has put there.
func (a *Answering) listen() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over.Err() != nil {
		return context.Cause(a.over)
	}
	if err := a.dir.root.RemoveAll(controlName); err != nil {
		return err
	}
	path, release, err := controlPath(a.dir.root, a.dir.path)
	if err != nil {
		return err
	}
	defer release()
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // Close does, in the open directory
	socket, err := a.dir.root.Lstat(controlName)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if a.listener != nil {
		_ = a.listener.Close() // nobody can find it any more
	}
	a.listener, a.socket = l, socket
	a.work.Go(func() { a.accept(l) })
	return nil
}

// Close ends the answering and waits for it.
func (a *Answering) Close() error {
	a.end()
	var err error
	if a.beside != nil {
		err = a.beside.Close()
	}
	a.mu.Lock()
	if a.listener != nil {
		err = errors.Join(err, a.listener.Close())
	}
	a.mu.Unlock()
	a.work.Wait()
	return errors.Join(err, a.dir.root.RemoveAll(controlName))
}

// keep puts back what a program has removed, at most once in a while, and says so once.
// It needs no socket for the lock: there are systems that have none.
func (a *Answering) keep() {
	look := time.NewTicker(keepPause)
	defer look.Stop()
	said := map[string]bool{}
	say := func(what string, err error) {
		if !said[what] {
			said[what] = true
			a.control.Log.Warn(what, "err", err)
		}
	}
	for {
		select {
		case <-look.C:
		case <-a.over.Done():
			return
		}
		switch restored, err := a.dir.lock.keep(); {
		case errors.Is(err, disk.ErrLocked):
			say("another program holds the lock of the state directory", err)
		case restored:
			say("a program has removed the lock of the state directory; it is put back", err)
		case err != nil:
			say("a program has removed the lock of the state directory, and it cannot be put back", err)
		}
		if a.standing() {
			continue
		}
		late := a.socket == nil
		err := a.listen()
		switch {
		case a.over.Err() != nil:
		case !late:
			say("a program has removed what stop and status use; it is put back", err)
		case err == nil:
			a.control.Log.Info("stop and status reach this program now")
		}
	}
}

// standing reports whether those who ask still find the socket.
func (a *Answering) standing() bool {
	return stands(a.dir.root, controlName, func() (os.FileInfo, error) { return a.socket, nil })
}

func (a *Answering) accept(l net.Listener) {
	for a.over.Err() == nil {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			select {
			case <-time.After(acceptPause):
			case <-a.over.Done():
			}
			continue
		}
		a.open.add(c)
		a.work.Go(func() {
			defer a.open.remove(c)
			a.serve(c)
		})
	}
}

// connected are those who ask, the oldest first. It is safe for concurrent use.
type connected struct {
	mu    sync.Mutex // no other lock is taken under it
	conns []net.Conn
}

// add takes one in. When there are too many the oldest has to go: who asks says so at
// once, and who only holds a place must not keep a Stop out.
func (o *connected) add(c net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conns = append(o.conns, c)
	if len(o.conns) > mostAsking {
		o.conns[0].Close()
		o.conns = o.conns[1:]
	}
}

func (o *connected) remove(c net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conns = slices.DeleteFunc(o.conns, func(other net.Conn) bool { return other == c })
}

// serve answers one question.
func (a *Answering) serve(c net.Conn) {
	defer panics.Keep(a.control.Log, "who asks for the state", nil)
	defer c.Close()
	cut := context.AfterFunc(a.over, func() { c.Close() })
	defer cut()
	_ = c.SetDeadline(time.Now().Add(controlTime))
	if err := sameUser(c.(*net.UnixConn)); err != nil {
		a.control.Log.Warn("refused stop or status to another user", "err", err)
		return
	}
	line, err := bufio.NewReader(io.LimitReader(c, int64(len(askStatus)+1))).ReadString('\n')
	if err != nil {
		return
	}
	var said answer
	switch line {
	case askStop + "\n":
		cut() // or the end could come before the answer, which a new connection takes at once
		a.control.Stop()
		said.Stopping = true
	case askStatus + "\n":
		s := a.control.Status()
		said.Status = &s
	}
	_ = json.NewEncoder(c).Encode(said) // whoever has gone needs none
}
