package sshd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// The limits that SECURITY.md names.
func TestLimitsAreThoseOfTheReadme(t *testing.T) {
	for name, same := range map[string]bool{
		"login grace": LoginGrace == 20*time.Second, "unauthenticated": MaxUnauthenticated == 100, "per source": MaxPerSource == 10, "tries": MaxAuthTries == 6,
		"channels": MaxChannels == 10, "rejected": MaxRejected == 64, "env": MaxEnv == 16, "env value": MaxEnvValue == 4096, "replies": MaxReplies == 16,
		"command": MaxCommand == 32<<10, "patience": patience == 3*time.Second, "RFC 4253": maxVersionLine == 255 && maxKexInit == 35000, "rsa": minRSABits == 2048 && maxRSABits == 8192, "subsystem": maxSubsystem == 255, "keepalive": KeepaliveInterval == 15*time.Second && KeepaliveMisses == 3,
		"settling": settling == 100*time.Millisecond && settleTime == 500*time.Millisecond, "key exchange": kexInitPatience == 250*time.Millisecond && msgKexInit == 20, "crowd": crowdPerCPU == 1000 && maxCrowd == 4000 && turnsPerCPU == 32 && crowdTurn == 500*time.Millisecond,
		// Each one in a full line has its turn before its time is over.
		"line": crowdPerCPU/turnsPerCPU*crowdTurn < LoginGrace,
	} {
		if !same {
			t.Errorf("%s: another limit", name)
		}
	}
}

type envRequest struct{ Name, Value string }

// Which variables are taken, to the byte and to the last of them.
func TestG12_VariablesAtTheirLimits(t *testing.T) {
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"LANG", "ko_KR.UTF-8", true}, {"TERM", "xterm", true}, {"LC_ALL", "C", true}, {"LC_", "", true}, {"LC", "", false}, {"PATH", "/x", false}, {"LANGUAGE", "x", false},
		{"LANG", strings.Repeat("x", MaxEnvValue-4), true}, {"LANG", strings.Repeat("x", MaxEnvValue-3), false},
		{"LC_A=B", "x", false}, {"LC_A\x00", "x", false}, {"LC_A\n", "x", false}, {"LANG", "a\x00b", false}, {"LANG", "a\nb", false}, {"LANG", "a=b", true},
	} {
		s := &Session{}
		if got := s.setenv(ssh.Marshal(envRequest{c.name, c.value})); got != c.ok || (len(s.Env) == 1) != c.ok || c.ok && s.Env[0] != c.name+"="+c.value {
			t.Errorf("%.20q=%.20q: %t, %.60q", c.name, c.value, got, s.Env)
		}
	}
	s := &Session{}
	for i := range MaxEnv + 1 {
		if got := s.setenv(ssh.Marshal(envRequest{"LANG", "x"})); got != (i < MaxEnv) {
			t.Errorf("variable %d: %t", i+1, got)
		}
	}
	if (&Session{}).setenv([]byte("x")) {
		t.Error("a request that does not decode is taken")
	}
}

type ptyRequest struct {
	Term                                   string
	Width, Height, PixelWidth, PixelHeight uint32
	Modes                                  string
}

type windowRequest struct{ Width, Height, PixelWidth, PixelHeight uint32 }

// A terminal is given once, has a name and a size within bounds, and is resized only
// where there is one. Changes that nobody took are one.
func TestATerminalAtItsLimits(t *testing.T) {
	s := &Session{}
	if s.resize(ssh.Marshal(windowRequest{1, 2, 0, 0})) {
		t.Error("no terminal was resized")
	}
	if s.setTerminal(ssh.Marshal(ptyRequest{Term: strings.Repeat("x", 65)})) || s.setTerminal([]byte("x")) || s.Terminal != nil {
		t.Error("a bad request made a terminal")
	}
	if !s.setTerminal(ssh.Marshal(ptyRequest{Term: strings.Repeat("x", 64), Width: 80, Height: 24})) || s.setTerminal(ssh.Marshal(ptyRequest{Term: "other"})) {
		t.Error("not exactly one terminal")
	}
	if w, h := s.Terminal.Size(); w != 80 || h != 24 || len(s.Terminal.Term) != 64 {
		t.Errorf("%d×%d", w, h)
	}
	<-s.Terminal.Resized()
	for _, size := range []uint32{1, 10_000, 10_001, 1<<32 - 1} {
		if !s.resize(ssh.Marshal(windowRequest{size, size, 0, 0})) {
			t.Error("it is not resized")
		}
		want := int(min(size, 10_000))
		if w, h := s.Terminal.Size(); w != want || h != want {
			t.Errorf("%d: %d×%d", size, w, h)
		}
	}
	if len(s.Terminal.Resized()) != 1 || s.resize([]byte("x")) {
		t.Error("changes do not become one, or a bad request resizes")
	}
}

type signalRequest struct{ Name string }

// The signals with which people interrupt end the program, others nothing.
func TestSignals(t *testing.T) {
	for name, ends := range map[string]bool{"INT": true, "TERM": true, "HUP": true, "QUIT": true, "KILL": true, "USR1": false, "": false, "int": false} {
		s := &Session{}
		var ctx context.Context
		ctx, s.cancel = context.WithCancelCause(t.Context())
		if got := s.signal(ssh.Marshal(signalRequest{name})); got != ends || errors.Is(context.Cause(ctx), ErrInterrupted) != ends {
			t.Errorf("%q: %t, %v", name, got, context.Cause(ctx))
		}
		s.cancel(nil)
	}
	if (&Session{}).signal([]byte("x")) {
		t.Error("a request that does not decode ends the program")
	}
}

// What is started is exactly what the request says: nothing that does not decode, has
// a zero byte or something behind it becomes a shell.
func TestG13_WhatIsStarted(t *testing.T) {
	name := func(s string) SessionHandler {
		return func(context.Context, *Session) int { return len(s) }
	}
	o := Sessions{Exec: name("1"), Shell: name("22"), Subsystems: map[string]SessionHandler{"sftp": name("333")}}
	long := strings.Repeat("x", MaxCommand)
	for _, c := range []struct {
		kind    string
		payload []byte
		want    int // 0 is a refusal
	}{
		{"exec", ssh.Marshal(signalRequest{"status"}), 1}, {"exec", ssh.Marshal(signalRequest{""}), 1}, {"exec", nil, 0}, {"exec", []byte("x"), 0}, {"exec", ssh.Marshal(signalRequest{"a\x00b"}), 0},
		{"exec", ssh.Marshal(signalRequest{long}), 1}, {"exec", append(ssh.Marshal(signalRequest{"x"}), 0), 0},
		{"shell", nil, 2}, {"shell", []byte("x"), 0}, {"subsystem", ssh.Marshal(signalRequest{"sftp"}), 3}, {"subsystem", ssh.Marshal(signalRequest{""}), 0}, {"subsystem", ssh.Marshal(signalRequest{"sftp\x00"}), 0},
		{"subsystem", nil, 0},
	} {
		s := &Session{}
		h := o.program(s, &ssh.Request{Type: c.kind, Payload: c.payload})
		if got := 0; h != nil {
			if got = h(t.Context(), s); got != c.want {
				t.Errorf("%s %.20q: %d, want %d", c.kind, c.payload, got, c.want)
			}
		} else if c.want != 0 {
			t.Errorf("%s %.20q is refused", c.kind, c.payload)
		}
	}
	// One that is not there is told what there is, if its name is one.
	for size, told := range map[int]bool{0: false, 1: true, maxSubsystem: true, maxSubsystem + 1: false} {
		name := ssh.Marshal(signalRequest{strings.Repeat("x", size)})
		if got := o.program(&Session{}, &ssh.Request{Type: "subsystem", Payload: name}) != nil; got != told {
			t.Errorf("a subsystem whose name has %d bytes: told %t", size, got)
		}
		if (Sessions{}).program(&Session{}, &ssh.Request{Type: "subsystem", Payload: name}) != nil {
			t.Error("a server without subsystems tells of some")
		}
	}
	s := &Session{}
	if o.program(s, &ssh.Request{Type: "subsystem", Payload: ssh.Marshal(signalRequest{"sftp"})}); s.Subsystem != "sftp" || s.Command != "" {
		t.Errorf("%+v", s)
	}
	if o.program(s, &ssh.Request{Type: "exec", Payload: ssh.Marshal(signalRequest{"status"})}); s.Command != "status" {
		t.Errorf("%q", s.Command)
	}
}

// address is any text as an address.
type address string

func (address) Network() string  { return "x" }
func (a address) String() string { return string(a) }

// As many channels as are allowed, and each that ends makes room for one.
func TestChannelsAreCounted(t *testing.T) {
	s, err := New(Options{HostKeys: func() []ssh.Signer { return nil }, Authenticate: func(ssh.ConnMetadata, ssh.PublicKey) (any, error) { return nil, nil }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c := &Conn{server: s}
	for i := range MaxChannels + 2 {
		if got := c.takeChannel(); got != (i < MaxChannels) {
			t.Errorf("channel %d: %t", i+1, got)
		}
	}
	c.channels.Add(-1)
	if !c.takeChannel() || c.takeChannel() {
		t.Error("the end of one does not make room for one")
	}
}

// Handlers are waited for, and none begins after the end.
func TestHandlersAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h handlers
		h.idle.L = &h.mu
		for range 2 {
			if !h.begin() {
				t.Fatal("a handler was turned away")
			}
		}
		done := make(chan bool, 1)
		go func() { h.close(); done <- true }()
		synctest.Wait()
		if h.begin() {
			t.Error("one began after the end")
		}
		h.done()
		synctest.Wait()
		if len(done) > 0 {
			t.Error("the end did not wait for the second one")
		}
		h.done()
		<-done
	})
}

// What is written for a terminal has CR LF, once, and the count that was asked for;
// an error of the client's side reaches the program.
func TestLineEndsAndErrorsOfWriting(t *testing.T) {
	s := &Session{}
	var b bytes.Buffer
	if n, err := s.write(&b, []byte("a\nb")); n != 3 || err != nil || b.String() != "a\nb" {
		t.Errorf("%d, %v, %q", n, err, b.String())
	}
	s.Terminal = &Terminal{}
	b.Reset()
	if n, err := s.write(&b, []byte("a\nb\r\nc\n")); n != 7 || err != nil || b.String() != "a\r\nb\r\nc\r\n" {
		t.Errorf("%d, %v, %q", n, err, b.String())
	}
	for _, s := range []*Session{{}, {Terminal: &Terminal{}}} {
		if n, err := s.write(brokenWriter{}, []byte("a\n")); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%d, %v", n, err)
		}
	}
	s.ch = failingChannel{func() error { return io.ErrClosedPipe }}
	if err := s.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("closing: %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// asked is a connection that counts how often it is asked, and says so when it may.
type asked struct {
	ssh.Conn
	times   atomic.Int32
	answers chan bool
}

func (a *asked) SendRequest(string, bool, []byte) (bool, []byte, error) {
	a.times.Add(1)
	<-a.answers
	return false, nil, io.EOF
}

// A watch asks when nothing was heard for so long, counts every answer, and calls lost
// after so many silences, not before.
func TestN1_TheWatchToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var lost atomic.Int64
		find := func() ssh.Conn { return nil }
		w := &watch{find: find, lost: func() { lost.Store(int64(time.Since(begun))) }}
		w.start()
		time.Sleep(10 * time.Second)
		w.noteHeard()
		time.Sleep(KeepaliveMisses*KeepaliveInterval - time.Nanosecond)
		if lost.Load() != 0 {
			t.Errorf("lost after %v", time.Duration(lost.Load()))
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if got := time.Duration(lost.Load()); got != 10*time.Second+KeepaliveMisses*KeepaliveInterval {
			t.Errorf("lost after %v", got)
		}
		for held, want := range map[bool]int32{false: 2, true: 1} { // one that gets no answer does not ask once more meanwhile
			conn := &asked{answers: make(chan bool)}
			if !held {
				close(conn.answers)
			}
			w := &watch{find: func() ssh.Conn { return conn }, lost: func() {}}
			w.start()
			time.Sleep(10 * time.Second)
			w.noteHeard()
			time.Sleep(time.Hour)
			if got := conn.times.Load(); got != want {
				t.Errorf("asked %d times, want %d", got, want)
			}
			if held {
				close(conn.answers)
			}
		}
		lost.Store(0)
		stopped := &watch{find: find, lost: func() { lost.Store(1) }}
		stopped.stop()
		stopped.start()
		running := &watch{find: find, lost: func() { lost.Store(2) }}
		running.start()
		time.Sleep(time.Second)
		running.stop()
		running.tick() // it was about to run
		time.Sleep(time.Hour)
		if lost.Load() != 0 {
			t.Errorf("a watch that was stopped says lost: %d", lost.Load())
		}
	})
}
