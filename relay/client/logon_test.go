package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"supportd/library/cmdline"
	"supportd/library/sshd"
)

func TestLogOn(t *testing.T) {
	w := newWorld(t)
	typed := make(chan string, 1)
	w.onDevice["logon-as admin"] = func(_ context.Context, s *sshd.Session) int {
		if s.Terminal == nil {
			return cmdline.ExitUsage
		}
		_, _ = io.WriteString(s, "Password of admin: ")
		var line []byte
		for key := make([]byte, 1); ; line = append(line, key[0]) {
			if _, err := io.ReadFull(s, key); err != nil || key[0] == '\r' {
				break
			}
		}
		typed <- string(line)
		_, _ = io.WriteString(s, "\nyou act as admin now\n")
		return 0
	}
	newWordsHost(w)
	c := w.reachWith(t.TempDir())
	var out bytes.Buffer
	refused := []byte("secret")
	err := c.LogOn(t.Context(), &out, "admin", func() ([]byte, error) { return refused, nil })
	wantError(t, err, cmdline.ExitAuth, nil, "no password was sent")
	if got := <-typed; got != "" || !bytes.Equal(refused, make([]byte, len(refused))) {
		t.Errorf("before words are compared %q was typed, and %q is in memory", got, refused)
	}
	if err := c.Hear(true); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	secret := []byte("p ä'\\ss")
	if err := c.LogOn(t.Context(), &out, "admin", func() ([]byte, error) { return secret, nil }); err != nil {
		t.Fatal(err)
	}
	if got := <-typed; got != "p ä'\\ss" || out.String() != "you act as admin now\n" {
		t.Errorf("typed %q, shown %q", got, out.String())
	}
	if !bytes.Equal(secret, make([]byte, len(secret))) {
		t.Errorf("the password stays in memory: %q", secret)
	}
}

// A No comes without a prompt, so nobody types a password for it.
func TestLogOnThatIsDenied(t *testing.T) {
	w := newWorld(t)
	w.onDevice["logon-as 'a b'"] = fails(cmdline.ExitDenied, "", "the customer said no")
	err := w.reach().LogOn(t.Context(), io.Discard, "a b", func() ([]byte, error) {
		return nil, fmt.Errorf("asked")
	})
	wantError(t, err, cmdline.ExitDenied, nil, "the customer said no")
}

func TestLogOnWithoutAPassword(t *testing.T) {
	w := newWorld(t)
	w.onDevice["logon-as admin"] = func(ctx context.Context, s *sshd.Session) int {
		_, _ = io.WriteString(s, "Password of admin: ")
		<-ctx.Done()
		return 1
	}
	why := errors.New("nobody types")
	err := w.reach().LogOn(t.Context(), io.Discard, "admin", func() ([]byte, error) { return nil, why })
	if !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
}
