package e2e_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

// manager is what systemd is to a service: it opens the port and hears how it is.
type manager struct {
	t      *testing.T
	dir    string
	port   *net.TCPListener
	notify *net.UnixConn
}

// start starts the relay as a unit of Type=notify with a socket unit does.
func (m *manager) start(ctx context.Context) *exec.Cmd {
	m.t.Helper()
	passed, err := m.port.File()
	if err != nil {
		m.t.Fatal(err)
	}
	defer passed.Close()
	cmd := exec.CommandContext(ctx, "sh", "-c", `LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$0" serve --config "$1"`, programs().Relay, filepath.Join(m.dir, "relay.toml"))
	cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=ssh", "WATCHDOG_USEC=100000", "NOTIFY_SOCKET="+m.notify.LocalAddr().String())
	cmd.ExtraFiles = []*os.File{passed}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	return cmd
}

// hears waits until the relay has said this.
func (m *manager) hears(state string) {
	m.t.Helper()
	if err := m.notify.SetReadDeadline(time.Now().Add(testkit.Patience)); err != nil {
		m.t.Fatal(err)
	}
	for p := make([]byte, 100); ; {
		n, err := m.notify.Read(p)
		if err != nil {
			m.t.Fatalf("waiting for %s: %v", state, err)
		}
		if string(p[:n]) == state {
			return
		}
	}
}

// TestO6_TheServiceManagerHoldsThePort proves what the unit files rely on: the relay
// needs no right to open a port, says when it is ready, that it lives, and that it
// stops; and who connects while it restarts is served by the next one.
func TestO6_TheServiceManagerHoldsThePort(t *testing.T) {
	dir := t.TempDir()
	config := "data = \"" + filepath.Join(dir, "data") + "\"\nlisten = \"192.0.2.1:1\"\n" // not an address of this computer
	if err := os.WriteFile(filepath.Join(dir, "relay.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	port, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 4*rig.Patience)
	defer cancel()
	m := &manager{t: t, dir: dir, port: port, notify: notify}

	first := m.start(ctx)
	m.hears("READY=1")
	m.hears("WATCHDOG=1")
	if err := first.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	m.hears("READY=1")
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	m.hears("STOPPING=1")
	if err := first.Wait(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}

	waits, err := net.Dial("tcp", port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer waits.Close()
	second := m.start(ctx)
	if err := waits.SetReadDeadline(time.Now().Add(testkit.Patience)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(waits).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "SSH-2.0-") {
		t.Errorf("who came while it restarted got %q, %v", line, err)
	}
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
}
