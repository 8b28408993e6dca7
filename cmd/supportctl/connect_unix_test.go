//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"supportd/library/cmdline"
	"supportd/library/wire"
)

// Nobody who reads is left: that alone ends the program, even though the relay says
// nothing, whether it has been reached or not.
func TestK5_ConnectEndsWhenNobodyReads(t *testing.T) {
	for name, says := range map[string]string{"nobody answers": "", "in the middle": wire.Banner("test") + "\r\n"} {
		address := listen(t, func(nc net.Conn) {
			_, _ = io.WriteString(nc, says)
			_, _ = io.Copy(io.Discard, nc)
			<-t.Context().Done() // it keeps its half
		})
		b := newBench(t)
		out, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		in, typed := io.Pipe()
		b.std.In, b.std.Out = in, output{write, nil}
		began, ended := time.Now(), make(chan int, 1)
		go func() { ended <- b.run(t.Context(), []string{"connect", address}) }()
		fmt.Fprint(typed, "SSH-2.0-OpenSSH_9.2\r\n")
		if says != "" {
			if _, err := out.Read(make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
		}
		out.Close()
		typed.Close()
		if code := <-ended; code != cmdline.ExitInterrupted || b.err.Len() > 0 {
			t.Errorf("%s: exit code %d, %q", name, code, &b.err)
		}
		if took := time.Since(began); took >= lastBytes {
			t.Errorf("%s: it ended only after %v", name, took)
		}
		write.Close()
	}
}
