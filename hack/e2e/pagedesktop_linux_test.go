package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/hack/testkit/logindtest"
	"supportd/library/journal"
)

// desk is a computer with a desktop, for root's programs: a login manager, a browser, a
// home directory and the services that start at boot are the test's own. No program in it
// can restart the real computer.
type desk struct {
	t   *testing.T
	v   *visitor
	bus *logindtest.Bus
}

// deskScript makes the computer around a program: $1 is its directory, $2 the login
// manager's socket, $3 the id of its boot.
const deskScript = `set -e
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

// newDesk skips the test where there cannot be one.
func newDesk(t *testing.T, f front) *desk {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root makes a computer of its own")
	}
	for _, name := range []string{"unshare", "setpriv"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("there is no " + name)
		}
	}
	if info, err := os.Stat("/etc/systemd"); err != nil || !info.IsDir() {
		t.Skip("there is no place for units here")
	}
	v := arrives(t, f)
	// What lies in /tmp does not come back after a restart.
	dir, err := os.MkdirTemp("/var/tmp", "supportd-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	v.state = filepath.Join(dir, "state")
	script := fmt.Sprintf("#!/bin/sh\necho \"$1\" | sed 's#^/root/#%[1]s/home/#' >%[1]s/opened.new && mv %[1]s/opened.new %[1]s/opened\n", v.dir)
	for name, content := range map[string]string{"browser": script, "boot1": "11111111-1111-4111-8111-111111111111\n", "boot2": "22222222-2222-4222-8222-222222222222\n"} {
		if err := os.WriteFile(filepath.Join(v.dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(v.dir, "units"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &desk{t: t, v: v, bus: logindtest.Start(t)}
}

// command is a program on this computer, in one of its boots.
func (d *desk) command(boot string, program string, args ...string) *exec.Cmd {
	all := append([]string{"--mount", "--propagation", "private", "sh", "-c", deskScript, "sh", d.v.dir, strings.TrimPrefix(d.bus.Address, "unix:path="),
		filepath.Join(d.v.dir, boot), program}, args...)
	return exec.CommandContext(d.t.Context(), "unshare", all...)
}

// logIn lets root log in before windows of their own.
func (d *desk) logIn() {
	d.t.Helper()
	d.bus.AddSession("c7", 0, "root", "x11")
	shell := exec.CommandContext(d.t.Context(), "/bin/sh", "-c", "echo; read end")
	shell.Env = []string{"XDG_SESSION_ID=c7", "DISPLAY=:977", "XAUTHORITY=/none", "BROWSER=" + filepath.Join(d.v.dir, "browser")}
	shell.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := shell.StdinPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		in.Close()
		_ = shell.Wait()
	})
}

// A computer whose program runs as root: nobody is asked behind a locked screen, which is
// a No with its reason; and after a restart the program comes back with its page, which
// opens for whoever logs in and asks whether to go on.
func TestY13_ALockedScreenAndARestart(t *testing.T) {
	f := newFront(t)
	for _, l := range []struct{ language, restarted, locked, press string }{
		{"C", "Your computer restarted; support with Alice Kim (alice) is open again", "The screen was locked. Nothing was allowed.", "c-yes"},
		{"ko_KR", "컴퓨터가 다시 시작되었습니다. Alice Kim (alice) 상담원과의 지원이 다시 열렸습니다", "화면이 잠겨 있었습니다. 아무것도 허용되지 않았습니다.", "c-no"},
	} {
		t.Run(l.language, func(t *testing.T) {
			d := newDesk(t, f)
			v := d.v
			d.logIn()
			v.starts(d.command("boot1", v.program(), "--state", v.state), "HOME=/root", "LC_ALL="+l.language+".UTF-8")
			v.open()
			v.joins()

			d.bus.Session("c7", "LockedHint", true)
			v.wants(v.csr("sysinfo", "os"), 5, "locked")
			v.shows("events", l.locked)
			v.picture("locked-screen-" + l.language)
			d.bus.Session("c7", "LockedHint", false)
			v.answers("q-no", 5, "sysinfo", "os")

			v.wants(v.askedToRestart(), 0, "support comes back by itself")
			if !d.bus.Called("Reboot False") {
				t.Error("nobody was asked to restart the computer")
			}
			if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil { // as the system does on its way down
				t.Fatal(err)
			}
			v.ends()

			d.bus = logindtest.Start(t) // nobody has logged in since the boot
			v.starts(d.command("boot2", "sh", "-c", d.unitCommand()), "HOME=/root", "LC_ALL="+l.language+".UTF-8")
			testkit.Eventually(t, "it is connected again", func() bool {
				out, err := rig.Run(exec.CommandContext(t.Context(), programs().Agent, "status", "--json", "--state", v.state))
				return err == nil && strings.Contains(out, `"active"`)
			})
			d.logIn()
			v.open() // by itself
			v.shows("heading", l.restarted)
			v.seen("confirm")
			v.picture("restarted-" + l.language)
			v.press(l.press)
			if l.press == "c-yes" {
				v.shows("heading", "Alice Kim (alice) can help you now")
				v.answers("q-once", 0, "sysinfo", "os")
				v.do(clickStop())
			}
			v.ends()
			events := v.events()
			if last := events[len(events)-1]; last.Kind != journal.KindSessionEnd || last.Actor != journal.ByCustomer {
				t.Errorf("the last event is %s of %s", last.Kind, last.Actor)
			}
			if left, err := filepath.Glob(filepath.Join(v.dir, "units", "system", "*", "*")); err != nil || len(left) > 0 {
				t.Errorf("%v is left of the entry, %v", left, err)
			}
			locked := 0
			for _, a := range v.journaled() {
				if a.Answer.Why == "locked" && !a.Answer.Decision.Allowed() {
					locked++
				}
			}
			if locked != 1 {
				t.Errorf("%d questions were closed by a locked screen", locked)
			}
		})
	}
}

// askedToRestart lets the CSR restart the computer, and the customer allow it.
func (v *visitor) askedToRestart() <-chan told {
	v.t.Helper()
	asked := v.csr("reboot")
	v.seen("question")
	v.press("q-once")
	return asked
}

// unitCommand is what the service that starts at boot starts, which has to be the page.
func (d *desk) unitCommand() string {
	d.t.Helper()
	unit, err := os.ReadFile(filepath.Join(d.v.dir, "units", "system", "supportd-resume.service"))
	if err != nil {
		d.t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^ExecStart=:(.*)$`).FindStringSubmatch(string(unit))
	if found == nil || !strings.Contains(found[1], `"--ui" "page"`) {
		d.t.Fatalf("the service is another one:\n%s", unit)
	}
	return "exec " + found[1]
}

// Terminal and page ask together: the first answer counts, the other one closes, and the
// journal says from where it came.
func TestY7_TerminalAndPageTogether(t *testing.T) {
	f := newFront(t)
	d := newDesk(t, f)
	v := d.v
	d.logIn()
	cmd := d.command("boot1", v.program(), "--state", v.state)
	cmd.Env = append(os.Environ(), "DISPLAY=", "WAYLAND_DISPLAY=", "SSH_CONNECTION=", "HOME=/root", "LC_ALL=C.UTF-8")
	window, err := rig.OpenConsole(cmd, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(window.Close)
	says := func(text string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
		defer cancel()
		if err := window.Expect(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	types := func(text string) {
		t.Helper()
		if err := window.Type(text + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	v.open()
	says("Did you call us for help?")
	types("yes")
	says("A page in your browser shows the same")
	v.seen("session")

	onPage := v.csr("sysinfo", "os")
	says("Do you allow this?")
	v.seen("question")
	v.press("q-once")
	says("This question was answered on your other screen")
	v.wants(onPage, 0, "Linux")

	onTerminal := v.csr("sysinfo", "memory")
	v.seen("question")
	says("Do you allow this?")
	types("no")
	v.wants(onTerminal, 5, "said no")
	v.until("document.getElementById('question').hidden")
	v.shows("events", "Refused.")

	v.wants(v.csr("chat", "--send", "Hello from Alice"), 0)
	says("Hello from Alice")
	v.shows("chat", "Hello from Alice")
	types("hello from the terminal")
	v.shows("chat", "hello from the terminal")

	v.do(clickStop())
	says("Stopped.")
	var via []string
	for _, a := range v.journaled() {
		via = append(via, a.Answer.Via+" "+a.Answer.Decision.String())
	}
	if got := strings.Join(via, ", "); got != "page allowed-once, terminal denied" {
		t.Errorf("the journal says %s", got)
	}
}

// What the customer allows while they are away has a time limit, covers looking and
// running, and nothing else; taken back, it is over at once.
func TestY7_AllowedWhileAway(t *testing.T) {
	f := newFront(t)
	d := newDesk(t, f)
	v := d.v
	d.logIn()
	v.starts(d.command("boot1", v.program(), "--state", v.state), "HOME=/root", "LC_ALL=C.UTF-8")
	v.open()
	v.joins()
	v.do(chromedp.Click(chromedp.CSS("#away-offer summary")))
	v.shows("away-offer", "before they restart it")
	v.picture("away-offer")
	v.press("away-go")
	v.shows("away-now", "may do this without asking you: seeing information about this computer, running programs on this computer.")
	v.picture("away")
	v.wants(v.csr("sysinfo", "os"), 0, "Linux")
	v.sends(map[string]string{"1.sh": "#!/bin/sh\necho one\n"})
	v.wants(v.csr("run", "1.sh"), 0, "one")
	v.answers("q-no", 5, "reboot")
	v.do(chromedp.Click(chromedp.CSS("#away-back")))
	v.shows("allowed-box", "Nothing. You are asked first, every time.")
	v.answers("q-no", 5, "sysinfo", "os")
	allowed := 0
	for _, e := range v.events() {
		if e.Kind != journal.KindConsentAllow {
			continue
		}
		allowed++
		if given := journal.Of[journal.ConsentAllow](e); given.Until.Sub(e.Time) > 15*time.Minute+time.Second || given.Until.Before(e.Time) || len(given.Kinds) != 2 {
			t.Errorf("it allows %v until %v", given.Kinds, given.Until)
		}
	}
	if allowed != 1 {
		t.Errorf("%d times something was allowed", allowed)
	}
	v.do(clickStop())
	v.ends()
}
