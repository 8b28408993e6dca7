//go:build linux

// Package logindtest runs a login manager for tests: a D-Bus of its own with
// dbusmock's logind on it. Nothing of the real system is touched.
package logindtest

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	service = "org.freedesktop.login1"
	root    = dbus.ObjectPath("/org/freedesktop/login1")
	mock    = "org.freedesktop.DBus.Mock."
	// Manager is the interface whose methods [Bus.Method] replaces.
	Manager = service + ".Manager"
)

// Bus is a private bus with a mocked logind.
type Bus struct {
	Address string

	t    testing.TB
	conn *dbus.Conn
	log  string
}

const python = "/usr/bin/python3"

// Missing says which of the programs that [Start] needs is not there; "" is none.
func Missing() string {
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		return "no dbus-daemon: install dbus"
	}
	if exec.Command(python, "-c", "import dbusmock").Run() != nil {
		return "no dbusmock: install python3-dbusmock"
	}
	return ""
}

// Start starts the bus, and ends it with the test. It skips the test where the
// programs are missing, unless they have to be there.
func Start(t testing.TB) *Bus {
	t.Helper()
	if why := Missing(); why != "" {
		t.Skip(why)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	b := &Bus{Address: "unix:path=" + filepath.Join(dir, "bus"), t: t, log: filepath.Join(dir, "calls")}
	text := `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><keep_umask/><listen>` + b.Address + `</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--nopidfile", "--print-address=1")
	address := b.run(daemon)
	if _, err := bufio.NewReader(address).ReadString('\n'); err != nil {
		t.Fatalf("dbus-daemon: %v", err)
	}
	logind := exec.Command(python, "-m", "dbusmock", "--system", "--template", "logind", "-l", b.log)
	logind.Env = append(logind.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+b.Address)
	b.run(logind)
	var err error
	if b.conn, err = dbus.Connect(b.Address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.conn.Close() })
	b.await()
	return b
}

// run starts a program that ends with the test.
func (b *Bus) run(cmd *exec.Cmd) io.Reader {
	b.t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return out
}

// await returns when the mock has its name on the bus.
func (b *Bus) await() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	for {
		var owner string
		err := b.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, service).Store(&owner)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			b.t.Fatalf("the mocked logind does not come up: %v", err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (b *Bus) call(method string, args ...any) *dbus.Call {
	b.t.Helper()
	call := b.conn.Object(service, root).CallWithContext(b.t.Context(), method, 0, args...)
	if call.Err != nil {
		b.t.Fatalf("%s: %v", method, call.Err)
	}
	return call
}

// Method replaces a method of the manager: in and out are D-Bus signatures, code
// is Python with args and ret.
func (b *Bus) Method(name, in, out, code string) {
	b.t.Helper()
	b.call(mock+"AddMethod", Manager, name, in, out, code)
}

// Refuse makes a method of the manager fail with a D-Bus error.
func (b *Bus) Refuse(name, in, out, kind string) {
	b.t.Helper()
	b.Method(name, in, out, `raise dbus.exceptions.DBusException("refused by the test", name="`+kind+`")`)
}

// Inhibit takes an inhibitor, and gives it back with the test's end.
func (b *Bus) Inhibit(what, who, why, mode string) {
	b.t.Helper()
	var fd dbus.UnixFD
	if err := b.call(Manager+".Inhibit", what, who, why, mode).Store(&fd); err != nil {
		b.t.Fatal(err)
	}
	held := os.NewFile(uintptr(fd), "inhibitor")
	b.t.Cleanup(func() { held.Close() })
}

// AddSession logs a user in on seat0; kind is "x11", "tty" and so on.
func (b *Bus) AddSession(id string, uid uint32, user, kind string) {
	b.t.Helper()
	b.call(mock+"AddSession", id, "seat0", uid, user, true)
	b.Session(id, "Type", kind)
}

// Session changes a property of a session, such as "LockedHint".
func (b *Bus) Session(id, property string, value any) {
	b.t.Helper()
	path := root + dbus.ObjectPath("/session/"+id)
	properties := map[string]dbus.Variant{property: dbus.MakeVariant(value)}
	call := b.conn.Object(service, path).CallWithContext(b.t.Context(), mock+"UpdateProperties", 0, service+".Session", properties)
	if call.Err != nil {
		b.t.Fatal(call.Err)
	}
}

// Called reports whether the log of calls holds one, such as "Reboot False".
func (b *Bus) Called(call string) bool {
	b.t.Helper()
	text, err := os.ReadFile(b.log)
	if err != nil {
		b.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if _, said, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasPrefix(said, call) {
			return true
		}
	}
	return false
}
