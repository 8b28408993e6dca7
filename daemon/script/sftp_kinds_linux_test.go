package script

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pkg/sftp"

	"supportd/hack/testkit"
	"supportd/library"
)

// C2: what is announced works, and what does not work is not announced.
func TestK5C2_WhatIsAnnouncedWorks(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	for name, want := range map[string]bool{"posix-rename@openssh.com": true, "hardlink@openssh.com": false, "statvfs@openssh.com": false} {
		if _, has := c.HasExtension(name); has != want {
			t.Errorf("%s announced: %t", name, has)
		}
	}
	for _, err := range []error{
		put(c, "a", []byte("aaa")), put(c, "b", []byte("b")), c.PosixRename("a", "b"), c.Mkdir("d"), c.Mkdir("e"), put(c, "d/x", []byte("x")),
		c.PosixRename("d", "e"), c.PosixRename("b", "b"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if data := get(t, c, "b"); string(data) != "aaa" {
		t.Errorf("b holds %q", data)
	}
	if n, size := u.staging.Usage(); n != 3 || size != 4 {
		t.Errorf("%d entries, %d bytes", n, size)
	}
	if want := []string{"b removed", "a → b", "e removed", "d → e"}; !slices.Equal(u.changes, want) {
		t.Errorf("%q", u.changes)
	}
	f, err := c.OpenFile("busy", os.O_RDWR|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	both := make([]byte, 3)
	if _, err := f.WriteAt([]byte("abc"), 2); err != nil {
		t.Error(err)
	}
	if _, err := f.ReadAt(both, 1); err != nil || string(both) != "\x00ab" {
		t.Errorf("read back %q, %v", both, err)
	}
	for name, err := range map[string]error{
		"a file over a folder": c.PosixRename("b", "e"), "a folder over a file": c.PosixRename("e", "b"), "over one that is being written": c.PosixRename("b", "busy"),
		"over one in other case": c.PosixRename("b", "E"), "the plain one over a file": c.Rename("e/x", "b"),
		"a folder over a full one": errors.Join(c.Mkdir("g"), c.PosixRename("g", "e")),
	} {
		if err == nil {
			t.Errorf("%s: renamed", name)
		}
	}
	f.Close()
}

// C3: a file that does not arrive is told of once, with the true reason, which each
// later write and the close give as well.
func TestK5C3_OneLineForAFile(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	f, err := c.Create("big.sh")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 64 {
		if _, err := f.WriteAt(make([]byte, 32<<10), int64(i)*32<<10); (err == nil) != (i < 32) || err != nil && !strings.Contains(err.Error(), "may have 1048576 bytes") {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if err := c.Chtimes("big.sh", time.Now(), time.Now()); err == nil || !strings.Contains(err.Error(), "may have 1048576 bytes") {
		t.Errorf("times: %v", err)
	}
	if err := f.Close(); err == nil || !strings.Contains(err.Error(), "may have 1048576 bytes") {
		t.Errorf("close: %v", err)
	}
	if len(u.refused) != 1 || !strings.Contains(u.refused[0], "may have 1048576 bytes") || !strings.Contains(u.refused[0], "removed") || len(u.staged) != 0 {
		t.Errorf("told %q, staged %v", u.refused, u.staged)
	}
	// The next attempt is a new one.
	if err := put(c, "big.sh", []byte("small")); err != nil {
		t.Error(err)
	}
	if err := put(c, "big.sh", make([]byte, library.MaxPackage+1)); err == nil || len(u.refused) != 2 {
		t.Errorf("%v, %q", err, u.refused)
	}
}

// C4: times and modes are there when a client looks again.
func TestK5C4_TimesAreKept(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	then := time.Unix(1_600_000_000, 0)
	f, err := c.Create("x")
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("x"))
	// OpenSSH sets them before it closes, rclone and lftp after.
	if err := errors.Join(c.Chtimes("x", then, then), f.Close(), c.Mkdir("d"), c.Chtimes("d", then, then), c.Chmod("x", 0o751)); err != nil {
		t.Fatal(err)
	}
	if err := c.Rename("x", "d/y"); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"d": os.ModeDir | 0o700, "d/y": 0o751} {
		if info, err := c.Stat(name); err != nil || !info.ModTime().Equal(then) || info.Mode() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if list, err := c.ReadDir("d"); err != nil || len(list) != 1 || !list[0].ModTime().Equal(then) || list[0].Size() != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if err := put(c, "d/y", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := c.Stat("d/y"); err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("written anew: %v, %v", info, err)
	}
}

func get(t *testing.T, c *sftp.Client, name string) []byte {
	t.Helper()
	f, err := c.Open(name)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return data
}

// P25: a script that the customer has allowed puts files into the staging area, or
// into files that are staged there: none of it leaves the computer.
func TestK1P25_OnlyWhatWasStagedIsServed(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	for _, err := range []error{c.Mkdir("d"), put(c, "d/a", []byte("mine")), put(c, "b", []byte("mine")), put(c, "keep", []byte("mine"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	secret := bytes.Repeat([]byte("secret"), 1000)
	for _, name := range []string{"new", "d/new", "d/a", "b"} {
		if err := os.WriteFile(filepath.Join(u.dir, name), secret, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"new", "d/new", "d/a", "b"} {
		if f, err := c.Open(name); err == nil {
			f.Close()
			t.Errorf("%s is served", name)
		}
		// Neither to be served afterwards as if it had been sent.
		if f, err := c.OpenFile(name, os.O_WRONLY); err == nil {
			f.Close()
			t.Errorf("%s can be gone on with", name)
		}
		if c.Truncate(name, 100) == nil {
			t.Errorf("%s can be cut", name)
		}
	}
	if list, err := c.ReadDir("/"); err != nil || len(list) != 3 {
		t.Errorf("listed: %v, %v", list, err)
	}
	for name, want := range map[string]int64{"d/a": 4, "b": 4} {
		if info, err := c.Stat(name); err != nil || info.Size() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if _, err := c.Stat("new"); err == nil {
		t.Error("new is shown")
	}
	// A file that is open already, for reading or writing, gets nothing either.
	open, err := c.Open("keep")
	if err != nil {
		t.Fatal(err)
	}
	written, err := c.Create("w")
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(u.dir, "keep"), secret, 0o600)
	os.WriteFile(filepath.Join(u.dir, "w"), secret, 0o600)
	if data, err := io.ReadAll(open); err != nil || string(data) != "mine" {
		t.Errorf("%q, %v", data, err)
	}
	if err := errors.Join(open.Close(), written.Close()); err != nil || len(get(t, c, "w")) > 0 {
		t.Errorf("w: %v", err)
	}
	// What the script has left does not keep the CSR's own from being removed.
	if err := errors.Join(c.Remove("d/a"), c.RemoveDirectory("d"), put(c, "b", []byte("again"))); err != nil || string(get(t, c, "b")) != "again" {
		t.Errorf("%v", err)
	}
}

// P34: what is counted is what lies on the disk, whatever two channels do at once.
func TestK1P34_WriteAgainstTruncate(t *testing.T) {
	u := newUpload(t, t.TempDir())
	a, b := u.client(), u.client()
	var working sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprintf("p%d", i)
		working.Go(func() {
			for range 20 {
				_ = put(a, name, make([]byte, 300_000))
			}
		})
		working.Go(func() {
			for range 60 {
				_ = b.Truncate(name, 1)
				_ = b.Truncate(name, 200_000)
			}
		})
	}
	working.Wait()
	var real int64
	entries, err := os.ReadDir(u.dir)
	for _, e := range entries {
		info, infoErr := e.Info()
		err = errors.Join(err, infoErr)
		real += info.Size()
	}
	if n, counted := u.staging.Usage(); err != nil || n != len(entries) || counted != real {
		t.Errorf("%d entries and %d bytes counted, %d and %d there, %v", n, counted, len(entries), real, err)
	}
}

// P34: thousands of tiny files take their time.
func TestK1P34_StagingHasARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		began := time.Now()
		for range changesAtOnce {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("what fits took %v", took)
		}
		for range 100 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 100*changePause {
			t.Errorf("100 more took %v", took)
		}
		time.Sleep(time.Hour)
		if began = time.Now(); p.wait(t.Context()) != nil || time.Since(began) != 0 {
			t.Error("an hour later there is no room")
		}
	})
}

// P8: whatever panics, in a hook, in the channel or in a handler of ours, ends this
// SFTP session and nothing else.
func TestK1P8_APanicEndsOneSession(t *testing.T) {
	s, err := OpenStaging(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	fine := Hooks{
		Staged: func(File) error { return nil }, Fetched: func(File) error { return nil }, Made: func(string) error { return nil }, Moved: func(_, _ string) error { return nil }, Removed: func(string) error { return nil },
	}
	serve := func(hooks Hooks, wrap func(net.Conn) io.ReadWriteCloser) (*sftp.Client, chan error) {
		t.Helper()
		near, far := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- s.ServeSFTP(t.Context(), wrap(far), hooks) }()
		c, err := sftp.NewClientPipe(near, near)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(); near.Close() })
		return c, done
	}
	plain := func(c net.Conn) io.ReadWriteCloser { return c }
	good, _ := serve(fine, plain)
	for _, name := range []string{"a", "b", "c"} {
		if err := put(good, name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		hooks func(*Hooks)
		do    func(*sftp.Client) error
	}{
		"staged":  {func(h *Hooks) { h.Staged = func(File) error { panic("staged") } }, func(c *sftp.Client) error { return put(c, "z", nil) }},
		"moved":   {func(h *Hooks) { h.Moved = func(_, _ string) error { panic("moved") } }, func(c *sftp.Client) error { return c.Rename("a", "y") }},
		"removed": {func(h *Hooks) { h.Removed = func(string) error { panic("removed") } }, func(c *sftp.Client) error { return c.Remove("b") }},
		"refused": {func(h *Hooks) { h.Refused = func(string) { panic("refused") } }, func(c *sftp.Client) error { return c.Mkdir("con") }},
	} {
		hooks, broken := fine, make(chan struct{}, 8)
		c.hooks(&hooks)
		hooks.Broken = func() { broken <- struct{}{} }
		client, done := serve(hooks, plain)
		if err := c.do(client); err == nil {
			t.Errorf("%s: done", name)
		}
		if err := <-done; !errors.Is(err, errPanicked) || len(broken) != 1 {
			t.Errorf("%s: %v, told %d times", name, err, len(broken))
		}
	}
	for _, channel := range []*explosive{{writes: 3, reads: 99}, {writes: 99, reads: 6}} {
		client, done := serve(fine, func(c net.Conn) io.ReadWriteCloser { channel.Conn = c; return channel })
		_ = put(client, "w", []byte("x"))
		_ = put(client, "w", []byte("x"))
		if err := <-done; !errors.Is(err, errPanicked) {
			t.Errorf("the channel: %v", err)
		}
	}
	if string(get(t, good, "c")) != "x" {
		t.Error("the other session has ended as well")
	}
	if err := put(good, "after", []byte("x")); err != nil {
		t.Errorf("the lock is held: %v", err)
	}
}

// explosive panics when it has written or read a few times.
type explosive struct {
	net.Conn
	writes, reads int
}

func (e *explosive) Write(p []byte) (int, error) {
	if e.writes--; e.writes < 0 {
		panic("the channel")
	}
	return e.Conn.Write(p)
}

func (e *explosive) Read(p []byte) (int, error) {
	if e.reads--; e.reads < 0 {
		panic("the channel")
	}
	return e.Conn.Read(p)
}

// P8: what panics while a run is recorded ends that run, with its processes, and
// the next one works.
func TestK1P8_APanicEndsOneRun(t *testing.T) {
	b := newBench(t)
	id := testkit.Mark(t)
	b.put("one.sh", "#!/bin/sh\necho out\nexec sleep "+id+"\n")
	for _, at := range []string{ScriptStart, Output, ScriptExit, RunEnd} {
		run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(e Event) error {
			if e.Kind == at {
				panic("recording")
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if at == ScriptExit || at == RunEnd {
			run.Kill(errors.New("enough"))
		}
		if outcomes, err := run.Wait(); run.Running() || at == Output && outcomes[0].Reason != Cancelled {
			t.Errorf("at %s: it goes on, %+v, %v", at, outcomes, err)
		}
		if left := testkit.Alive(id); len(left) > 0 {
			t.Errorf("at %s: %v are left", at, left)
		}
	}
	if o, rec := b.one(RunOptions{}, "echo fine\n"); !o.OK() || rec.text("stdout") != "fine\n" {
		t.Errorf("%+v, %q", o, rec.text(""))
	}
}
