package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit/logindtest"
)

// computer is one for root's programs: a login manager, a home directory and the services
// that start at boot are the test's own. No program in it can restart the real computer.
type computer struct {
	dir   string // what it is made of
	state string // where a program keeps what a restart must leave
	bus   *logindtest.Bus
	boots int // so far, where a script starts them
}

// computerScript makes the computer around a program: $1 is its directory, $2 the login
// manager's socket, $3 the id of its boot. The real login manager is nowhere in it, the
// tools that restart do nothing, and the system would not let them.
const computerScript = `set -e
dir=$1 bus=$2 boot=$3
shift 3
mount -t tmpfs none /run
mkdir /run/dbus
ln -s "$bus" /run/dbus/system_bus_socket
mount --bind "$dir/home" /root
mount --bind "$dir/units" /etc/systemd
mount --bind "$boot" /proc/sys/kernel/random/boot_id
for tool in /sbin/reboot /sbin/shutdown /usr/sbin/reboot /usr/sbin/shutdown /bin/systemctl /usr/bin/systemctl; do
  if test -e $tool; then mount --bind /bin/false $tool; fi
done
exec setpriv --bounding-set -sys_boot "$@"
`

// noComputer says why there cannot be one here; "" where there can.
func noComputer() string {
	if os.Getuid() != 0 {
		return "only root makes a computer of its own"
	}
	for _, name := range []string{"unshare", "setpriv"} {
		if _, err := exec.LookPath(name); err != nil {
			return "there is no " + name
		}
	}
	if info, err := os.Stat("/etc/systemd"); err != nil || !info.IsDir() {
		return "there is no place for units here"
	}
	return logindtest.Missing()
}

// newComputer makes one of what lies in dir.
func newComputer(t testing.TB, dir string) *computer {
	t.Helper()
	// What lies in /tmp does not come back after a restart.
	kept, err := os.MkdirTemp("/var/tmp", "supportd-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(kept) })
	err = errors.Join(os.MkdirAll(filepath.Join(dir, "home"), 0o700), os.Mkdir(filepath.Join(dir, "units"), 0o755))
	for i := 1; i <= 2; i++ {
		id := strings.ReplaceAll("11111111-1111-4111-8111-111111111111\n", "1", fmt.Sprint(i))
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, fmt.Sprint("boot", i)), []byte(id), 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	return &computer{dir: dir, state: filepath.Join(kept, "state"), bus: logindtest.Start(t)}
}

// command is a program on this computer, in one of its boots.
func (c *computer) command(ctx context.Context, boot string, program string, args ...string) *exec.Cmd {
	all := append([]string{"--mount", "--propagation", "private", "sh", "-c", computerScript, "sh", c.dir, strings.TrimPrefix(c.bus.Address, "unix:path="),
		filepath.Join(c.dir, boot), program}, args...)
	return exec.CommandContext(ctx, "unshare", all...)
}

// started is what the service that starts at boot starts, as a shell runs it.
func (c *computer) started() (string, error) {
	unit, err := os.ReadFile(filepath.Join(c.dir, "units", "system", "supportd-resume.service"))
	if err != nil {
		return "", err
	}
	found := regexp.MustCompile(`(?m)^ExecStart=:(.*)$`).FindStringSubmatch(string(unit))
	if found == nil {
		return "", fmt.Errorf("it starts nothing:\n%s", unit)
	}
	return "exec " + found[1], nil
}

func cmdComputer(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "computer VARIABLE")
	p := of(ts)
	dir := ts.MkAbs(args[0])
	ts.Check(os.Mkdir(dir, 0o700))
	c := newComputer(p.t, dir)
	p.computers[args[0]] = c
	ts.Setenv(args[0], c.state)
}

// computerOf is the computer that a command names first.
func computerOf(ts *testscript.TestScript, name string) *computer {
	c, ok := of(ts).computers[name].(*computer)
	if !ok {
		ts.Fatalf("there is no computer %s", name)
	}
	return c
}

func cmdBoots(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "boots COMPUTER NAME [PROGRAM [ARG...]]")
	p, c := of(ts), computerOf(ts, args[0])
	line := args[2:]
	if len(line) == 0 {
		command, err := c.started()
		ts.Check(err)
		line = []string{"sh", "-c", command}
	}
	if c.boots++; c.boots > 1 {
		c.bus = logindtest.Start(p.t) // nobody has logged in since the boot
	}
	if old := p.consoles[args[1]]; old != nil {
		old.Close()
	}
	cmd := c.command(p.ctx, fmt.Sprint("boot", c.boots), line[0], line[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(surroundings(ts), "HOME=/root", "DISPLAY=", "WAYLAND_DISPLAY=", "SSH_CONNECTION=")
	window, err := rig.OpenWindow(cmd, p.window, nil)
	ts.Check(err)
	p.consoles[args[1]] = window
}

func cmdGoesDown(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "goes-down COMPUTER NAME")
	c := computerOf(ts, args[0])
	eventually(ts, func() error {
		if !c.bus.Called("Reboot False") {
			return errors.New("nobody asked for a restart")
		}
		return nil
	})
	ts.Check(console(ts, args[1]).Process().Signal(syscall.SIGTERM)) // as the system does on its way down
}

func cmdStarts(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, true, args, 1, "[!] starts COMPUTER")
	units, err := filepath.Glob(filepath.Join(computerOf(ts, args[0]).dir, "units", "system", "*", "*"))
	ts.Check(err)
	if len(units) > 0 == neg {
		ts.Fatalf("what starts at boot: %v", units)
	}
}

// systemCommands are those that need this system.
func systemCommands() map[string]command {
	return map[string]command{"computer": cmdComputer, "boots": cmdBoots, "goes-down": cmdGoesDown, "starts": cmdStarts, "knows": cmdKnows}
}
