package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// space is a network of its own, with names of its own. It lasts as long as its first
// process, which ends with the test, however that ends.
type space struct {
	t       *testing.T
	pid     string
	network *os.File
}

// newSpace makes a network that leads nowhere yet. hosts is its whole /etc/hosts.
func newSpace(t *testing.T, hosts string) *space {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"hosts": hosts, "resolv.conf": "nameserver 127.0.0.1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const setUp = `set -e
for f in hosts resolv.conf; do [ ! -e /etc/$f ] || mount --bind "$1/$f" /etc/$f; done
f=/proc/sys/net/ipv6/conf/default/accept_dad
[ ! -e $f ] || echo 0 >$f
ip link set lo up
echo ready
exec cat`
	first := exec.Command("unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", setUp, "sh", dir)
	first.Stderr = t.Output()
	in, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := first.StdoutPipe()
	if err == nil {
		err = first.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = first.Wait() })
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		t.Fatal("a network of its own: ", err)
	}
	s := &space{t: t, pid: strconv.Itoa(first.Process.Pid)}
	if s.network, err = os.Open("/proc/" + s.pid + "/ns/net"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.network.Close() })
	return s
}

// command is a program there. A name space of mounts is entered at its own root; where the
// tests run below another one (chroot), the programs are there.
func (s *space) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"--target", s.pid, "--net", "--mount", "--root", "--"}, args...)...)
}

// ip runs commands of ip(8) there, one a line.
func (s *space) ip(format string, args ...any) {
	s.t.Helper()
	cmd := s.command(s.t.Context(), "ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf(format, args...))
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("ip: %v\n%s\n%s", err, fmt.Sprintf(format, args...), out)
	}
}

// forward lets packets through.
func (s *space) forward() {
	s.t.Helper()
	err := s.within(func() error {
		for _, f := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
			if err := os.WriteFile("/proc/sys/net/"+f, []byte("1"), 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// within runs f on a thread that is in this network. Sockets that f makes stay there;
// goroutines that it starts are elsewhere.
func (s *space) within(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Setns(int(s.network.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// dial connects from there; addr is an IP address and a port.
func (s *space) dial(addr string) (nc net.Conn, err error) {
	err = s.within(func() error { nc, err = net.Dial("tcp", addr); return err })
	return nc, err
}

// serve handles the connections to a port there until the test is over.
func (s *space) serve(port int, handle func(net.Conn)) {
	s.t.Helper()
	var l net.Listener
	err := s.within(func() (err error) { l, err = net.Listen("tcp", fmt.Sprintf(":%d", port)); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	var mu sync.Mutex
	var work sync.WaitGroup
	open, over := map[net.Conn]bool{}, false
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			if over {
				c.Close()
			}
			open[c] = true
			mu.Unlock()
			work.Go(func() {
				defer c.Close()
				handle(c)
				mu.Lock()
				defer mu.Unlock()
				delete(open, c)
			})
		}
	})
	s.t.Cleanup(func() {
		l.Close()
		mu.Lock()
		over = true
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		work.Wait()
	})
}
