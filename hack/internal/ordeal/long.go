//go:build linux

package ordeal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// What must hold for a session of 1,000,000 events.
const (
	leastRate = 20_000      // events per second that a relay takes
	firstLine = time.Second // until a report begins to be printed
	// mostGrown is by how many bytes the relay's memory may grow behind the first
	// fifth: after that it has all the garbage that its collector allows.
	mostGrown = 32 << 20
)

// Long brings a relay a journal of n events as fast as it takes them, and reads
// the report. It returns an error unless rate, memory and the first line hold.
func Long(ctx context.Context, p rig.Programs, dir string, n int, progress io.Writer) error {
	w, err := newSession(ctx, p, dir, progress)
	if err != nil {
		return err
	}
	defer w.close()
	client, key, err := w.join(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	warm := 0
	began := time.Now()
	err = bring(client, key, w.number, n, func(has int) (err error) {
		if warm == 0 && has >= n/5 {
			warm, err = w.memory("VmHWM")
		}
		return err
	})
	if err != nil {
		return err
	}
	rate := float64(n) / time.Since(began).Seconds()
	peak, err := w.memory("VmHWM")
	if err != nil {
		return err
	}
	w.say("%d events in %.1f s: %.0f events/s; the relay's memory: at most %d MiB in the first fifth, %d MiB in all",
		n, float64(n)/rate, rate, warm>>20, peak>>20)

	first, lines, took, err := w.report(ctx)
	if err != nil {
		return err
	}
	after, err := w.memory("VmHWM")
	if err != nil {
		return err
	}
	w.say("the report: first line after %v, %d lines in %.1f s; the relay's memory: %d MiB at most", first, lines, took.Seconds(), after>>20)
	switch {
	case rate < leastRate:
		return fmt.Errorf("the relay takes %.0f events/s, not %d", rate, leastRate)
	case first > firstLine:
		return fmt.Errorf("the report begins after %v", first)
	case lines < n:
		return fmt.Errorf("the report has %d lines for %d events", lines, n)
	case after-warm > mostGrown:
		return fmt.Errorf("the relay's memory has grown by %d MiB", (after-warm)>>20)
	}
	return nil
}

// join is a computer that does nothing but join.
func (w *world) join(ctx context.Context) (*sshd.Client, ssh.Signer, error) {
	return w.joinBy(ctx, new(net.Dialer), w.number)
}

// joinBy joins the session with that number by a connection that dialer makes.
func (w *world) joinBy(ctx context.Context, dialer *net.Dialer, number wire.Number) (*sshd.Client, ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return nil, nil, err
	}
	nc, err := dialer.DialContext(ctx, "tcp", w.relay.Addr)
	if err != nil {
		return nil, nil, err
	}
	client, err := sshd.NewClient(ctx, nc, &ssh.ClientConfig{
		User: wire.CustomerUser, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: func(_ string, _ net.Addr, host ssh.PublicKey) error {
			if ssh.FingerprintSHA256(host) != w.key {
				return errors.New("another relay")
			}
			return nil
		},
	})
	if err != nil {
		return nil, nil, err
	}
	go ssh.DiscardRequests(client.Requests) // ends with the connection
	_, answer, err := client.SendRequest(wire.JoinRequest, true, wire.Join{Version: wire.ProtocolVersion, Number: string(number), Host: "soak"}.Marshal())
	if err != nil {
		return nil, nil, err
	}
	if m, err := wire.ParseWelcome(answer); err != nil || m.Code != wire.CodeOK {
		return nil, nil, fmt.Errorf("the relay's welcome: %d, %w", m.Code, err)
	}
	return client, key, nil
}

// bring hands over n events and the seal, and returns when the relay has them;
// it tells how many it has meanwhile.
func bring(client *sshd.Client, key ssh.Signer, number wire.Number, n int, tell func(has int) error) error {
	ch, requests, err := client.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		return err
	}
	go ssh.DiscardRequests(requests) // ends with the connection
	sent := make(chan error, 1)
	go func() { sent <- send(ch, key, number, n) }()
	answers := bufio.NewReader(ch)
	for {
		line, err := answers.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the relay takes no more: %w", err)
		}
		if line == wire.JournalSealed+"\n" {
			return <-sent
		}
		has, err := strconv.Atoi(strings.TrimSpace(line))
		if err == nil {
			err = tell(has)
		}
		if err != nil {
			return err
		}
	}
}

func send(ch io.Writer, key ssh.Signer, number wire.Number, n int) error {
	data := []byte(`{"id":"x","run":"x","step":1,"stream":"stdout","text":"` + strings.Repeat("x", 60) + `\n"}`)
	w := bufio.NewWriterSize(ch, 32<<10)
	var last journal.Event
	for range n {
		e := journal.Event{Time: time.Now(), Kind: journal.KindScriptOutput, Actor: "alice", Data: data}
		e.Seal(last)
		line, err := e.Line()
		if err != nil {
			return err
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
		last = e
	}
	seal, err := journal.NewSeal(key, number, last)
	if err != nil {
		return err
	}
	line, err := seal.Line()
	if err != nil {
		return err
	}
	if _, err := w.Write(line); err != nil {
		return err
	}
	return w.Flush()
}

// report reads the session's report as a CSR does.
func (w *world) report(ctx context.Context) (first time.Duration, lines int, took time.Duration, err error) {
	began := time.Now()
	cmd := w.csr.SSH(ctx, "relay", "report", "show", string(w.number), "-o", "jsonl")
	cmd.Stderr = w.progress
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return 0, 0, 0, err
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := out.Read(buf)
		if n > 0 && first == 0 {
			first = time.Since(began)
		}
		lines += bytes.Count(buf[:n], []byte("\n"))
		if err != nil {
			break
		}
	}
	return first, lines, time.Since(began), cmd.Wait()
}

// memory is a value of the relay's /proc/PID/status, in bytes.
func (w *world) memory(name string) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.relay.Process().Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == name+":" {
			kib, err := strconv.Atoi(f[1])
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no %s", name)
}
