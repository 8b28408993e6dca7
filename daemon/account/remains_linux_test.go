package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supportd/hack/testkit"
)

// beCustomer logs on as user with the password that standard input holds, lets
// what is started there attack, and writes what stays as JSON.
func beCustomer(user string) error {
	if err := KeepMemory(); err != nil {
		return err
	}
	password, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	if exec.Command("cat", fmt.Sprintf("/proc/%d/environ", os.Getpid())).Run() == nil {
		return errors.New("another program reads our memory")
	}
	l, err := LogOn(context.Background(), Options{Program: ownProgram(), Guards: new(Children)}, user, password)
	if err != nil {
		return err
	}
	p, err := l.Start(context.Background(), Command{Args: []string{attackVerb}})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	_, _ = p.Wait()
	<-l.Lost()
	left := new(Remains)
	if err := l.Close(); !errors.As(err, &left) {
		return fmt.Errorf("nothing is told: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(left)
}

// attack leaves a process that nothing connects with ours, and kills the worker.
func attack() error {
	if err := exec.Command("/bin/sh", "-c", "(setsid env -i /bin/sleep 1004 >/dev/null 2>&1 </dev/null &)").Run(); err != nil {
		return err
	}
	return syscall.Kill(os.Getppid(), syscall.SIGKILL)
}

// headless ends its first thread: the kernel shows such a process as a zombie.
func headless() error {
	runtime.LockOSThread()
	if unix.Gettid() != os.Getpid() {
		return syscall.Exec(ownProgram(), os.Args, os.Environ()) // this thread becomes the first
	}
	go func() {
		runtime.LockOSThread()
		for {
			_, _, _ = syscall.RawSyscall(syscall.SYS_PPOLL, 0, 0, 0)
		}
	}()
	_, _, errno := syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0)
	return errno
}

// What a program leaves ends with the program, not only with the logon: nothing of a
// run may go on behind it. Another program that runs meanwhile goes on.
func TestU11_WhatAProgramLeavesEndsWithIt(t *testing.T) {
	name, password := user(t)
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		l, err := logOn(name, password)
		if err != nil {
			t.Fatal(err)
		}
		other, err := l.Start(t.Context(), Command{Args: []string{headlessVerb}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Start(t.Context(), Command{Args: []string{escapeVerb}})
		if err != nil {
			t.Fatal(err)
		}
		if exit, err := p.Wait(); err != nil || exit.Code != 0 {
			t.Errorf("%+v, %v", exit, err)
		}
		if left := processes(t, name); strings.Contains(left, "sleep 1005") || !strings.Contains(left, "<defunct>") {
			t.Errorf("left: %s", left)
		}
		other.Kill()
		if _, err := other.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// A program in the login profile keeps what it was given: nobody's end is hidden by that.
func TestU11_AProfileHoldsNothingOpen(t *testing.T) {
	name, password := user(t)
	who, err := lookup(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	profile := "(setsid sleep 1006 >/dev/null 2>&1 </dev/null &)\n"
	if err := os.WriteFile(filepath.Join(who.home, ".bash_profile"), []byte(profile), 0o644); err != nil {
		t.Fatal(err)
	}
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		l, err := logOn(name, password)
		if err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "the profile's program", func() bool { return strings.Contains(processes(t, name), "sleep 1006") })
		run(t, "", "pkill", "-KILL", "-U", name, "-f", WorkerVerb)
		select {
		case <-l.Lost():
		case <-time.After(10 * time.Second):
			t.Error("nobody sees that the worker has ended")
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if left := processes(t, name); left != "" {
			t.Errorf("left: %s", left)
		}
	})
}

func TestU11_WhatOnlyLooksDeadIsEnded(t *testing.T) {
	name, password := user(t)
	eachWay(t, func(t *testing.T, logOn func(_, _ string) (*Logon, error)) {
		l, err := logOn(name, password)
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Start(t.Context(), Command{Args: []string{headlessVerb}})
		if err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "looking dead", func() bool { return strings.Contains(processes(t, name), "<defunct>") })
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if exit, err := p.Wait(); err == nil && exit.Signal == "" {
			t.Errorf("Wait: %+v", exit)
		}
		if left := processes(t, name); left != "" {
			t.Errorf("left: %s", left)
		}
	})
}

// Between two ordinary users nothing can be done about it but tell.
func TestU11_WhatCannotBeEndedIsTold(t *testing.T) {
	customer, _ := user(t)
	name, password := user(t)
	who, err := lookup(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(who.home, "support-agent") // nobody else can start it there
	run(t, "", "install", "-m", "0700", "-o", customer, options(t).Program, program)
	cmd := exec.Command(program, customerVerb, name)
	cmd.Dir, cmd.Env, cmd.Stdin = "/", []string{"HOME=" + who.home}, strings.NewReader(password)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: who.uid, Gid: who.gid}}
	var problem testkit.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	t.Cleanup(func() { _ = exec.Command("pkill", "-KILL", "-U", name).Run() })
	var left Remains
	if err == nil {
		err = json.Unmarshal(out, &left)
	}
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, problem.String())
	}
	t.Cleanup(func() { _ = os.RemoveAll(left.Temp) })
	if got := processes(t, name); !strings.HasSuffix(got, "sleep 1004") || strings.Contains(got, "\n") {
		t.Fatalf("the attack has not worked: %s", got)
	}
	if _, err := os.Stat(left.Temp); err != nil || !strings.Contains(left.Temp, "/support-") {
		t.Errorf("the directory that stays: %q, %v", left.Temp, err)
	}
	if left.User != name || left.Processes != 1 || !strings.Contains(left.Error(), "1 of the processes of "+name) {
		t.Errorf("%+v", left)
	}
}
