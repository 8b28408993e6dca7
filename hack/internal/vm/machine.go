//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// machine is a virtual machine with root on its serial console.
type machine struct {
	cmd     *exec.Cmd
	dir     string
	console net.Conn
	exited  chan struct{}
	reading sync.WaitGroup

	mu      sync.Mutex
	text    []byte
	came    []arrival // in this order
	seen    int
	changed chan struct{}
}

// prompt is what root's shell on the console waits with.
const prompt = "root@vm:~# "

// boot starts a machine on a copy of the disk, in memory where that is possible.
func boot(kernel, disk string) (*machine, error) {
	dir, err := os.MkdirTemp("/dev/shm", "supportd-vm-")
	if err != nil {
		if dir, err = os.MkdirTemp("", "supportd-vm-"); err != nil {
			return nil, err
		}
	}
	m := &machine{dir: dir, exited: make(chan struct{}), changed: make(chan struct{})}
	if out, err := exec.Command("cp", "--sparse=always", disk, filepath.Join(dir, "disk")).CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", err, out), os.RemoveAll(dir))
	}
	m.cmd = exec.Command("qemu-system-x86_64",
		"-M", "q35", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "qemu64", "-smp", "2", "-m", "512",
		"-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
		"-kernel", kernel, "-append", "console=ttyS0 root=/dev/nvme0n1 rw rootfstype=ext4 net.ifnames=0 mitigations=off "+
			"nokaslr quiet loglevel=3 systemd.show_status=0 audit=0 selinux=0 apparmor=0 tsc=reliable no_timer_check "+
			"random.trust_cpu=on nmi_watchdog=0 reboot=k",
		"-drive", "file="+filepath.Join(dir, "disk")+",if=none,id=d0,format=raw,cache=unsafe", "-device", "nvme,drive=d0,serial=1",
		"-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,romfile=",
		"-chardev", "socket,id=c0,path="+filepath.Join(dir, "console")+",server=on,wait=off", "-serial", "chardev:c0")
	m.cmd.Stderr = os.Stderr
	if err := m.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() { defer close(m.exited); _ = m.cmd.Wait() }()
	if err := m.connect(); err != nil {
		m.stop()
		return nil, err
	}
	return m, nil
}

func (m *machine) connect() (err error) {
	for range 200 {
		if m.console, err = net.Dial("unix", filepath.Join(m.dir, "console")); err == nil {
			m.reading.Go(m.read)
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return err
}

func (m *machine) read() {
	escapes := regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|\r`)
	buf := make([]byte, 4096)
	for {
		n, err := m.console.Read(buf)
		m.mu.Lock()
		m.text = append(m.text, escapes.ReplaceAll(buf[:n], nil)...)
		m.came = append(m.came, arrival{len(m.text), time.Now()})
		close(m.changed)
		m.changed = make(chan struct{})
		m.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// arrival says when the console's text had a length.
type arrival struct {
	length int
	at     time.Time
}

// expect waits for text on the console and returns what stood before it.
func (m *machine) expect(ctx context.Context, text string) (string, error) {
	before, _, err := m.expectAt(ctx, text)
	return before, err
}

// expectAt also says when the text had come, however late it is looked for.
func (m *machine) expectAt(ctx context.Context, text string) (before string, came time.Time, err error) {
	for {
		m.mu.Lock()
		rest := m.text[m.seen:]
		at := bytes.Index(rest, []byte(text))
		if at >= 0 {
			m.seen += at + len(text)
			whole := slices.IndexFunc(m.came, func(a arrival) bool { return a.length >= m.seen })
			came := m.came[whole].at
			m.mu.Unlock()
			return string(rest[:at]), came, nil
		}
		changed, unseen := m.changed, string(rest)
		m.mu.Unlock()
		select {
		case <-changed:
		case <-m.exited:
			return "", came, fmt.Errorf("the machine ended while waiting for %q; the console shows:\n%s", text, unseen)
		case <-ctx.Done():
			return "", came, fmt.Errorf("waiting for %q: %w; the console shows:\n%s", text, context.Cause(ctx), unseen)
		}
	}
}

// run runs a command as root and returns its output and exit code.
func (m *machine) run(ctx context.Context, command string) (string, int, error) {
	const mark = "=exit="
	if _, err := io.WriteString(m.console, command+"; echo \""+mark[:1]+"\""+mark[1:]+"$?=\n"); err != nil {
		return "", 0, err
	}
	out, err := m.expect(ctx, "\n"+mark)
	if err != nil {
		// Output without a line end has the mark right behind it.
		return "", 0, err
	}
	number, err := m.expect(ctx, "=\n")
	if err != nil {
		return "", 0, err
	}
	if _, err := m.expect(ctx, prompt); err != nil {
		return "", 0, err
	}
	_, out, _ = strings.Cut(out+"\n", "\n") // the first line is the command itself
	code := 0
	_, err = fmt.Sscan(number, &code)
	return strings.TrimSpace(out), code, err
}

// must is run for commands that have to succeed.
func (m *machine) must(ctx context.Context, command string) (string, error) {
	out, code, err := m.run(ctx, command)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d\n%s", command, code, out)
	}
	return out, err
}

// stop cuts the power.
func (m *machine) stop() {
	_ = m.cmd.Process.Kill()
	<-m.exited
	if m.console != nil {
		_ = m.console.Close()
	}
	m.reading.Wait()
	_ = os.RemoveAll(m.dir)
}
