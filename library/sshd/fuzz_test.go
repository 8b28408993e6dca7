package sshd

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func FuzzRequestPayload(f *testing.F) {
	for _, kind := range []string{"exec", "shell", "subsystem", "env", "pty-req", "window-change", "signal"} {
		f.Add(kind, ssh.Marshal(struct{ S string }{"print 1"}))
		f.Add(kind, []byte{0, 0, 0, 3, 'I', 'N', 'T'})
	}
	o := Sessions{Exec: func(context.Context, *Session) int { return 0 }, Shell: func(context.Context, *Session) int { return 0 }, Subsystems: map[string]SessionHandler{"echo": func(context.Context, *Session) int { return 0 }}}
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		s := &Session{cancel: func(error) {}}
		r := o.handle(t.Context(), s, &ssh.Request{Type: kind, Payload: payload}, false)
		switch {
		case kind == "exec" && r.start != nil:
			if again := ssh.Marshal(struct{ S string }{s.Command}); string(again) != string(payload) {
				t.Errorf("exec %x ran %q", payload, s.Command)
			}
		case kind == "env" && r.ok:
			name, value, _ := strings.Cut(s.Env[0], "=")
			if again := ssh.Marshal(struct{ N, V string }{name, value}); string(again) != string(payload) {
				t.Errorf("env %x became %q", payload, s.Env)
			}
		case r.ok && kind != "shell" && kind != "subsystem" && kind != "pty-req" && kind != "signal":
			t.Errorf("%q was accepted", kind)
		}
	})
}
