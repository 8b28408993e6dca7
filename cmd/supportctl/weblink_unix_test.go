//go:build unix

package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/charmbracelet/x/xpty"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
)

// Z13: at a terminal, a person is asked once whose page a link elsewhere leads to; only a whole
// yes counts, and is kept.
func TestZ13_APersonConfirmsALinkElsewhere(t *testing.T) {
	const web = "https://elsewhere.example"
	n := newNetwork(t)
	n.relay.on("session start --link --json", says(fmt.Sprintf(`{"number":%q,"state":"waiting","link":"%s/j/%s"}`, benchNumber, web, benchNumber)))
	pty, err := xpty.NewUnixPty(80, 24)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var screen strings.Builder
	var reading sync.WaitGroup
	reading.Go(func() {
		for part := make([]byte, 4096); ; {
			got, err := pty.Read(part)
			mu.Lock()
			screen.Write(part[:got])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	asked := func(times int) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return strings.Count(screen.String(), "Type yes if it is your organisation's: ") == times
		}
	}
	n.std.In, n.std.Err = pty.Slave(), pty.Slave()
	for i, c := range []struct {
		answer string
		code   int
	}{{"y", cmdline.ExitFailed}, {"", cmdline.ExitFailed}, {"yes", 0}} {
		ended := make(chan int, 1)
		go func() { ended <- n.do(t, "session", "start", "--link", "--no-keep") }()
		testkit.Eventually(t, "the question", asked(i+1))
		if _, err := io.WriteString(pty, c.answer+"\n"); err != nil {
			t.Fatal(err)
		}
		if code := <-ended; code != c.code || strings.Contains(n.out.String(), web) != (c.code == 0) {
			t.Errorf("%q: exit code %d, %s", c.answer, code, &n.out)
		}
	}
	if code := n.do(t, "session", "start", "--link", "--no-keep"); code != 0 || !strings.Contains(n.out.String(), web) || !asked(3)() {
		t.Errorf("the second time: exit code %d, %s", code, &n.out)
	}
	_ = pty.Slave().Close()
	reading.Wait()
	_ = pty.Close()
}
