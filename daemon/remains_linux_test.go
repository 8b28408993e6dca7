package daemon

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/notice"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// The names of what the test gives to itself when it runs as a customer.
const (
	actAs     = "TEST_ACT_AS"
	actAsWith = "TEST_ACT_AS_WITH"
)

// A script kills what watches over it. An ordinary customer's support-agent may
// then not end what it has left, and says so to everybody.
func TestU11_SurvivorsAreTold(t *testing.T) {
	if name := os.Getenv(actAs); name != "" {
		w, c := attackAs(t, name, os.Getenv(actAsWith), " $w")
		if got := run(t, c, "run esc.sh"); got.code == 0 {
			t.Errorf("%+v", got)
		}
		expectRemains(t, w, c, name, 1)
		return
	}
	if left := attackedAs(t); left != "/bin/sleep 1004" {
		t.Errorf("the attack has not worked: %s", left)
	}
}

// A script stops what watches over it instead. Who waits for that would wait for ever:
// the run, the end of the logon, and Stop.
func TestU11_AStoppedWorkerHoldsUpNobody(t *testing.T) {
	if name := os.Getenv(actAs); name != "" {
		w, c := attackAs(t, name, os.Getenv(actAsWith), "")
		wait := start(t, c, "run esc.sh")
		testkit.Eventually(t, "the attack", func() bool { return strings.Contains(running(name), "sleep 1004") })
		began := time.Now()
		w.stop(errTestStop)
		if err := w.ended(); !errors.Is(err, errTestStop) {
			t.Error(err)
		}
		// What may be ended ends within a second; then it is looked whether the rest ends by itself.
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("Stop took %v", took)
		}
		if got := wait(); got.code == 0 {
			t.Errorf("%+v", got)
		}
		if told := await(t, w.ui, anyOf[notice.LoggedOff]); told.Survivors < 2 || told.Stays == "" {
			t.Errorf("the customer is told %+v", told)
		}
		return
	}
	if left := attackedAs(t); !strings.Contains(left, "/bin/sleep 1004") || !strings.Contains(left, account.WorkerVerb) {
		t.Errorf("the attack has not worked: %s", left)
	}
}

// attackedAs runs this test as a customer who logs on as another user, and returns what
// of that user's runs afterwards.
func attackedAs(t *testing.T) string {
	t.Helper()
	customer, _ := realUser(t)
	name, password := realUser(t)
	t.Cleanup(func() { _ = exec.Command("pkill", "-KILL", "-U", name).Run() })
	t.Cleanup(func() {
		_ = exec.Command("find", os.TempDir(), "-maxdepth", "1", "-user", name, "-exec", "rm", "-r", "{}", "+").Run()
	})
	out, err := again(t, customer, actAs+"="+name, actAsWith+"="+password)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return running(name)
}

// again runs this test as another user.
func again(t *testing.T, as string, environment ...string) (string, error) {
	t.Helper()
	who, err := user.Lookup(as)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd := exec.Command("/proc/self/fd/3", "-test.run=^"+t.Name()+"$")
	cmd.Dir, cmd.ExtraFiles = "/", []*os.File{self}
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + who.HomeDir}, environment...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// attackAs logs on and stages a script that escapes from what watches over it: it stops
// the worker, kills its supervisor, and what else kill says.
func attackAs(t *testing.T, name, password, kill string) (*world, *ssh.Client) {
	t.Helper()
	w := newWorld(t, func(w *world, o *Options) {
		withAccounts(t, consent.Kinds()...)(w, o)
		system := o.Accounts.(account.System)
		system.Program = "/proc/self/exe" // its path may be root's only
		o.Accounts = system
	})
	c := w.csr()
	if got := typeSecret(t, c, "logon-as "+name, password+"\r"); got.code != 0 {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	if exec.Command("cat", fmt.Sprintf("/proc/%d/environ", os.Getpid())).Run() == nil {
		t.Error("other programs of the customer read the daemon's memory, where the password was typed")
	}
	// The one that kills was started apart: what the script starts dies with its
	// supervisor. The worker is stopped first, so that nobody can act between the two
	// ends, however busy the computer is.
	stage(t, c, map[string]string{"esc.sh": "#!/bin/sh\n" +
		"w=$(ps -o ppid= -p $PPID)\n" +
		"setsid env -i /bin/sh -c \"kill -STOP $w; kill -9 $PPID" + kill + "; exec /bin/sleep 1004\" >/dev/null 2>&1 </dev/null &\n" +
		"wait\n"})
	return w, c
}

// expectRemains expects that customer, CSR and journal are told of n processes and of
// a directory.
func expectRemains(t *testing.T, w *world, c *ssh.Client, name string, n int) {
	t.Helper()
	if told := await(t, w.ui, anyOf[notice.LoggedOff]); told.Survivors != n || told.Stays == "" {
		t.Errorf("the customer is told %+v", told)
	}
	// The customer is told a moment before the logon is over: until then a logoff is told that
	// it has logged off.
	want := fmt.Sprintf("nobody else is logged on, but %d of the processes of "+name+" may still run, and files stay in /tmp/support-", n)
	testkit.Eventually(t, want, func() bool {
		got := run(t, c, "logoff")
		return got.code == cmdline.ExitFailed && strings.Contains(got.err, want)
	})
	var data journal.LogonEnd
	for _, e := range w.events() {
		if e.Kind == journal.KindLogonEnd {
			data = journal.Of[journal.LogonEnd](e)
		}
	}
	if data.Survivors != n || data.Stays == "" {
		t.Errorf("the journal tells %+v", data)
	}
}
