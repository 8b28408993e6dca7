//go:build unix

package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/hack/testkit/pgtest"
)

type playKey struct{}

// play is the people and programs of one script.
type play struct {
	ctx      context.Context
	cancel   context.CancelFunc
	dir      string
	programs rig.Programs
	relays   map[string]*rig.Relay
	csrs     map[string]rig.CSR
	consoles map[string]*rig.Console
	window   rig.Window
	held     map[string]string // what holds has found, by directory
	t        testing.TB
	// computers are of a type that only Linux has.
	computers map[string]any
}

func newPlay(env *testscript.Env) *play {
	p := &play{
		dir: env.WorkDir, programs: programs(),
		relays: map[string]*rig.Relay{}, csrs: map[string]rig.CSR{}, consoles: map[string]*rig.Console{},
		window: rig.Window{Columns: 120, Rows: 40}, held: map[string]string{}, computers: map[string]any{},
	}
	p.t, _ = env.T().(testing.TB) // as testscript says
	p.ctx, p.cancel = context.WithTimeout(context.Background(), 4*time.Minute)
	return p
}

// end stops what still runs. A script that cares how a program ends stops it
// itself.
func (p *play) end() {
	for _, c := range p.consoles {
		c.Close()
	}
	for _, r := range p.relays {
		r.Kill()
	}
	p.cancel()
}

type command = func(ts *testscript.TestScript, neg bool, args []string)

// commands are what scripts have beyond testscript's own:
//
//	relay start|stop|kill [NAME [FLAG…]]  a relay; sets $RELAY (HOST:PORT), $RELAY_HOST, $RELAY_PORT, $RELAY_KEY,
//	                                  and with --web $RELAY_WEB (HOST:PORT); a second start uses the same port
//	postgres VARIABLE                 an empty PostgreSQL database on a server of its own; sets $VARIABLE to its address
//	front VARIABLE ADDRESS PORT...    a loopback address whose PORTs lead to HOST:PORT; sets $VARIABLE; Linux
//	certificate FILE KEYFILE HOST...  a TLS certificate, which is its own CA
//	csr ACCOUNT [DISPLAY NAME]        an account with a key; its ssh_config is ACCOUNT/config
//	session VARIABLE ACCOUNT [FLAG…]  start a support session; sets $VARIABLE to its number
//	customer NAME NUMBER [FLAG…]      support-agent join on a terminal, with relay, key, and state directory NAME
//	user VARIABLE                     an account of this computer; sets $VARIABLE and $VARIABLE_PASSWORD; needs root
//	console NAME COMMAND [ARG…]       any program on a terminal
//	window COLUMNS ROWS               the size of the terminals that are opened from now on
//	fits NAME                         no line on the terminal is wider than the window
//	[!] colored NAME                  something on the terminal is in colour
//	screen NAME                       print what the program has written, when it has ended
//	expect NAME TEXT                  wait until TEXT stands on the terminal, after what was expected before
//	[!] shows NAME TEXT               TEXT stands there now, anywhere
//	type NAME TEXT                    press keys, and Enter
//	press NAME KEYS                   press keys, written as in a Go string: \x03 is Ctrl-C
//	signal NAME TERM|KILL|INT|STOP|CONT
//	hangup NAME                       close the terminal's window
//	ends NAME CODE                    wait until the program ends with this exit code
//	exits CODE COMMAND [ARG…]         run, with exactly this exit code
//	until REGEXP COMMAND [ARG…]       run again and again until its output matches
//	gone TEXT                         wait until no process has TEXT in its command line
//	disk DIR                          a file system of 32 MiB of its own, thawed and unmounted at the end; needs root
//	gone-soon REGEXP                  no command line matches it within one second
//	holds DIR REGEXP                  wait until the name of something in DIR matches
//	empty DIR [REGEXP]                wait until nothing in DIR matches, or it is not there; something
//	                                  did, as holds has shown before
//	same FILE FILE                    equal, byte for byte
//	[!] knows TEXT                    the relay has TEXT in its memory, its data directory or its log; Linux
//	computer VARIABLE                 a computer of its own for root's programs, which cannot restart the real one; sets
//	                                  $VARIABLE to a state directory that a restart leaves; Linux, where [computer] holds
//	boots COMPUTER NAME [PROGRAM ARG…] a program on a terminal there; without PROGRAM what starts by itself after a restart
//	goes-down COMPUTER NAME           wait until it is to restart, and end the program as the system does
//	[!] starts COMPUTER               something starts by itself at its next boot
func commands() map[string]command {
	all := map[string]command{
		"relay": cmdRelay, "postgres": cmdPostgres, "front": cmdFront, "certificate": cmdCertificate, "csr": cmdCSR, "session": cmdSession, "customer": cmdCustomer, "console": cmdConsole, "user": cmdUser,
		"window": cmdWindow, "fits": cmdFits, "colored": cmdColored, "screen": cmdScreen, "expect": cmdExpect, "shows": cmdShows, "type": cmdType, "paste": cmdPaste, "picks": cmdPicks, "press": cmdPress, "signal": cmdSignal, "hangup": cmdHangup, "ends": cmdEnds,
		"exits": cmdExits, "until": cmdUntil, "gone": cmdGone, "gone-soon": cmdGoneSoon, "disk": cmdDisk, "holds": cmdHolds, "empty": cmdEmpty, "same": cmdSame,
	}
	maps.Copy(all, systemCommands())
	return all
}

func of(ts *testscript.TestScript) *play { return ts.Value(playKey{}).(*play) }

// usage ends the script unless the number of arguments fits and "!" stands only
// where it means something.
func usage(ts *testscript.TestScript, neg, mayNeg bool, args []string, least int, how string) {
	if neg && !mayNeg || len(args) < least {
		ts.Fatalf("usage: %s", how)
	}
}

func cmdRelay(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "relay start|stop|kill [NAME [FLAG...]]")
	p, name := of(ts), "relay"
	var flags []string
	if len(args) > 1 {
		name, flags = args[1], args[2:]
	}
	r := p.relays[name]
	if r == nil && args[0] != "start" {
		ts.Fatalf("no relay %s runs", name)
	}
	switch args[0] {
	case "stop":
		ts.Check(r.Stop())
	case "kill":
		r.Kill()
	case "start":
		listen := ""
		if r != nil {
			listen = r.Addr
		}
		r, err := rig.StartRelay(p.ctx, p.programs, ts.MkAbs(name), listen, nil, flags...)
		ts.Check(err)
		p.relays[name] = r
		key, err := r.Admin(p.ctx, "fingerprint")
		ts.Check(err)
		ts.Setenv("RELAY", r.Addr)
		ts.Setenv("RELAY_HOST", r.Host())
		ts.Setenv("RELAY_PORT", r.Port())
		if slices.Contains(flags, "--web") {
			web, err := r.Web(p.ctx)
			ts.Check(err)
			ts.Setenv("RELAY_WEB", web)
		}
		ts.Setenv("RELAY_KEY", strings.TrimSpace(key))
	default:
		ts.Fatalf("relay %s: unknown", args[0])
	}
}

func cmdPostgres(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "postgres VARIABLE")
	server, err := pgtest.Start()
	ts.Check(err)
	ts.Defer(func() {
		if err := server.Close(); err != nil {
			ts.Logf("%v", err)
		}
	})
	ts.Setenv(args[0], server.URL())
}

// relay is the one whose address was set last.
func (p *play) relay(ts *testscript.TestScript) *rig.Relay {
	for _, r := range p.relays {
		if r.Addr == ts.Getenv("RELAY") {
			return r
		}
	}
	ts.Fatalf("no relay runs")
	return nil
}

func cmdCSR(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "csr ACCOUNT [DISPLAY NAME]")
	p := of(ts)
	c, err := rig.NewCSR(p.ctx, p.relay(ts), args[0], strings.Join(args[1:], " "), ts.MkAbs(args[0]))
	ts.Check(err)
	p.csrs[args[0]] = c
}

func cmdSession(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "session VARIABLE ACCOUNT [FLAG...]")
	p := of(ts)
	line := append([]string{"relay", "session", "start", "--json"}, args[2:]...)
	text, err := rig.Run(p.csrs[args[1]].SSH(p.ctx, line...))
	ts.Check(err)
	var s struct{ Number string }
	ts.Check(json.Unmarshal([]byte(text), &s))
	ts.Setenv(args[0], s.Number)
}

func cmdCustomer(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "customer NAME NUMBER [FLAG...]")
	line := []string{
		args[0], "support-agent", "join", args[1], "--relay", ts.Getenv("RELAY"),
		"--relay-key", ts.Getenv("RELAY_KEY"), "--state", ts.MkAbs(args[0]),
	}
	cmdConsole(ts, false, append(line, args[2:]...))
}

// surroundings are the script's environment, as far as our programs read it.
func surroundings(ts *testscript.TestScript) []string {
	env := os.Environ()
	for _, name := range []string{"HOME", "LC_ALL", "TERM", "PATH", "TMPDIR", "EDITOR", "SSL_CERT_FILE", "XDG_RUNTIME_DIR"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// soon bounds a wait.
func (p *play) soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, 2*rig.Patience)
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "exits CODE COMMAND [ARG...]")
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "until REGEXP COMMAND [ARG...]")
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	var out string
	eventually(ts, func() error {
		cmd := exec.CommandContext(of(ts).ctx, args[1], args[2:]...)
		cmd.Dir, cmd.Env = ts.MkAbs("."), surroundings(ts)
		text, err := cmd.CombinedOutput()
		if out = string(text); want.MatchString(out) {
			return nil
		}
		return fmt.Errorf("the last output (%v) is:\n%s", err, out)
	})
	fmt.Fprint(ts.Stdout(), out)
}

// eventually calls f until it has no error any more.
func eventually(ts *testscript.TestScript, f func() error) {
	ctx, cancel := of(ts).soon()
	defer cancel()
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			ts.Check(err)
		}
	}
}

func cmdGone(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "gone TEXT")
	eventually(ts, func() error {
		out, err := exec.Command("ps", "-eo", "pid=,stat=,args=").Output()
		ts.Check(err)
		for line := range strings.Lines(string(out)) {
			f := strings.Fields(line)
			if len(f) > 2 && f[1][0] != 'Z' && strings.Contains(strings.Join(f[2:], " "), args[0]) {
				return fmt.Errorf("still there: %s", line)
			}
		}
		return nil
	})
}

// cmdGoneSoon waits for what a Stop promises.
func cmdGoneSoon(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "gone-soon REGEXP")
	began := time.Now()
	for exec.Command("pgrep", "-f", args[0]).Run() == nil {
		if time.Since(began) > testkit.Soon {
			ts.Fatalf("after %v it is still there: %s", time.Since(began), args[0])
		}
		<-time.After(10 * time.Millisecond)
	}
	ts.Logf("gone after %v", time.Since(began))
}

func cmdDisk(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "disk DIR")
	dir := ts.MkAbs(args[0])
	image := dir + ".image"
	ts.Check(os.Mkdir(dir, 0o700))
	ts.Check(os.WriteFile(image, nil, 0o600))
	ts.Check(os.Truncate(image, 32<<20))
	for _, line := range [][]string{{"mke2fs", "-q", "-t", "ext4", image}, {"mount", "-o", "loop", image, dir}, {"chmod", "700", dir}} {
		out, err := exec.Command(line[0], line[1:]...).CombinedOutput()
		if err != nil {
			ts.Fatalf("%v: %v\n%s", line, err, out)
		}
	}
	// However the script ends: what waits for a frozen disk goes on, and nothing stays.
	ts.Defer(func() {
		_ = exec.Command("fsfreeze", "-u", dir).Run()
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			ts.Logf("umount %s: %v: %s", dir, err, out)
		}
	})
}

// found are the names of what is below a directory, from there, that match.
func found(dir string, want *regexp.Regexp) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if name, _ := filepath.Rel(dir, path); path != dir && want.MatchString(name) && err == nil {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

func cmdHolds(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "holds DIR REGEXP")
	dir := ts.MkAbs(args[0])
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	eventually(ts, func() error {
		names, err := found(dir, want)
		if err == nil && len(names) == 0 {
			return fmt.Errorf("nothing in %s matches %s", args[0], args[1])
		}
		if len(names) > 0 {
			of(ts).held[dir] += "\n" + strings.Join(names, "\n")
		}
		return err
	})
}

func cmdEmpty(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "empty DIR [REGEXP]")
	dir, pattern := ts.MkAbs(args[0]), "."
	if len(args) > 1 {
		pattern = args[1]
	}
	want, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	// A directory of another name, or one that nothing is ever put into, is empty too.
	if !want.MatchString(of(ts).held[dir]) {
		ts.Fatalf("nobody has seen anything like %s in %s before: use holds", pattern, args[0])
	}
	eventually(ts, func() error {
		left, err := found(dir, want)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("left behind in %s: %s", args[0], strings.Join(left, " "))
		}
		return err
	})
}

func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 2, "same FILE FILE")
	if a, b := ts.ReadFile(args[0]), ts.ReadFile(args[1]); !slices.Equal([]byte(a), []byte(b)) {
		ts.Fatalf("%s (%d bytes) and %s (%d bytes) differ", args[0], len(a), args[1], len(b))
	}
}
