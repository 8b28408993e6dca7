package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"supportd/hack/testkit"
)

// working is a worker in this process, as our own user, and the logon that speaks with
// it. Its end ends every child of this process.
func working(t *testing.T, environment ...string) (*Logon, <-chan error) {
	t.Helper()
	if err := inheritOrphans(); err != nil {
		t.Fatal(err)
	}
	first, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	inherited, err := unixConn(theirs)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	gone := make(chan struct{})
	go func() { defer close(gone); ended <- work(environment, nil, inherited) }()
	// The guard ends before its worker here.
	g, err := watch(new(Children), exec.Command("/bin/true"), "me", func() error { <-gone; return nil })
	if err != nil {
		t.Fatal(err)
	}
	l, err := awaitWorker(t.Context(), first, g, "me")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, ended
}

func TestU5_WhatAWorkerStarts(t *testing.T) {
	temp := t.TempDir()
	l, ended := working(t, "PATH=/usr/bin:/bin", "TMPDIR=/nowhere", "TMPDIR="+temp)
	id := l.Identity()
	if id.User != "me" || id.UID != os.Getuid() || filepath.Dir(id.Temp) != temp || id.Env[len(id.Env)-1] != "TMPDIR="+id.Temp {
		t.Errorf("%+v", id)
	}
	out, exit := output(t, l, Command{Args: []string{showVerb, "a b"}, Env: []string{"X=1"}, Dir: temp})
	var s seen
	if err := json.Unmarshal([]byte(out), &s); err != nil || exit.Code != 0 {
		t.Fatalf("%v, %+v: %s", err, exit, out)
	}
	if s.Dir != temp || len(s.Args) != 1 || s.Args[0] != "a b" || !strings.Contains(strings.Join(s.Env, " "), "X=1") {
		t.Errorf("%+v", s)
	}
	if _, err := l.Start(t.Context(), Command{Args: []string{showVerb}, Dir: "/nowhere"}); err == nil {
		t.Error("a program was started in a directory that is not there")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Start(t.Context(), Command{}); !errors.Is(err, ErrLost) {
		t.Errorf("after the end: %v", err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the worker goes on without its daemon")
	}
	if _, err := os.Stat(id.Temp); err == nil {
		t.Error("its temp directory is left")
	}
}

func TestU11_AWorkerEndsWhatItsProgramsLeave(t *testing.T) {
	l, ended := working(t, "PATH=/usr/bin:/bin")
	sleeps := func(n string) bool { return exec.Command("pgrep", "-f", "^/bin/sleep "+n).Run() == nil }
	p, err := l.Start(t.Context(), Command{Args: []string{escapeVerb}})
	if err != nil {
		t.Fatal(err)
	}
	if exit, err := p.Wait(); err != nil || exit.Code != 0 || sleeps("1005") {
		t.Errorf("%+v, %v, left: %v", exit, err, sleeps("1005"))
	}
	long, err := l.Start(t.Context(), Command{Args: []string{leaveVerb}})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the programs", func() bool { return exec.Command("pgrep", "-f", "^sleep 1002").Run() == nil })
	long.Kill()
	if exit, err := long.Wait(); err != nil || exit.Signal == "" {
		t.Errorf("%+v, %v", exit, err)
	}
	if exec.Command("pgrep", "-f", "^sleep 1002").Run() == nil {
		t.Error("what has left its group goes on")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

// What is not a request of our daemon ends a worker.
func TestAWorkerTakesNoOtherRequests(t *testing.T) {
	for name, files := range map[string]int{"no files": 0, "too few": 2, "no socket among them": 4} {
		l, ended := working(t, "PATH=/usr/bin:/bin")
		var all []*os.File
		for range files {
			f, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f)
		}
		if err := send(l.control, request{}, all...); err != nil {
			t.Fatal(err)
		}
		closeAll(all)
		if name != "no socket among them" {
			<-ended
		}
		if err := l.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatTheBrokerSays(t *testing.T) {
	for _, c := range []struct {
		problem error
		why     Why
	}{
		{nil, ""}, {errors.New("x"), Failed}, {&Failure{Why: Locked}, Locked}, {&Failure{Why: Expired, Err: errors.New("cause")}, Expired},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := answer(w, c.problem); err != nil {
			t.Error(err)
		}
		got := readAnswer(t.Context(), r, "kim")
		r.Close()
		var failure *Failure
		if (got == nil) != (c.why == "") || got != nil && (!errors.As(got, &failure) || failure.Why != c.why || failure.User != "kim") {
			t.Errorf("%v became %v", c.problem, got)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := readAnswer(t.Context(), r, "kim"); err == nil {
		t.Error("no answer is taken for a yes")
	}
	var task bytes.Buffer
	if err := writeTask(&task, brokerTask{Name: "kim", UID: 7}, []byte("secret\x01")); err != nil {
		t.Fatal(err)
	}
	line, secret, _ := bytes.Cut(task.Bytes(), []byte("\n"))
	if !bytes.Contains(line, []byte(`"Name":"kim"`)) || string(secret) != "secret\x01" {
		t.Errorf("%s, %q", line, secret)
	}
}

// What others may not execute is given to them out of memory.
func TestOpenProgram(t *testing.T) {
	dir := t.TempDir()
	for mode, inMemory := range map[os.FileMode]bool{0o755: false, 0o700: true} {
		path := filepath.Join(dir, mode.String())
		if err := errors.Join(os.WriteFile(path, []byte("#!/bin/sh\nexit 3\n"), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		f, err := openProgram(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		named, _ := os.Stat(path)
		if err != nil || os.SameFile(info, named) == inMemory || info.Mode().Perm()&0o005 != 0o005 {
			t.Errorf("%v: %v, %v", mode, info.Mode(), err)
		}
		if _, err := f.Write([]byte("x")); err == nil {
			t.Errorf("%v: it can be changed through what others get", mode)
		}
		f.Close()
	}
	if _, err := openProgram(filepath.Join(dir, "none")); err == nil {
		t.Error("no program is opened")
	}
}

func TestEveryFailureHasWordsAndAdvice(t *testing.T) {
	for _, why := range []Why{
		Failed, BadName, BadPassword, UnusualPassword, NoUser, Locked, Expired, MustChange, NoShell, NoHome, Refused, Hangs, Powerless, Unsupported, "",
	} {
		cause := errors.New("cause")
		f := &Failure{Why: why, User: "kim\x1b", Err: cause}
		if f.Error() == "" || f.Hint() == "" || strings.Contains(f.Error(), "\x1b") || !errors.Is(f, cause) {
			t.Errorf("%q: %q, %q", why, f.Error(), f.Hint())
		}
	}
	for _, r := range []Remains{{User: "kim", Processes: 2}, {User: "kim", Temp: "/tmp/x"}, {User: "kim", Processes: 1, Temp: "/tmp/x"}} {
		if s := r.Error(); r.Processes > 0 != strings.Contains(s, "may still run") || (r.Temp != "") != strings.Contains(s, "/tmp/x") || r.Hint() == "" {
			t.Errorf("%+v: %s", r, s)
		}
	}
}

// A program that forks all the time is ended, and none of it is missed.
func TestS6_WhatForksOnAndOnIsEnded(t *testing.T) {
	if err := inheritOrphans(); err != nil {
		t.Fatal(err)
	}
	// Each waits a little in a child of its own and goes on in the next; at most two are
	// there at once. A function that calls itself would be over after a thousand calls.
	cmd := exec.Command("/bin/sh", "-c", `trap "" TERM; [ $1 -lt 100000 ] || exit; /bin/true; /bin/sh -c "$HOP" hop $(($1+1)) & exit`, "hop", "1")
	cmd.Env = []string{"HOP=" + cmd.Args[2]}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var own Children
	if err := own.start(cmd); err != nil {
		t.Fatal(err)
	}
	own.wait(cmd)
	testkit.Eventually(t, "the hops", func() bool { f := adopted(own.PIDs); return len(f.living)+len(f.dead) > 1 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if left := endAll(ctx, func() found { return adopted(own.PIDs) }); left > 0 {
		t.Errorf("%d are left", left)
	}
	if f := adopted(own.PIDs); len(f.living)+len(f.dead) > 0 {
		t.Errorf("%d living and %d dead were missed", len(f.living), len(f.dead))
	}
}

// What a look does not list is reached through the group of one that it lists.
func TestS6_WhatNoLookListsIsEndedByItsGroup(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "60")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	looks := []found{{groups: []int{cmd.Process.Pid}, dead: []int{1}}}
	if left := endAll(t.Context(), func() (f found) {
		if len(looks) > 0 {
			f, looks = looks[0], looks[1:]
		}
		return f
	}); left != 0 {
		t.Errorf("%d are left", left)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends at the latest with the kill above
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("it goes on")
	}
}

// Where the time ends while every look still shows new dead ones, something goes on.
func TestS6_WhoIsAlwaysLateSaysThatOneIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		next := 0
		if left := endAll(ctx, func() found { next++; return found{dead: []int{next}} }); left != 1 {
			t.Errorf("%d are left", left)
		}
		if left := endAll(ctx, func() found { return found{} }); left != 0 {
			t.Errorf("of nothing %d are left", left)
		}
	})
}
