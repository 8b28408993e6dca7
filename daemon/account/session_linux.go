//go:build pam

package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"supportd/library/disk"
)

// readTask reads what askBroker wrote; the password is the caller's to overwrite.
func readTask(r io.Reader) (t brokerTask, password []byte, err error) {
	buf := make([]byte, 64<<10) // one piece of memory, so that one place has to be overwritten
	n, err := io.ReadFull(r, buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return t, nil, err
	}
	line, password, ok := bytes.Cut(buf[:n], []byte("\n"))
	if err := json.Unmarshal(line, &t); err != nil || !ok {
		clear(buf)
		return t, nil, errors.Join(errors.New("the broker's task is damaged"), err)
	}
	return t, password, nil
}

// runSession runs the worker as who, with the groups that the process has by
// now, and returns when it and all that it left have ended. environment is what
// the session was given.
func runSession(who person, temp string, groups []uint32, environment []string, out *os.File) error {
	if err := who.atHome(); err != nil {
		return err
	}
	defer disk.RemoveTree(temp) // where worker and daemon were killed
	cmd := who.loginShell(context.Background(), fmt.Sprintf("/proc/self/fd/%d", programFD), temp)
	cmd.Dir = who.home
	cmd.Env = environment
	cmd.ExtraFiles = []*os.File{os.NewFile(controlFD, "control"), os.NewFile(programFD, "program")}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Credential: &syscall.Credential{Uid: who.uid, Gid: who.gid, Groups: groups},
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for _, f := range cmd.ExtraFiles {
		_ = f.Close() // only the worker holds them now, so that the daemon sees its end
	}
	if err := answer(out, nil); err != nil {
		return err
	}
	_ = cmd.Wait() // however it ended, so has the logon
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	endDescendants(ctx, os.Getpid())
	return nil
}
