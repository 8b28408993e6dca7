package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/hack/testkit"
)

func failure(t *testing.T, err error, why ...Why) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) || !slices.Contains(why, f.Why) {
		t.Fatalf("error = %v, want one of %q", err, why)
	}
	if f.Error() == "" || f.Hint() == "" || strings.Contains(f.Error(), canary) {
		t.Fatalf("not fit for people: %q, %q", f.Error(), f.Hint())
	}
}

func TestU5_EverythingIsTheUsers(t *testing.T) {
	name, password := user(t, "-G", "audio,video,games")
	home := "/home/" + name
	if err := os.WriteFile(filepath.Join(home, ".bash_profile"), []byte("export FROM_PROFILE=yes\numask 027\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ROOTS_OWN", "secret")
	t.Setenv("TMPDIR", t.TempDir())
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		l, err := logOn(name, password)
		if err != nil {
			t.Fatal(err)
		}
		text, exit := output(t, l, Command{Args: []string{showVerb, "a b", "$HOME"}, Env: []string{"EXTRA=1"}})
		var got seen
		if err := json.Unmarshal([]byte(text), &got); err != nil || exit.Code != 0 {
			t.Fatalf("%v, %+v: %s", err, exit, text)
		}
		if want := strings.TrimSpace(run(t, "", "id", name)); got.ID != want {
			t.Errorf("id = %q, want %q", got.ID, want)
		}
		if got.Umask != "0027" || got.Dir != home {
			t.Errorf("umask %s in %s", got.Umask, got.Dir)
		}
		id := l.Identity()
		for _, want := range []string{"HOME=" + home, "USER=" + name, "LOGNAME=" + name, "SHELL=/bin/bash", "FROM_PROFILE=yes", "EXTRA=1", "TMPDIR=" + id.Temp} {
			if !slices.Contains(got.Env, want) {
				t.Errorf("the environment lacks %s: %q", want, got.Env)
			}
		}
		if strings.Contains(text, "ROOTS_OWN") {
			t.Error("the daemon's environment has leaked")
		}
		if !slices.Equal(got.Args, []string{"a b", "$HOME"}) {
			t.Errorf("arguments: %q", got.Args)
		}
		info, err := os.Stat(id.Temp)
		if err != nil || info.Mode().Perm() != 0o700 || !strings.HasPrefix(id.Temp, "/tmp/support-") {
			t.Errorf("temp directory %s: %v, %v", id.Temp, info, err)
		}
		if id.User != name || id.Umask != 0o027 || len(id.Groups) != 4 {
			t.Errorf("identity: %+v", id)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(id.Temp); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the temp directory stays: %v", err)
		}
	})
}

func TestU1_WrongPasswordIsOneAttempt(t *testing.T) {
	name, password := user(t)
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		began := time.Now()
		_, err := logOn(name, password+"x")
		failure(t, err, BadPassword)
		// pam_unix takes 2 s for each wrong password: a second attempt would show.
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %v", took)
		}
		if left := processes(t, name); left != "" {
			t.Errorf("left: %s", left)
		}
	})
}

// su lets root in with any password, so it must not be root who asks it. Here it
// is the way that the build takes by itself.
func TestU1_RootIsNotBelieved(t *testing.T) {
	name, password := user(t)
	for _, wrong := range []string{password + "x", "", "root"} {
		l, err := LogOn(t.Context(), options(t), name, []byte(wrong))
		if err == nil {
			_ = l.Close()
			t.Fatalf("%q is taken for the password", wrong)
		}
		failure(t, err, BadPassword, UnusualPassword)
	}
	l, err := LogOn(t.Context(), options(t), name, []byte(password))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// P18: what can be known is told before anybody is asked. What is known of an account
// is not told to who has no password of it: neither in words nor by the time.
func TestK1P18_WhatIsKnownIsToldBeforeAndNothingAfter(t *testing.T) {
	system := System{Options: options(t)}
	name, _ := user(t)
	shell, _ := user(t, "-s", "/usr/sbin/nologin")
	broken, _ := user(t, "-s", "/bin/nothing-here")
	home, _ := user(t)
	run(t, "", "usermod", "-d", "/home/nowhere", home)
	t.Cleanup(func() { _ = os.RemoveAll("/home/" + home) })
	for user, why := range map[string]Why{shell: NoShell, broken: NoShell, home: NoHome} {
		failure(t, system.Ready(t.Context(), user), why)
	}
	took, said := map[string]time.Duration{}, map[string]string{}
	for _, user := range []string{name, name + "x"} {
		if err := system.Ready(t.Context(), user); err != nil {
			t.Errorf("%s: %v", user, err)
		}
		began := time.Now()
		_, err := system.LogOn(t.Context(), user, []byte("wrong"))
		took[user], said[user] = time.Since(began), strings.ReplaceAll(fmt.Sprint(err), user, "USER")
		failure(t, err, BadPassword)
		if took[user] < refusalTime {
			t.Errorf("%s: it took %v", user, took[user])
		}
	}
	if said[name] != said[name+"x"] {
		t.Errorf("the words differ: %q", said)
	}
}

func TestU2_EachReasonHasItsText(t *testing.T) {
	if !hasPAM {
		t.Skip("su does not tell")
	}
	nobody, password := user(t)
	for why, spoil := range map[Why][]string{
		Locked: {"usermod", "-L"}, Expired: {"usermod", "-e", "2020-01-01"}, MustChange: {"chage", "-d", "0"},
		NoShell: {"usermod", "-s", "/usr/sbin/nologin"}, NoHome: {"usermod", "-d", "/home/nowhere"},
	} {
		t.Run(string(why), func(t *testing.T) {
			name, password := user(t)
			run(t, "", spoil[0], append(spoil[1:], name)...)
			t.Cleanup(func() { _ = os.RemoveAll("/home/" + name) })
			_, err := LogOn(t.Context(), options(t), name, []byte(password))
			failure(t, err, why)
		})
	}
	_, err := LogOn(t.Context(), options(t), nobody+"x", []byte(password))
	failure(t, err, BadPassword)
	texts := map[string]Why{}
	for _, why := range []Why{Failed, BadName, BadPassword, UnusualPassword, NoUser, Locked, Expired, MustChange, NoShell, NoHome, Refused, Hangs, Unsupported} {
		text := (&Failure{Why: why, User: "kim"}).Error()
		if other, taken := texts[text]; taken {
			t.Errorf("%s and %s have one text", why, other)
		}
		texts[text] = why
	}
}

func TestU4_UnusualPasswords(t *testing.T) {
	for name, password := range map[string]string{
		"empty": "", "1 KiB": strings.Repeat("x", 1024), "one byte too long": strings.Repeat("x", MaxPassword+1),
		"NUL": "secret\x00", "line end": "secret\nid",
	} {
		secret := []byte(password)
		_, err := LogOn(t.Context(), Options{Program: "/nowhere", Guards: new(Children)}, "root", secret)
		failure(t, err, UnusualPassword)
		if len(secret) > 0 && slices.Max(secret) != 0 {
			t.Errorf("%s: the password was not overwritten", name)
		}
	}
	name, _ := user(t)
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		for what, password := range map[string]string{
			"non-ASCII": "비밀번호 ñ\xff\xfe", "as long as possible": strings.Repeat("p", 200), "shell": `";$(id)'%s\`,
		} {
			run(t, name+":"+password+"\n", "chpasswd")
			l, err := logOn(name, password)
			if err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestU4_NamesThatAreNone(t *testing.T) {
	for _, name := range []string{"", "-x", "a:b", "a\nb", "../x", "$(id)", strings.Repeat("x", MaxUser+1), "a\x00", "a\u202eb"} {
		_, err := LogOn(t.Context(), Options{Program: "/nowhere", Guards: new(Children)}, name, []byte("x"))
		failure(t, err, BadName)
	}
	for _, name := range []string{"root", `CORP\kim`, "kim@corp.example", "김민수", "john smith"} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestU4_DomainsWithEitherSlash(t *testing.T) {
	for user, want := range map[string]string{
		"kim": "kim", `CORP\kim`: `CORP\kim`, "CORP/kim": `CORP\kim`, "corp.example/kim min": `corp.example\kim min`, "./kim": `.\kim`,
		"kim@corp.example": "kim@corp.example", "": "", "/kim": "", "kim/": "", "/": "", "a/b/c": "", `a\b/c`: "", "a/b@c": "", "-a/b": "", "../x": "",
	} {
		got, err := CleanName(user)
		if want == "" {
			failure(t, err, BadName)
		} else if err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", user, got, err, want)
		}
	}
}

func TestU6_PasswordIsNowhere(t *testing.T) {
	name, password := user(t)
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		l, err := logOn(name, password)
		if err != nil {
			t.Fatal(err)
		}
		pids := []string{"self"}
		for _, p := range descendants(os.Getpid()).living {
			pids = append(pids, itoa(p))
		}
		if len(pids) < 3 {
			t.Fatalf("broker and worker are not among %q", pids)
		}
		for _, pid := range pids {
			for _, file := range []string{"cmdline", "environ"} {
				// A process that has ended holds nothing.
				text, _ := os.ReadFile(filepath.Join("/proc", pid, file))
				if strings.Contains(string(text), canary) {
					t.Errorf("/proc/%s/%s holds the password", pid, file)
				}
			}
		}
		temp := l.Identity().Temp
		for _, dir := range []string{temp, "/home/" + name, filepath.Dir(temp)} {
			out, err := exec.Command("grep", "-rlI", "--exclude-dir=go-build*", password, dir).CombinedOutput()
			if err == nil {
				for file := range strings.Lines(string(out)) {
					if strings.Contains(file, "support") {
						t.Errorf("a file holds the password: %s", file)
					}
				}
			}
		}
	})
}

func TestU7_HangingSystem(t *testing.T) {
	name, password := user(t)
	program := filepath.Join(t.TempDir(), "hang")
	if err := os.WriteFile(program, []byte("#!/bin/sh\ntrap '' TERM\nexec sleep 600\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if !hasPAM {
		t.Skip("su is the system's own program")
	}
	began := time.Now()
	_, err := LogOn(t.Context(), Options{Program: program, Guards: new(Children), Timeout: time.Second}, name, []byte(password))
	failure(t, err, Hangs)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if left := descendants(os.Getpid()).living; len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestU11_NothingOfTheirsStays(t *testing.T) {
	name, password := user(t)
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		for how, end := range map[string]func(*Logon, *Process){
			"logoff": func(l *Logon, _ *Process) { _ = l.Close() },
			"the worker is killed": func(l *Logon, _ *Process) {
				run(t, "", "pkill", "-KILL", "-U", name, "-f", WorkerVerb)
				_ = l.Close()
			},
			"the guard and the worker are killed": func(l *Logon, _ *Process) {
				_ = l.guard.cmd.Process.Kill()
				run(t, "", "pkill", "-KILL", "-U", name, "-f", WorkerVerb)
				_ = l.Close()
			},
			"the daemon is killed":             func(l *Logon, _ *Process) { _ = l.control.Close() },
			"the CSR disconnects, then logoff": func(l *Logon, p *Process) { p.Kill(); _ = l.Close() },
		} {
			t.Run(how, func(t *testing.T) {
				l, err := logOn(name, password)
				if err != nil {
					t.Fatal(err)
				}
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				p, err := l.Start(t.Context(), Command{Args: []string{leaveVerb}, Stdout: w})
				w.Close()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.Read(make([]byte, 16)); err != nil {
					t.Fatal(err)
				}
				testkit.Eventually(t, "escaping", func() bool { return strings.Count(processes(t, name), "sleep 100") >= 4 })
				began := time.Now()
				end(l, p)
				if exit, err := p.Wait(); err == nil && exit.Signal == "" {
					t.Errorf("Wait: %+v", exit)
				}
				testkit.Eventually(t, "the end of everything", func() bool { return processes(t, name) == "" })
				if took := time.Since(began); took > testkit.Soon {
					t.Errorf("it took %v", took)
				}
				testkit.Eventually(t, "the news of it", func() bool {
					select {
					case <-l.Lost():
						return true
					default:
						return false
					}
				})
				testkit.Eventually(t, "the end of the temp directory", func() bool {
					_, err := os.Lstat(l.Identity().Temp)
					return errors.Is(err, os.ErrNotExist)
				})
				if _, err := l.Start(t.Context(), Command{Args: []string{showVerb}}); !errors.Is(err, ErrLost) {
					t.Errorf("a program starts after the end: %v", err)
				}
			})
		}
	})
}

func TestU13_NoTerminalToTypeInto(t *testing.T) {
	name, password := user(t)
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		l, err := logOn(name, password)
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Start(t.Context(), Command{Args: []string{leaveVerb}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { p.Kill(); _, _ = p.Wait() }()
		out := strings.TrimSpace(run(t, "", "ps", "-o", "tty=", "-p", itoa(p.PID())))
		ours := strings.TrimSpace(run(t, "", "ps", "-o", "tty=", "-p", itoa(os.Getpid())))
		if out != "?" && out == ours {
			t.Errorf("it shares our terminal %s", out)
		}
		if out != "?" {
			t.Errorf("it has the terminal %s", out)
		}
	})
}
