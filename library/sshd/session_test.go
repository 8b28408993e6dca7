package sshd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// runTestCommand is the program behind every exec request of these tests.
func runTestCommand(ctx context.Context, s *Session) int {
	verb, arg, _ := strings.Cut(s.Command, " ")
	n, _ := strconv.Atoi(arg)
	switch verb {
	case "whoami":
		fmt.Fprintf(s, "%s %s", s.Conn.Identity(), ssh.FingerprintSHA256(s.Conn.Key()))
	case "exit":
		return n
	case "print":
		for line := range n {
			if _, err := fmt.Fprintf(s, "line %d\n", line); err != nil {
				return 1 // the channel is closed
			}
		}
	case "env":
		fmt.Fprint(s, strings.Join(s.Env, " "))
	case "wait":
		fmt.Fprint(s, "waiting\n")
		<-ctx.Done()
		fmt.Fprintf(s.Stderr(), "%v", context.Cause(ctx))
		return 130
	case "panic":
		panic("exec")
	case "echo":
		return echo(ctx, s)
	case "size":
		width, height := s.Terminal.Size()
		fmt.Fprintf(s, "%dx%d\n", width, height)
	case "":
		fmt.Fprint(s, "an empty command ran")
	}
	return 0
}

func TestH9_G4_APanicEndsOnlyItsOwnChannel(t *testing.T) {
	w := newWorld(t, nil)
	c := w.alice()
	if _, _, err := c.SendRequest("panic@test", true, nil); err != nil {
		t.Errorf("global request: %v", err)
	}
	_, _, err := c.OpenChannel("panic", nil)
	if err == nil {
		t.Error("the panicking channel opened")
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run("panic"); exitStatus(err) != 1 {
		t.Errorf("panicking command: %v", err)
	}
	if got := output(t, c, "print 1"); got != "line 0\n" {
		t.Errorf("after the panics: %q", got)
	}
	for _, where := range []string{"panic@test", "panic=exec where=session", "panic=channel channel=panic"} {
		if !strings.Contains(w.log.String(), where) {
			t.Errorf("the log does not tell of the panic in %q", where)
		}
	}
	if strings.Contains(w.log.String(), "session panic") { // it might be "session end 482913077"
		t.Error("the log holds the command")
	}
}

func exitStatus(err error) int {
	var exit *ssh.ExitError
	if errors.As(err, &exit) {
		return exit.ExitStatus()
	}
	if err != nil {
		return -1
	}
	return 0
}

func TestH10_SecondExecOnOneChannel(t *testing.T) {
	c := newWorld(t, nil).alice()
	ch, reqs, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(reqs)
	exec := ssh.Marshal(struct{ Command string }{"wait"})
	if ok, err := ch.SendRequest("exec", true, exec); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for _, kind := range []string{"exec", "shell", "subsystem", "pty-req", "env"} {
		payload := exec
		if kind == "shell" {
			payload = nil
		}
		if ok, err := ch.SendRequest(kind, true, payload); ok || err != nil {
			t.Errorf("%s after exec: %t, %v", kind, ok, err)
		}
	}
	ch.Close()
}

func TestH11_G12_EnvironmentIsRefusedButForTheLocale(t *testing.T) {
	c := newWorld(t, nil).alice()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, ok := range map[string]bool{
		"LANG": true, "LC_ALL": true, "TERM": true,
		"LD_PRELOAD": false, "PATH": false, "BASH_ENV": false, "LANGUAGE": false, "": false, "LC_X=Y": false,
	} {
		if err := s.Setenv(name, "v"); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
	for value, ok := range map[string]bool{strings.Repeat("x", MaxEnvValue-len("LC_A")): true, strings.Repeat("x", MaxEnvValue-len("LC_A")+1): false, "a\nb": false, "a\x00b": false} {
		if err := s.Setenv("LC_A", value); (err == nil) != ok {
			t.Errorf("value of %d bytes: %v", len(value), err)
		}
	}
	for i := 4; i < MaxEnv; i++ {
		if err := s.Setenv("LC_B", "v"); err != nil {
			t.Errorf("variable %d: %v", i, err)
		}
	}
	if err := s.Setenv("LC_B", "v"); err == nil {
		t.Error("one variable too many was taken")
	}
	if out, err := s.Output("env"); err != nil || strings.Contains(string(out), "PATH") {
		t.Errorf("%s, %v", out, err)
	}
}

// A malformed request must be refused, and must not become a shell (G13).
func TestH12_G13_MalformedRequestPayloads(t *testing.T) {
	c := newWorld(t, nil).alice()
	long := ssh.Marshal(struct{ S string }{strings.Repeat("x", MaxCommand+1)})
	for _, kind := range []string{"exec", "shell", "subsystem", "env", "pty-req", "window-change", "signal"} {
		for _, payload := range [][]byte{{0}, {0, 0, 0, 9, 'x'}, {0xff, 0xff, 0xff, 0xff}, long, append(ssh.Marshal(struct{ S string }{"print 1"}), 7)} {
			ch, reqs, err := c.OpenChannel("session", nil)
			if err != nil {
				t.Fatal(err)
			}
			go ssh.DiscardRequests(reqs)
			// A command that is too long is told so by a program (C11).
			told := kind == "exec" && len(payload) > MaxCommand
			if ok, err := ch.SendRequest(kind, true, payload); ok != told || err != nil {
				t.Errorf("%s with %.12x: %t, %v", kind, payload, ok, err)
			}
			ch.Close()
		}
	}
	if got := output(t, c, "print 1"); got != "line 0\n" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestG14_ForwardingIsRefused(t *testing.T) {
	c := newWorld(t, nil).alice()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, kind := range []string{"auth-agent-req@openssh.com", "x11-req", "break", "eow@openssh.com", "unknown@test"} {
		if ok, err := s.SendRequest(kind, true, nil); ok || err != nil {
			t.Errorf("%s: %t, %v", kind, ok, err)
		}
	}
	for _, kind := range []string{"direct-tcpip", "forwarded-tcpip", "x11", "auth-agent@openssh.com", "tun@openssh.com", "direct-streamlocal@openssh.com"} {
		if _, _, err := c.OpenChannel(kind, nil); err == nil {
			t.Errorf("a %s channel opened", kind)
		}
	}
	for _, kind := range []string{"tcpip-forward", "cancel-tcpip-forward", "streamlocal-forward@openssh.com", "hostkeys-prove-00@openssh.com"} {
		if ok, _, err := c.SendRequest(kind, true, nil); ok || err != nil {
			t.Errorf("%s: %t, %v", kind, ok, err)
		}
	}
}

func TestH20_G5_G6_FloodsDoNotStallTheConnection(t *testing.T) {
	c := newWorld(t, nil).alice()
	busy, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if err := busy.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	out, _ := busy.StdoutPipe()
	if err := busy.Start("wait"); err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if err := busy.WindowChange(i, i); err != nil {
			t.Fatal(err)
		}
	}
	for range 500 {
		if _, err := busy.SendRequest("unknown@test", false, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.SendRequest("unknown@test", true, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := output(t, c, "print 2"); got != "line 0\nline 1\n" {
		t.Errorf("another channel during the flood: %q", got)
	}
	for range 100 {
		if err := busy.Signal(ssh.SIGINT); err != nil {
			break // the program ends at the first
		}
	}
	_, _ = io.Copy(io.Discard, out)
	if err := busy.Wait(); exitStatus(err) != 130 {
		t.Errorf("after signals: %v", err)
	}
}

func TestG11_ClosingAChannelEndsItsProgram(t *testing.T) {
	c := newWorld(t, nil).alice()
	ended := make(chan struct{})
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, _ := s.StdoutPipe()
	if err := s.Start("wait"); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	go func() { s.Wait(); close(ended) }()
	s.Close()
	<-ended
	// MaxChannels more fit only if the closed one is really gone.
	for range 3 * MaxChannels {
		if got := output(t, c, "print 1"); got != "line 0\n" {
			t.Fatal(got)
		}
	}
}

func TestG15_H23_OutputThenStatus(t *testing.T) {
	c := newWorld(t, nil).alice()
	for range 50 {
		if got := output(t, c, "print 300"); !strings.HasSuffix(got, "line 299\n") {
			t.Fatalf("the end is lost: %q", got[max(0, len(got)-30):])
		}
	}
	for _, status := range []int{0, 1, 7, 126, 127, 255} {
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(fmt.Sprint("exit ", status)); exitStatus(err) != status {
			t.Errorf("exit %d: %v", status, err)
		}
	}
}

func TestLimitOfChannelsAndRejections(t *testing.T) {
	c := newWorld(t, nil).alice()
	var open []*ssh.Session
	for range MaxChannels {
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, s)
	}
	if _, err := c.NewSession(); err == nil {
		t.Error("one channel too many was opened")
	}
	for range MaxRejected - 1 {
		if _, _, err := c.OpenChannel("nothing", nil); err == nil {
			t.Fatal("opened")
		}
	}
	if _, _, err := c.SendRequest("keepalive@openssh.com", true, nil); err != nil {
		t.Errorf("disconnected at the limit already: %v", err)
	}
	_, _, _ = c.OpenChannel("nothing", nil)
	if err := c.Wait(); err == nil {
		t.Error("still connected after one rejection too many")
	}
	_ = open
}

func TestTerminal(t *testing.T) {
	c := newWorld(t, nil).alice()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.RequestPty("xterm", 40, 120, nil); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Output("size"); err != nil || string(out) != "120x40\r\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestH21_TenSessionsOnOneConnection(t *testing.T) {
	c := newWorld(t, nil).alice()
	var all sync.WaitGroup
	for i := range MaxChannels {
		all.Go(func() {
			s, err := c.NewSession()
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			want := 100 * (i + 1)
			if out, err := s.Output(fmt.Sprint("print ", want)); err != nil || strings.Count(string(out), "\n") != want {
				t.Errorf("session %d: %d lines, %v", i, strings.Count(string(out), "\n"), err)
			}
		})
	}
	all.Wait()
}

// A client that opens a channel and reads nothing holds up itself only.
func TestH22_AClientThatStopsReading(t *testing.T) {
	c := newWorld(t, nil).alice()
	ch, reqs, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(reqs)
	if ok, err := ch.SendRequest("exec", true, ssh.Marshal(struct{ S string }{"print 1000000"})); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for range 5 {
		if got := output(t, c, "print 1"); got != "line 0\n" {
			t.Error(got)
		}
	}
	ch.Close() // and the stuck program ends: shutdown waits for it
}

// A session's interrupts: a signal request, and Ctrl-C typed into a terminal.
func TestInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) {
			o.Channels["session"] = Sessions{Exec: func(ctx context.Context, s *Session) int {
				s.WatchInterrupt()
				<-ctx.Done()
				if errors.Is(context.Cause(ctx), ErrInterrupted) {
					return 130
				}
				return 1
			}}.Handle
		})
		c := w.alice()
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
		in, _ := s.StdinPipe()
		if err := s.Start("x"); err != nil {
			t.Fatal(err)
		}
		in.Write([]byte("abc\x03"))
		if err := s.Wait(); exitStatus(err) != 130 {
			t.Errorf("Ctrl-C: %v", err)
		}
		c.Close()
		time.Sleep(time.Second)
	})
}
