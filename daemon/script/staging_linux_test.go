package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/pkg/sftp"

	"supportd/library"
)

// upload is a staging area with SFTP clients on it.
type upload struct {
	t       *testing.T
	dir     string
	staging *Staging

	mu      sync.Mutex
	staged  []File
	fetched []File
	changes []string
	refused []string
}

func newUpload(t *testing.T, parent string) *upload {
	t.Helper()
	u := &upload{t: t, dir: filepath.Join(parent, "staged")}
	var err error
	if u.staging, err = OpenStaging(u.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.staging.Remove(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(u.dir); !os.IsNotExist(err) {
			t.Errorf("the staging area is still there: %v", err)
		}
	})
	return u
}

func (u *upload) client() *sftp.Client {
	u.t.Helper()
	c, end := u.connect()
	u.t.Cleanup(end)
	return c
}

// connect returns a client, and what ends its connection and waits until the
// server has noticed.
func (u *upload) connect() (*sftp.Client, func()) {
	u.t.Helper()
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- u.staging.ServeSFTP(context.Background(), far, Hooks{
			Fetched: func(f File) error { u.mu.Lock(); defer u.mu.Unlock(); u.fetched = append(u.fetched, f); return nil },
			Staged:  func(f File) error { u.mu.Lock(); defer u.mu.Unlock(); u.staged = append(u.staged, f); return nil },
			Made:    func(string) error { return nil },
			Moved:   func(from, to string) error { return u.change(from + " → " + to) },
			Removed: func(name string) error { return u.change(name + " removed") },
			Refused: func(text string) { u.mu.Lock(); defer u.mu.Unlock(); u.refused = append(u.refused, text) },
		})
	}()
	c, err := sftp.NewClientPipe(near, near)
	if err != nil {
		u.t.Fatal(err)
	}
	return c, func() { c.Close(); near.Close(); <-done }
}

// told is the last refusal that a person would read.
func (u *upload) told() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.refused) == 0 {
		return ""
	}
	return u.refused[len(u.refused)-1]
}

func put(c *sftp.Client, name string, data []byte) error {
	f, err := c.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func TestF1_F2_F3_F4_F8_RefusedOverSFTP(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	if err := errors.Join(c.Mkdir("a"), put(c, "a/x.sh", []byte("x")), put(c, "Readme", nil), put(c, "한글", nil)); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"backslash":          func() error { return put(c, `..\x`, nil) },
		"drive":              func() error { return put(c, `C:\x`, nil) },
		"control":            func() error { return put(c, "a\nb", nil) },
		"dash":               func() error { return c.Mkdir("-rf") },
		"device":             func() error { return put(c, "nul.txt", nil) },
		"case":               func() error { return put(c, "README", nil) },
		"Unicode form":       func() error { return put(c, "\u1112\u1161\u11ab\u1100\u1173\u11af", nil) },
		"symlink":            func() error { return c.Symlink("/etc/passwd", "link") },
		"hard link":          func() error { return c.Link("a/x.sh", "link") },
		"rename to bad":      func() error { return c.Rename("a/x.sh", "a/con") },
		"rename over":        func() error { return c.Rename("a/x.sh", "Readme") },
		"rename into itself": func() error { return c.Rename("a", "a/b") },
		"owner":              func() error { return c.Chown("a/x.sh", 0, 0) },
		"no folder":          func() error { return put(c, "none/x", nil) },
		"rmdir of a file":    func() error { return c.RemoveDirectory("a/x.sh") },
		"folder not empty":   func() error { return c.RemoveDirectory("a") },
		"folder as file":     func() error { return put(c, "a", nil) },
		"truncate too long":  func() error { return c.Truncate("a/x.sh", library.MaxPackage+1) },
	} {
		if err := try(); err == nil {
			t.Errorf("%s: done", name)
		} else if text := u.told(); text == "" || strings.Contains(text, u.dir) {
			t.Errorf("%s: told %q for %v", name, text, err)
		}
	}
	if entries, err := os.ReadDir(u.dir); err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
	// "../x" is resolved where "/" is the staging area, and stays inside.
	if err := put(c, "../../x", nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(u.dir, "x")); err != nil {
		t.Error(err)
	}
}

func TestF5_PackageLimit(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	for _, size := range []int{library.MaxPackage - 1, library.MaxPackage, library.MaxPackage + 1} {
		if err := put(c, "one.sh", bytes.Repeat([]byte("x"), size)); (err == nil) != (size <= library.MaxPackage) {
			t.Errorf("one file of %d bytes: %v", size, err)
		}
	}
	if _, err := c.Stat("one.sh"); err == nil {
		t.Error("half a file was kept")
	}
	c.Mkdir("p")
	if err := put(c, "p/half", bytes.Repeat([]byte("x"), library.MaxPackage/2)); err != nil {
		t.Fatal(err)
	}
	if err := put(c, "p/rest", bytes.Repeat([]byte("x"), library.MaxPackage/2)); err != nil {
		t.Errorf("a full package: %v", err)
	}
	if err := put(c, "p/more", []byte("x")); err == nil || !strings.Contains(u.told(), "whole") {
		t.Errorf("one byte more: %v, %q", err, u.told())
	}
	if err := put(c, "elsewhere", bytes.Repeat([]byte("x"), library.MaxPackage)); err != nil {
		t.Errorf("another package: %v", err)
	}
	if err := c.Rename("elsewhere", "p/elsewhere"); err == nil {
		t.Error("a file moved into a package that is full")
	}
}

func TestF16_AllThatIsStagedIsLimited(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	full := bytes.Repeat([]byte("x"), library.MaxPackage)
	for i := range library.MaxStaged / library.MaxPackage {
		if err := put(c, fmt.Sprintf("p%d", i), full); err != nil {
			t.Fatal(err)
		}
	}
	if err := put(c, "one-more", []byte("x")); err == nil {
		t.Error("one byte more was taken")
	}
	if n, size := u.staging.Usage(); n != 16 || size != library.MaxStaged {
		t.Errorf("%d entries, %d bytes", n, size)
	}
	if err := errors.Join(c.Remove("p0"), put(c, "again", full)); err != nil {
		t.Errorf("after removing one: %v", err)
	}
}

func TestF6_WriteFarBehindTheEnd(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	for _, off := range []int64{1 << 62, library.MaxPackage, library.MaxPackage + 1} {
		f, err := c.Create("far")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("x"), off); err == nil {
			t.Errorf("a byte at %d was taken", off)
		}
		f.Close()
		if _, err := c.Stat("far"); err == nil {
			t.Errorf("the file is kept after a refused write at %d", off)
		}
	}
}

func TestF7_TwoWriters(t *testing.T) {
	u := newUpload(t, t.TempDir())
	a, b := u.client(), u.client()
	f, err := a.Create("x.sh")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Create("x.sh"); err == nil {
		t.Error("a second writer was let in")
	}
	if err := errors.Join(b.Remove("x.sh"), b.Rename("x.sh", "y.sh")); err == nil {
		t.Error("a file was moved while it was written")
	}
	f.Write([]byte("echo a\n"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := put(b, "x.sh", []byte("echo b\n")); err != nil {
		t.Errorf("the next writer: %v", err)
	}
	if len(u.staged) != 2 || u.staged[0].SHA256 == u.staged[1].SHA256 || u.staged[1].Size != 7 || u.staged[1].Name != "x.sh" {
		t.Errorf("%+v", u.staged)
	}
}

func TestF10_Modes(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	c.Mkdir("d")
	put(c, "d/x.sh", []byte("x"))
	if err := errors.Join(c.Chmod("d/x.sh", 0o4777), c.Chmod("d", 0o777)); err != nil {
		t.Errorf("clients that send modes along must work: %v", err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "d": 0o700, "d/x.sh": 0o600} {
		if info, err := os.Lstat(filepath.Join(u.dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%q has mode %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := OpenStaging(u.dir); err == nil {
		t.Error("a directory that was there already was taken")
	}
}

func TestF11_DiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, 0) })
	u := newUpload(t, disk)
	c := u.client()
	if err := put(c, "big", bytes.Repeat([]byte("x"), 500_000)); err == nil {
		t.Error("more than the disk holds was taken")
	}
	if !strings.Contains(strings.Join(u.refused, "\n"), "disk of the customer's computer is full") {
		t.Errorf("told %q", u.refused)
	}
	if _, err := c.Stat("big"); err == nil {
		t.Error("half a file was kept")
	}
	if err := put(c, "small", bytes.Repeat([]byte("x"), 100_000)); err != nil {
		t.Errorf("after space returned: %v", err)
	}
}

func TestF13_ManyOpens(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	put(c, "x", []byte("x"))
	before := descriptors(t)
	opened := 0
	for range 20_000 {
		if _, err := c.Open("x"); err == nil {
			opened++
		}
	}
	if opened != MaxHandles {
		t.Errorf("%d files are open, want %d", opened, MaxHandles)
	}
	if grown := descriptors(t) - before; grown > MaxHandles {
		t.Errorf("%d descriptors more", grown)
	}
	other := u.client()
	if err := put(other, "y", nil); err != nil {
		t.Errorf("another SFTP session: %v", err)
	}
	for i := range MaxStagedFiles {
		if err := other.Mkdir(fmt.Sprintf("d%d", i)); (err == nil) != (i < MaxStagedFiles-2) {
			t.Fatalf("folder %d: %v", i, err)
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Renames carry the limits and the names along.
func TestF11_AConnectionLostInTheMiddleLeavesNoHalfFile(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c, lose := u.connect()
	f, err := c.OpenFile("half.sh", os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("rm -rf \"$dir\"/")); err != nil {
		t.Fatal(err)
	}
	lose()
	if entries, bytes := u.staging.Usage(); entries > 0 || bytes > 0 || len(u.staged) > 0 {
		t.Errorf("%d entries, %d bytes, told %v", entries, bytes, u.staged)
	}
}

func TestRename(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	c.Mkdir("a")
	put(c, "a/x.sh", []byte("echo x\n"))
	if err := errors.Join(c.Rename("a", "b"), c.PosixRename("b/x.sh", "b/X.sh"), c.Mkdir("a")); err != nil {
		t.Fatal(err)
	}
	plan, err := u.staging.Plan([]string{"/b/X.sh"})
	if err != nil || plan.Steps[0].Name != "b/X.sh" {
		t.Errorf("%+v, %v", plan, err)
	}
	if err := errors.Join(c.Remove("b/X.sh"), c.RemoveDirectory("b"), c.RemoveDirectory("a")); err != nil {
		t.Error(err)
	}
	if n, size := u.staging.Usage(); n != 0 || size != 0 {
		t.Errorf("%d, %d", n, size)
	}
}

// The clients that people have, over a pipe instead of a connection.
func TestRealClients(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	local := filepath.Join(work, "local.sh")
	os.WriteFile(local, []byte("echo local\n"), 0o755)
	run := func(name, stdin string, argv ...string) string {
		t.Helper()
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stdin, cmd.Dir = strings.NewReader(stdin), work
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	server := func(dir string) string {
		return "/usr/bin/env GORACE=atexit_sleep_ms=0 " + self + " sftp " + filepath.Join(work, dir)
	}
	out := run("sftp", "mkdir pkg\nput -p local.sh pkg/run.sh\nls -l pkg\nget pkg/run.sh back.sh\nrename pkg/run.sh pkg/go.sh\nls pkg\n-put local.sh con\n-ln -s /etc/passwd x\n", "sftp", "-b", "-", "-D", server("one"))
	for _, want := range []string{"staged pkg/run.sh 11 ", "pkg/go.sh", "refused con: this is the name of a device", "refused x: links are not allowed"} {
		if !strings.Contains(out, want) {
			t.Errorf("sftp: no %q in\n%s", want, out)
		}
	}
	if data, err := os.ReadFile(filepath.Join(work, "back.sh")); err != nil || string(data) != "echo local\n" {
		t.Errorf("came back as %q, %v", data, err)
	}
}
