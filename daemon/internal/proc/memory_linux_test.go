package proc

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A process that gives no answer is waited for once, until it answers.
func TestASilentProcessIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		thawed := make(chan struct{})
		hang := func() ([]byte, error) {
			asked.Add(1)
			<-thawed
			return []byte("A=1"), nil
		}
		start := time.Now()
		for range 3 {
			if _, err := answer("/proc/7", hang); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%v", err)
			}
		}
		if took := time.Since(start); asked.Load() != 1 || took != answerTime {
			t.Errorf("asked %d times, %v", asked.Load(), took)
		}
		if text, err := answer("/proc/8", func() ([]byte, error) { return []byte("B=2"), nil }); string(text) != "B=2" || err != nil {
			t.Errorf("another one: %q, %v", text, err)
		}
		close(thawed)
		synctest.Wait()
		if text, err := answer("/proc/7", hang); string(text) != "A=1" || err != nil {
			t.Errorf("once it answers: %q, %v", text, err)
		}
	})
}

func TestEnvironOfThisProcess(t *testing.T) {
	if text, err := Environ("/proc/self", 1<<20); err != nil || len(text) == 0 {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := Environ("/proc/self", 3); err != nil || len(text) != 3 {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := Environ("/proc/0", 3); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
