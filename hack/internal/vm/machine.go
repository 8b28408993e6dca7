//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// machine is a virtual machine with root on its first serial line.
type machine struct {
	*console          // root's
	seat     *console // the second line, where nobody is logged in
	cmd      *exec.Cmd
	dir      string
	exited   chan struct{}
}

// prompt is what root's shell on the console waits with.
const prompt = "root@vm:~# "

// cable leads to another machine: what is written into a socket comes out of the other's.
type cable struct{ own, other string }

// boot starts a machine on copies of the disks, in memory where that is possible. The
// first one is its own. Its cables are eth1, eth2 and so on.
func boot(kernel string, cables []cable, disks ...string) (*machine, error) {
	dir, err := os.MkdirTemp("/dev/shm", "supportd-vm-")
	if err != nil {
		if dir, err = os.MkdirTemp("", "supportd-vm-"); err != nil {
			return nil, err
		}
	}
	m := &machine{dir: dir, exited: make(chan struct{})}
	args := []string{
		"-M", "q35", "-cpu", "qemu64", "-smp", "2", "-m", "512",
		"-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
		"-kernel", kernel, "-append", "console=ttyS0 root=/dev/nvme0n1 rw rootfstype=ext4 net.ifnames=0 mitigations=off " +
			"nokaslr quiet loglevel=3 systemd.show_status=0 audit=0 selinux=0 apparmor=0 tsc=reliable no_timer_check " +
			"random.trust_cpu=on nmi_watchdog=0 reboot=k",
		"-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,romfile=",
	}
	for i, c := range cables {
		n := "n" + strconv.Itoa(i+1)
		args = append(args, "-netdev", "dgram,id="+n+",local.type=unix,local.path="+c.own+",remote.type=unix,remote.path="+c.other,
			"-device", fmt.Sprintf("virtio-net-pci,netdev=%s,romfile=,mac=52:54:00:00:%02x:%02x", n, c.own[len(c.own)-1], c.other[len(c.other)-1]))
	}
	args = append(args, "-accel", "tcg,thread=multi,tb-size=512")
	for i, disk := range disks {
		n := strconv.Itoa(i)
		copied := filepath.Join(dir, "disk"+n)
		if out, err := exec.Command("cp", "--sparse=always", disk, copied).CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %s", err, out), os.RemoveAll(dir))
		}
		args = append(args, "-drive", "file="+copied+",if=none,id=d"+n+",format=raw,cache=unsafe", "-device", "nvme,drive=d"+n+",serial="+n)
	}
	lines := []string{filepath.Join(dir, "console"), filepath.Join(dir, "seat")}
	for i, line := range lines {
		n := strconv.Itoa(i)
		args = append(args, "-chardev", "socket,id=c"+n+",path="+line+",server=on,wait=off", "-serial", "chardev:c"+n)
	}
	m.cmd = exec.Command("qemu-system-x86_64", args...)
	m.cmd.Stderr = os.Stderr
	if err := m.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() { defer close(m.exited); _ = m.cmd.Wait() }()
	if m.console, err = openConsole(lines[0], m.exited); err == nil {
		m.seat, err = openConsole(lines[1], m.exited)
	}
	if err != nil {
		m.stop()
		return nil, err
	}
	return m, nil
}

// stop cuts the power.
func (m *machine) stop() {
	_ = m.cmd.Process.Kill()
	<-m.exited
	for _, c := range []*console{m.console, m.seat} {
		if c != nil {
			c.close()
		}
	}
	_ = os.RemoveAll(m.dir)
}
