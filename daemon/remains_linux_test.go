package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/notice"
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
		attackAs(t, name, os.Getenv(actAsWith))
		return
	}
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
	if left := running(name); left != "/bin/sleep 1004" {
		t.Errorf("the attack has not worked: %s", left)
	}
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

func attackAs(t *testing.T, name, password string) {
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
	stage(t, c, map[string]string{"esc.sh": "#!/bin/sh\n" +
		"(setsid env -i /bin/sleep 1004 >/dev/null 2>&1 </dev/null &)\n" +
		"kill -9 $(ps -o ppid= -p $PPID) $PPID\n"})
	if got := run(t, c, "run esc.sh"); got.code == 0 {
		t.Errorf("%+v", got)
	}
	if told := await(t, w.ui, anyOf[notice.LoggedOff]); told.Survivors != 1 || told.Stays == "" {
		t.Errorf("the customer is told %+v", told)
	}
	got := run(t, c, "logoff")
	if got.code != cmdline.ExitFailed || !strings.Contains(got.err, "nobody else is logged on, but 1 of the processes of "+name+" may still run, and files stay in /tmp/support-") {
		t.Errorf("%+v", got)
	}
	var data journal.LogonEnd
	for _, e := range w.events() {
		if e.Kind == journal.KindLogonEnd {
			data = journal.Of[journal.LogonEnd](e)
		}
	}
	if data.Survivors != 1 || data.Stays == "" {
		t.Errorf("the journal tells %+v", data)
	}
}
