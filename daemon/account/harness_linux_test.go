package account

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// showVerb makes the test program print what it is, as JSON; leaveVerb makes it
// leave processes behind; the other verbs are the product's.
const (
	showVerb  = "test-show"
	leaveVerb = "test-leave"
	// escapeVerb ends, and leaves a process that nothing connects with it.
	escapeVerb = "test-escape"
	// headlessVerb looks dead, and is not.
	headlessVerb = "test-headless"
	// customerVerb is a customer's support-agent through which somebody attacks.
	customerVerb = "test-customer"
	attackVerb   = "test-attack"
)

func TestMain(m *testing.M) {
	var err error
	switch verb := append(os.Args, "")[1]; verb {
	case BrokerVerb:
		err = RunBroker(os.Stdin, os.Stdout)
	case WorkerVerb:
		err = RunWorker(os.Environ(), os.Args[2:])
	case showVerb:
		err = show()
	case leaveVerb:
		err = leave()
	case escapeVerb:
		err = exec.Command("/bin/sh", "-c", "(setsid env -i /bin/sleep 1005 >/dev/null 2>&1 </dev/null &)").Run()
	case headlessVerb:
		err = headless()
	case customerVerb:
		err = beCustomer(os.Args[2])
	case attackVerb:
		err = attack()
	default:
		os.Exit(m.Run())
	}
	code := 0
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	// Not os.Exit, where the race detector waits for a second.
	syscall.Exit(code)
}

// seen is what a program finds out about itself.
type seen struct {
	ID     string
	Groups string
	Env    []string
	Dir    string
	Umask  string
	Args   []string
	Limits string
}

func show() error {
	var s seen
	s.Env, s.Args = os.Environ(), os.Args[2:]
	s.Dir, _ = os.Getwd()
	for into, argv := range map[*string][]string{
		&s.ID: {"/usr/bin/id"}, &s.Groups: {"/usr/bin/id", "-G"}, &s.Umask: {"/bin/sh", "-c", "umask"},
	} {
		out, err := exec.Command(argv[0], argv[1:]...).Output()
		if err != nil {
			return err
		}
		*into = strings.TrimSpace(string(out))
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

// leave starts processes that try to escape: of their own session, orphaned.
func leave() error {
	script := `setsid sh -c 'sleep 1000 & sleep 1001' >/dev/null 2>&1 </dev/null &
(trap "" TERM HUP; nohup setsid sleep 1002 >/dev/null 2>&1 </dev/null &) &
sleep 0.1; echo left; sleep 1003`
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout = os.Stdout
	return cmd.Run()
}

// password holds a mark by which it would be found anywhere.
const canary = "Canary-7f3e91-"

// user makes an account that goes with the test.
func user(t *testing.T, options ...string) (name, password string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a user")
	}
	name = "supportd" + strings.ToLower(rand.Text()[:8])
	password = canary + rand.Text()[:8]
	run(t, "", "useradd", append(append([]string{"-m", "-s", "/bin/bash"}, options...), name)...)
	t.Cleanup(func() {
		_ = exec.Command("userdel", "-rf", name).Run()
		_ = exec.Command("groupdel", name).Run()
	})
	run(t, name+":"+password+"\n", "chpasswd")
	return name, password
}

func run(t *testing.T, input, program string, args ...string) string {
	t.Helper()
	if path, err := exec.LookPath("/usr/sbin/" + program); err == nil {
		program = path
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

func options(t *testing.T) Options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Program: self, Guards: new(Children)}
}

// ways are the two ways to log on; both have to hold the same.
func ways() map[string]func(context.Context, Options, person, []byte) (*Logon, error) {
	all := map[string]func(context.Context, Options, person, []byte) (*Logon, error){"su": askSu}
	if hasPAM {
		all["pam"] = askBroker
	}
	return all
}

// eachWay runs test with each way to log on, as LogOn would.
func eachWay(t *testing.T, test func(t *testing.T, logOn func(user, password string) (*Logon, error))) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			test(t, func(user, password string) (*Logon, error) {
				who, err := lookup(t.Context(), user)
				if err == nil {
					err = who.usable()
				}
				if err != nil {
					return nil, err
				}
				ctx, cancel := context.WithTimeout(t.Context(), LogOnTimeout)
				defer cancel()
				l, err := way(ctx, options(t), who, []byte(password))
				if err == nil {
					t.Cleanup(func() {
						if err := l.Close(); err != nil {
							t.Errorf("Close: %v", err)
						}
					})
				}
				return l, err
			})
		})
	}
}

// output runs a command as the user and returns what it wrote.
func output(t *testing.T, l *Logon, c Command) (string, Exit) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.Stdout, c.Stderr = w, w
	p, err := l.Start(t.Context(), c)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	exit, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return string(text), exit
}

// processes lists what runs under a user's name.
func processes(t *testing.T, user string) string {
	t.Helper()
	out, _ := exec.Command("ps", "-o", "pid=,ppid=,stat=,args=", "-U", user).Output() // it fails where there is nothing
	var rows []string
	for row := range strings.Lines(string(out)) {
		// A daemon that was killed reaps nobody; init does.
		if f := strings.Fields(row); len(f) > 2 && (f[2][0] != 'Z' || strings.Contains(f[2], "l")) {
			rows = append(rows, strings.TrimSpace(row))
		}
	}
	return strings.Join(rows, "\n")
}

func itoa(n int) string { return fmt.Sprint(n) }
