package proc

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// answerTime is how long a process's memory is waited for.
const answerTime = 300 * time.Millisecond

// silent are the processes whose memory is still waited for, by their directory.
var silent = struct {
	sync.Mutex
	dirs map[string]bool
}{dirs: map[string]bool{}}

// Environ reads the environment that a process was started with, at most limit bytes
// (proc_pid_environ(5)). dir is the process's, such as /proc/1. The kernel lets a reader
// wait where the process's memory is locked, for ever where that process waits for a disk
// or a share: after 300 ms it is given up, and not asked again before that reading has
// returned. So at most one goroutine waits for each such process. It may be called by any
// number of goroutines.
func Environ(dir string, limit int64) ([]byte, error) {
	return answer(dir, func() ([]byte, error) {
		file, err := os.Open(filepath.Join(dir, "environ"))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return io.ReadAll(io.LimitReader(file, limit))
	})
}

// answer calls read, and waits for it no longer than answerTime.
func answer(dir string, read func() ([]byte, error)) ([]byte, error) {
	silent.Lock()
	before := silent.dirs[dir]
	silent.Unlock()
	if before {
		return nil, os.ErrDeadlineExceeded
	}
	var text []byte
	var err error
	done := make(chan struct{})
	go func() {
		text, err = read()
		silent.Lock()
		defer silent.Unlock()
		delete(silent.dirs, dir)
		close(done)
	}()
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case <-done:
		return text, err
	case <-timer.C:
	}
	silent.Lock()
	defer silent.Unlock()
	select {
	case <-done:
		return text, err
	default:
		silent.dirs[dir] = true
		return nil, os.ErrDeadlineExceeded
	}
}
