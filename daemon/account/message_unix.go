//go:build unix

package account

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"supportd/daemon/internal/osstring"
)

// The control socket between daemon and worker carries messages: a length of
// four bytes, then JSON, and with the length the descriptors that belong to it.
const (
	maxMessage = 256 << 10
	maxFiles   = 16
)

// request asks the worker to start a program. Its descriptors are standard
// input, output and error, the extra ones, and last the status socket.
type request struct {
	Args []osstring.String `json:"args"`
	Env  []osstring.String `json:"env"`
	Dir  osstring.String   `json:"dir"`
}

// status is what the worker says about one program: first that it has started
// or why not, then how it ended.
type status struct {
	PID     int    `json:"pid,omitempty"`
	Problem string `json:"problem,omitempty"`
	Exit    *Exit  `json:"exit,omitempty"`
}

// socketPair makes two connected sockets that no child inherits by accident.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "socket")
	ours, err = unixConn(os.NewFile(uintptr(fds[0]), "socket"))
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}

// unixConn takes over a socket's descriptor.
func unixConn(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T is no Unix socket", c), c.Close())
	}
	return u, nil
}

// send writes one message with descriptors, which stay open here.
func send(c *net.UnixConn, message any, files ...*os.File) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(data) > maxMessage || len(files) > maxFiles {
		return fmt.Errorf("a message of %d bytes with %d files is too large", len(data), len(files))
	}
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	if _, _, err := c.WriteMsgUnix(head, rights, nil); err != nil {
		return err
	}
	_, err = c.Write(data)
	return err
}

// receive reads one message; the files are the caller's. io.EOF is the other
// side's end.
func receive(c *net.UnixConn, message any) (files []*os.File, err error) {
	defer func() {
		if err != nil {
			closeAll(files)
			files = nil
		}
	}()
	head := make([]byte, 4)
	rights := make([]byte, unix.CmsgSpace(4*maxFiles))
	n, nr, _, _, err := c.ReadMsgUnix(head, rights)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, io.EOF
	}
	if files, err = rightsOf(rights[:nr]); err != nil {
		return files, err
	}
	if _, err = io.ReadFull(c, head[n:]); err != nil {
		return files, err
	}
	size := binary.BigEndian.Uint32(head)
	if size > maxMessage {
		return files, fmt.Errorf("a message of %d bytes", size)
	}
	data := make([]byte, size)
	if _, err = io.ReadFull(c, data); err != nil {
		return files, err
	}
	return files, json.Unmarshal(data, message)
}

func rightsOf(data []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(data)
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return files, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // only descriptors of ours that nobody has written to
	}
}
