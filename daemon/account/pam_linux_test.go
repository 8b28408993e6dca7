//go:build pam

package account

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
)

// What the daemon writes is what the broker reads; anything else is none.
func TestBrokersTask(t *testing.T) {
	want := brokerTask{Name: "kim", UID: 7, GID: 8, Home: "/home/\xff", Shell: "/bin/sh", Services: "/s", Temp: "/t"}
	var task bytes.Buffer
	if err := writeTask(&task, want, []byte("pass\nword")); err != nil {
		t.Fatal(err)
	}
	got, password, err := readTask(&task)
	if err != nil || got != want || string(password) != "pass\nword" {
		t.Errorf("%+v, %q, %v", got, password, err)
	}
	for _, broken := range []string{"", "{", "{}", "[]\nx", "no\n"} {
		if _, secret, err := readTask(strings.NewReader(broken)); err == nil || secret != nil {
			t.Errorf("%q is taken for a task", broken)
		}
	}
}

// Debian and SUSE have common-*, the others system-auth, some neither.
func TestServiceText(t *testing.T) {
	all := map[string]bool{}
	for _, kind := range []string{"auth", "account", "session"} {
		all["common-"+kind] = true
	}
	for name, c := range map[string]struct {
		known map[string]bool
		want  string
	}{
		"Debian":  {all, "auth include common-auth\naccount required pam_nologin.so\naccount include common-account\n"},
		"Fedora":  {map[string]bool{"system-auth": true}, "auth include system-auth\naccount required pam_nologin.so\naccount include system-auth\n"},
		"neither": {nil, "auth required pam_unix.so\naccount required pam_nologin.so\naccount required pam_unix.so\n"},
	} {
		if text := serviceText(c.known); !strings.HasPrefix(text, c.want) || !strings.Contains(text, "session required pam_limits.so") {
			t.Errorf("%s: %s", name, text)
		}
	}
	dir := t.TempDir()
	if err := writeServices(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, service)); err != nil || !strings.Contains(string(text), "pam_nologin.so") {
		t.Errorf("%s, %v", text, err)
	}
	if names, err := os.ReadDir(systemServices); err != nil || len(names) == 0 {
		t.Errorf("%v, %v", names, err)
	} else if target, err := os.Readlink(filepath.Join(dir, names[0].Name())); err != nil || target != filepath.Join(systemServices, names[0].Name()) {
		t.Errorf("%s, %v", target, err)
	}
}

func TestLoginEnvironment(t *testing.T) {
	env := loginEnvironment(person{name: "kim", uid: 1000, home: "/home/kim", shell: "/bin/sh"}, map[string]string{"LANG": "ko_KR.UTF-8"})
	for _, want := range []string{"HOME=/home/kim", "USER=kim", "LOGNAME=kim", "SHELL=/bin/sh", "LANG=ko_KR.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is not in %q", want, env)
		}
	}
	if env := loginEnvironment(person{name: "root"}, nil); !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "PATH=") && strings.Contains(v, "/sbin") }) {
		t.Errorf("root: %q", env)
	}
}

func TestU2_WhatPAMSays(t *testing.T) {
	b := &broker{who: person{name: "no-such-user"}}
	for said, why := range map[error]Why{
		pam.ErrAuth: BadPassword, pam.ErrMaxtries: BadPassword, pam.ErrPermDenied: BadPassword, pam.ErrUserUnknown: NoUser,
		pam.ErrAcctExpired: Expired, pam.ErrNewAuthtokReqd: MustChange, pam.ErrAuthtokExpired: MustChange, pam.ErrSystem: Failed, errors.New("x"): Failed,
	} {
		failure(t, b.explain(said, BadPassword), why)
	}
}

func TestU2_WhatTheShadowFileSays(t *testing.T) {
	open, _ := user(t)
	locked, _ := user(t)
	expired, _ := user(t)
	run(t, "", "usermod", "-L", locked)
	run(t, "", "usermod", "-e", "2020-01-02", expired)
	now := time.Now()
	for name, why := range map[string]Why{open: "", locked: Locked, expired: Expired, "no-such-user": ""} {
		if got := closedInShadow(name, now); got != why {
			t.Errorf("%s: %q, not %q", name, got, why)
		}
	}
	if got := closedInShadow(expired, time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)); got != "" {
		t.Errorf("the day before: %q", got)
	}
	b := &broker{who: person{name: locked}}
	failure(t, b.explain(pam.ErrAuth, BadPassword), Locked)
}
