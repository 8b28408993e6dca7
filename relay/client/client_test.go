package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/library/wire"
)

func TestOptionsAreRequired(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*Options){
		"address": func(o *Options) { o.Address = reach.Address{} },
		"dialer":  func(o *Options) { o.Dialer = nil },
		"account": func(o *Options) { o.Account = "" },
		"pin":     func(o *Options) { o.HostKey = "" },
	} {
		o := w.options()
		change(&o)
		if _, err := Dial(t.Context(), o); err == nil {
			t.Errorf("dialled without %s", name)
		}
	}
}

func TestK1_NoKeyIsAccepted(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Keys = []ssh.Signer{testkit.NewKey(t), testkit.NewKey(t)}
	_, err := Dial(t.Context(), o)
	wantError(t, err, cmdline.ExitAuth, ErrRefused, "takes no key", "alice", ssh.FingerprintSHA256(o.Keys[1].PublicKey()))
	o.Keys = nil
	_, err = Dial(t.Context(), o)
	wantError(t, err, cmdline.ExitAuth, ErrRefused, "tried: none", "--identity")
}

func TestKeyThatWasAccepted(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Keys = []ssh.Signer{testkit.NewKey(t), w.csr}
	r, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if ssh.FingerprintSHA256(r.Key()) != ssh.FingerprintSHA256(w.csr.PublicKey()) {
		t.Error("another key than the accepted one is remembered")
	}
}

func TestK2_HostKeyMismatchIsExplained(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.HostKey = ssh.FingerprintSHA256(testkit.NewKey(t).PublicKey())
	_, err := Dial(t.Context(), o)
	wantError(t, err, cmdline.ExitAuth, ErrHostKey, o.HostKey, ssh.FingerprintSHA256(w.relayKey.PublicKey()), "in between")
}

func TestFingerprintLogsInNowhere(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.HostKey, o.Keys = "", nil
	got, err := Fingerprint(t.Context(), o)
	if err != nil || got != ssh.FingerprintSHA256(w.relayKey.PublicKey()) {
		t.Fatalf("%s, %v", got, err)
	}
	if len(w.relay.Conns()) != 0 {
		t.Error("somebody is logged in")
	}
}

func TestN8_UnreachableRelaysDiffer(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(nc, "HTTP/1.1 302 Found\r\nLocation: http://hotel.example/login\r\n\r\n")
			nc.Close()
		}
	}()
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", errors.New("connection refused"))}
	texts := map[string]bool{}
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"refused":      func(context.Context, string, string) (net.Conn, error) { return nil, refused },
		"no such host": func(context.Context, string, string) (net.Conn, error) { return nil, &net.DNSError{IsNotFound: true} },
		"silent":       func(context.Context, string, string) (net.Conn, error) { return nil, context.DeadlineExceeded },
		"captive portal": func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
	} {
		o := w.options()
		o.Dialer = &reach.Dialer{Net: dial}
		_, err := Dial(t.Context(), o)
		wantError(t, err, cmdline.ExitUnreachable, ErrUnreachable, "relay.example:2222")
		if texts[err.Error()] {
			t.Errorf("%s: %q is said twice", name, err)
		}
		texts[err.Error()] = true
	}
}

func TestK7_OtherProtocolVersionSaysWhoUpdates(t *testing.T) {
	for version, words := range map[int]map[string]string{
		wire.ProtocolVersion + 1: {"relay": "update supportctl", "computer": "update supportctl"},
		wire.ProtocolVersion - 1: {"relay": "does not speak", "computer": "does not speak"}, // there never was a version 0
	} {
		for what, word := range words {
			err := checkVersion(what, fmt.Sprintf("SSH-2.0-supportd protocol-%d", version))
			wantError(t, err, cmdline.ExitFailed, nil, word)
		}
	}
	wantError(t, checkVersion("computer", "SSH-2.0-OpenSSH_9.2"), cmdline.ExitFailed, nil, "another SSH server")
	if err := checkVersion("relay", wire.Banner("x")); err != nil {
		t.Error(err)
	}
}

// The version is looked at before the first command.
func TestK7_NewerRelay(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Dialer = &reach.Dialer{Net: func(ctx context.Context, _, _ string) (net.Conn, error) {
		near, far, err := wirePair(ctx)
		if err != nil {
			return nil, err
		}
		cfg := &ssh.ServerConfig{
			ServerVersion:     fmt.Sprintf("SSH-2.0-supportd_relay protocol-%d", wire.ProtocolVersion+1),
			PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
		}
		cfg.AddHostKey(w.relayKey)
		go func() {
			conn, channels, requests, err := ssh.NewServerConn(far, cfg)
			if err != nil {
				return
			}
			go ssh.DiscardRequests(requests)
			for range channels {
				t.Error("a channel was opened on a newer relay")
			}
			conn.Close()
		}()
		return near, nil
	}}
	_, err := Dial(t.Context(), o)
	wantError(t, err, cmdline.ExitFailed, nil, "version 2", "update supportctl")
}

func TestRelayCommands(t *testing.T) {
	w := newWorld(t)
	w.onRelay["whoami --json"] = says(`{"account":"alice","name":"Alice Kim","admin":true}`)
	w.onRelay["session start --ticket=T-17 --json"] = says(`{"number":"482913077","state":"waiting","created":"2026-01-02T03:04:05Z","newer":1}`)
	w.onRelay["session list --json"] = says(`[{"number":"482913077","state":"away","host":"PC"}]`)
	w.onRelay["session end 482913077 --yes"] = says("")
	r := w.connect()
	ctx := t.Context()
	if who, err := r.WhoAmI(ctx); err != nil || who.Name != "Alice Kim" || !who.Admin {
		t.Errorf("whoami: %+v, %v", who, err)
	}
	s, err := r.Start(ctx, "T-17", false)
	if err != nil || s.Number != testNumber || s.State != api.Waiting || s.Created.Year() != 2026 {
		t.Errorf("start: %+v, %v", s, err)
	}
	if data, err := s.MarshalJSON(); err != nil || !strings.Contains(string(data), `"newer":1`) {
		t.Errorf("a newer relay's key is lost: %s, %v", data, err)
	}
	if list, err := r.Sessions(ctx, Which{}); err != nil || len(list) != 1 || list[0].Host != "PC" {
		t.Errorf("list: %+v, %v", list, err)
	}
	if err := r.End(ctx, testNumber, ""); err != nil {
		t.Error(err)
	}
	keys, err := r.FetchAuthorities(ctx)
	if err != nil || len(keys) != 1 || string(keys[0].Marshal()) != string(w.ca.PublicKey().Marshal()) {
		t.Errorf("authorities: %v, %v", keys, err)
	}
}

func TestRelayErrorsKeepCodeTextAndHint(t *testing.T) {
	w := newWorld(t)
	w.onRelay["session show 482913077 --json"] = fails(cmdline.ExitNoSession, "ask \x1b[2Jagain", "no open session 482 913 077")
	_, err := w.connect().Session(t.Context(), testNumber)
	wantError(t, err, cmdline.ExitNoSession, nil, "no open session 482 913 077", `ask \x1b[2Jagain`)
	if strings.Contains(err.Error(), "support-relay") {
		t.Errorf("the relay's program name is shown: %v", err)
	}
}

func TestMalformedAnswers(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"", "[]", `{"number":"-oProxyCommand=x"}`, `{"number":"1"}`, `{"number":"482913077"`, "\x00"} {
		w.onRelay["session start --json"] = says(text)
		_, err := w.connect().Start(t.Context(), "", false)
		wantError(t, err, cmdline.ExitFailed, nil, "does not understand", "versions")
	}
	w.onRelay["session list --json"] = func(ctx context.Context, s *sshd.Session) int {
		for ctx.Err() == nil {
			if _, err := s.Write(make([]byte, 1<<20)); err != nil {
				break
			}
		}
		return 1
	}
	_, err := w.connect().Sessions(t.Context(), Which{})
	wantError(t, err, cmdline.ExitFailed, nil, "32 MiB")
}

func TestLostRelay(t *testing.T) {
	w := newWorld(t)
	w.onRelay["whoami --json"] = func(_ context.Context, s *sshd.Session) int { s.Conn.End(sshd.ErrShutdown); return 0 }
	_, err := w.connect().WhoAmI(t.Context())
	wantError(t, err, cmdline.ExitUnreachable, ErrLost)
}
