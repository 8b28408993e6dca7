package account

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"supportd/daemon/internal/jobobject"
)

// duplicateOf is another handle to a file, as a process that is started has it.
func duplicateOf(f *os.File) (*os.File, error) {
	h, err := inheritable(f)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), f.Name()), nil
}

// ourselves starts what the service would start, as the user of the tests: Wine has no
// other user and no such service.
type ourselves struct {
	secondaryCalls
	t *testing.T
}

func (o ourselves) Start(c secondaryCall) (io.Closer, error) {
	cmd := exec.Command(c.program)
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: c.line}
	cmd.Dir, cmd.Stdin, cmd.Stdout = c.dir, c.in, c.out
	if err := jobobject.Start(cmd, o.job); err != nil {
		return nil, err
	}
	o.t.Cleanup(func() { _ = cmd.Wait() })
	err := cmd.Process.WithHandle(func(h uintptr) {
		self := windows.CurrentProcess()
		if err := windows.DuplicateHandle(self, windows.Handle(h), self, o.holder, 0, false, windows.DUPLICATE_SAME_ACCESS); err != nil {
			o.t.Error(err)
		}
	})
	return &ender{process: *o.holder}, err
}

func parentOf(t *testing.T, cmd *exec.Cmd) (parent uint32) {
	t.Helper()
	err := cmd.Process.WithHandle(func(h uintptr) {
		var info windows.PROCESS_BASIC_INFORMATION
		if err := windows.NtQueryInformationProcess(windows.Handle(h), windows.ProcessBasicInformation, unsafe.Pointer(&info), uint32(unsafe.Sizeof(info)), nil); err != nil {
			t.Error(err)
		}
		parent = uint32(info.InheritedFromUniqueProcessId)
	})
	if err != nil {
		t.Error(err)
	}
	return parent
}

// TestProgramsAreChildrenOfTheHolder holds that what a logon starts without the privilege
// has the holder as its parent, lies in the job, writes to our pipes, and ends with it.
func TestProgramsAreChildrenOfTheHolder(t *testing.T) {
	job, err := jobobject.New(0)
	if err != nil {
		t.Fatal(err)
	}
	var holder windows.Handle
	standing, err := logOnSecondary(t.Context(), ourselves{secondaryCalls{job, &holder}, t}, os.Getenv("USERNAME"), utf16Of([]byte("secret")), false)
	if err != nil {
		t.Fatal(err)
	}
	l := &Logon{job: job, holder: holder, standing: standing, lost: make(chan struct{})}
	l.identity.Env, l.identity.Temp = standing.env, standing.temp
	inside, err := jobobject.New(10)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	shell := filepath.Join(os.Getenv("SystemRoot"), "system32", "cmd.exe")
	out, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(shell, "/d", "/c", "echo %TEMP%& echo x>file")
	cmd.Env, cmd.Dir, cmd.Stdout = standing.env, standing.temp, write
	err = l.StartInside(cmd, inside)
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	// Not until its end: Wine leaves a handle to the pipe in the holder.
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(said) != standing.temp {
		t.Errorf("%q, %v; want %s", said, err, standing.temp)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(standing.temp, "file")); err != nil {
		t.Error(err)
	}
	endless := exec.Command(shell, "/d", "/k")
	in, err := endless.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := l.StartInside(endless, nil); err != nil {
		t.Fatal(err)
	}
	want, err := windows.GetProcessId(holder)
	if err != nil {
		t.Fatal(err)
	}
	if got := parentOf(t, endless); got != want {
		t.Errorf("its parent is %d and not the holder, %d", got, want)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if l, err := logOnByService(t.Context(), "kim", utf16Of([]byte("secret"))); err == nil {
		t.Error("a password that is nobody's logs on")
		_ = l.Close()
	} else {
		t.Log(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- endless.Wait() }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("a program outlives the logon")
	}
	if _, err := os.Stat(standing.temp); err == nil {
		t.Errorf("%s stays", standing.temp)
	}
}

// TestAHolderWithATokenOfOurs starts the holder with a token and not a password: that of
// the tests, since nobody else's is to be had here.
func TestAHolderWithATokenOfOurs(t *testing.T) {
	if !elevated() {
		t.Skip("only an administrator starts programs with a token")
	}
	job, err := jobobject.New(0)
	if err != nil {
		t.Fatal(err)
	}
	defer job.Close()
	var own, ours windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS, &own); err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if err := windows.DuplicateTokenEx(own, windows.TOKEN_ALL_ACCESS, nil, windows.SecurityImpersonation, windows.TokenPrimary, &ours); err != nil {
		t.Fatal(err)
	}
	var holder windows.Handle
	w := withToken{secondaryCalls{job, &holder}, batchToken{ours}}
	standing, err := logOnSecondary(t.Context(), w, os.Getenv("USERNAME"), utf16Of([]byte("secret")), true)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[bool]Rights{true: WholeRights, false: UsualRights}[own.IsElevated()]; standing.rights != want {
		t.Errorf("rights %q, want %q", standing.rights, want)
	}
	if standing.home == "" || len(standing.env) < 5 {
		t.Errorf("%+v", standing)
	}
	if err := standing.close(); err != nil {
		t.Error(err)
	}
	if err := job.End(20 * time.Second); err != nil {
		t.Error(err)
	}
}

// withToken brings a token that is there already.
type withToken struct {
	secondaryCalls
	token userToken
}

func (w withToken) LogOn(secondaryCall) (userToken, error) { return w.token, nil }

// TestTheTokensOfThisSystem asks Windows about the tests' own token.
func TestTheTokensOfThisSystem(t *testing.T) {
	var own windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS, &own); err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	kind, err := about(own, windows.TokenType)
	if err != nil || kind != windows.TokenPrimary {
		t.Errorf("a process has a token of type %d, %v", kind, err)
	}
	whole, err := (tokenCalls{}).Linked(uintptr(own))
	t.Logf("elevated %v, limited %v, linked %v, %v", own.IsElevated(), (tokenCalls{}).Limited(uintptr(own)), whole != 0, err)
	if err == nil {
		(tokenCalls{}).Close(whole)
	}
	t.Log("the stronger way:", wholeRights())
}
