//go:build unix

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"supportd/hack/internal/rig"
	"supportd/library/api"
)

// daily is something that a CSR does every day, with what they type for it: in version 0.1,
// and now. NUMBER is the session's number as the old version took it.
type daily struct {
	task          string
	before, after []string
	shows         string // a regular expression for what stands on the terminal then
}

// each is a line for each of ten sessions.
func each(line string) (lines []string) {
	for range 10 {
		lines = append(lines, line)
	}
	return lines
}

func dailyTasks() []daily {
	return []daily{
		{"open one, with a name and a note", []string{"supportctl session start --ticket T-10", "supportctl session note NUMBER 'vm-10, printer'"},
			[]string{"supportctl session start --ticket T-10 --name vm-10 --note printer"}, `\d{3} \d{3} \d{3}`},
		{"list: who needs me", []string{"supportctl session list"}, []string{"supportctl session list"}, `(?s)NOW.*T-01.*1 unread +T-03.*T-10`},
		{"information: memory and disks", []string{"supportctl sysinfo NUMBER --category memory --category disks"},
			[]string{"supportctl sysinfo T-03 memory disks"}, `(?s)\[memory\].*\[disks\]`},
		{"save everything", []string{"supportctl sysinfo NUMBER --save T-03.txt"}, []string{"supportctl sysinfo T-03 --save T-03.txt"}, `T-03\.txt holds 21 categories`},
		{"compare with what was saved", []string{"supportctl sysinfo NUMBER --save new.txt", "diff T-03.txt new.txt"},
			[]string{"supportctl sysinfo T-03 --diff T-03.txt"}, `(?s)Changes on .* as T-03\.txt has it.*What changes by itself`},
		{"a script on one", []string{"supportctl script run fix.sh --session NUMBER"}, []string{"supportctl script run fix.sh -s T-03"}, `\| fixed`},
		{"scripts on all, with what each wrote", each("supportctl script run fix.sh test.sh --session NUMBER > NUMBER.txt"),
			[]string{"supportctl script run fix.sh test.sh --all --output out"}, `(?s)(T-\d\d .* 2\. test\.sh +[\d.]+ s +ok\s.*){10}the output of 10 sessions is in out`},
		{"chat with one", []string{"supportctl chat NUMBER 'Good morning.'"}, []string{"supportctl chat T-03 'Good morning.'"}, ``},
		{"end all", each("supportctl session end NUMBER --yes"), []string{"supportctl session end --all", "yes"}, `(?s)End these support sessions.*ticket T-03 .*(has ended\s.*){10}`},
		{"report of one, for the browser", []string{"supportctl report show NUMBER -o html > T-03.html"}, []string{"supportctl report show T-03 -o html > T-03.html"}, ``},
	}
}

// keys counts what is typed, Enter included.
func keys(lines []string) (n int) {
	for _, line := range lines {
		n += utf8.RuneCountInString(strings.ReplaceAll(line, "NUMBER", "482913077")) + 1
	}
	return n
}

// Ten customers called vm by script: each of ten daily tasks as a CSR types it, at a real
// terminal. Run with -v it prints what that takes now, and what it took.
func TestTenCustomersByScript(t *testing.T) {
	d := newRep(t)
	for i := 1; i < 10; i++ {
		d.customer(i)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TASK\tBEFORE: COMMANDS\tKEYS\tNOW: COMMANDS\tKEYS\tAS IT IS TYPED NOW")
	commands, all := [2]int{}, [2]int{}
	for _, task := range dailyTasks() {
		d.does(task)
		before, after := keys(task.before), keys(task.after)
		if after > before || len(task.after) > max(len(task.before), 2) {
			t.Errorf("%s takes more than it did: %d keys, %d before", task.task, after, before)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\n", task.task, len(task.before), before, len(task.after), after, strings.Join(task.after, " ⏎ "))
		commands[0], commands[1], all[0], all[1] = commands[0]+len(task.before), commands[1]+len(task.after), all[0]+before, all[1]+after
		if strings.HasPrefix(task.task, "open") {
			d.joined(10)
		}
	}
	fmt.Fprintf(w, "all ten\t%d\t%d\t%d\t%d\t\n", commands[0], all[0], commands[1], all[1])
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("ten customers, ten tasks\n%s", &table)
	for i := 1; i <= 10; i++ {
		name := fmt.Sprintf("T-%02d", i)
		files, err := filepath.Glob(filepath.Join(d.home, "out", "*_"+name+"_vm-*_vm.txt"))
		if err != nil || len(files) != 1 {
			t.Errorf("%s has %v, %v", name, files, err)
			continue
		}
		if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), "\n| fixed\n") || !strings.Contains(string(text), "\n! tested\n") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	if page, err := os.ReadFile(filepath.Join(d.home, "T-03.html")); err != nil || !strings.Contains(string(page), "Good morning.") {
		t.Errorf("the report: %v, %d bytes", err, len(page))
	}
}

// rep is a CSR at a terminal, logged in, and their customers.
type rep struct {
	t     *testing.T
	ctx   context.Context
	relay *rig.Relay
	home  string
	env   []string
	key   string
}

func newRep(t *testing.T) *rep {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	d := &rep{t: t, ctx: ctx, home: t.TempDir()}
	var err error
	if d.relay, err = rig.StartRelay(ctx, programs(), filepath.Join(t.TempDir(), "relay"), "", nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.relay.Kill)
	alice, err := rig.NewCSR(ctx, d.relay, "alice", "Alice Kim", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key, err := d.relay.Admin(ctx, "fingerprint")
	if err != nil {
		t.Fatal(err)
	}
	d.key = strings.TrimSpace(key)
	d.env = append(os.Environ(), "HOME="+d.home, "XDG_CONFIG_HOME="+d.home, "LC_ALL=C.UTF-8", "TERM=xterm-256color", "PAGER=", "SSH_AUTH_SOCK=")
	for name, text := range map[string]string{"fix.sh": "#!/bin/sh\necho fixed\n", "test.sh": "#!/bin/sh\necho tested >&2\n"} {
		if err := os.WriteFile(filepath.Join(d.home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.run("supportctl", "login", "alice@"+d.relay.Addr, "--relay-key", d.key, "--identity", alice.Key())
	return d
}

// run runs a program as the CSR does in a script, and returns its standard output.
func (d *rep) run(name string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.ctx, name, args...)
	cmd.Dir, cmd.Env = d.home, d.env
	out, err := rig.Run(cmd)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// customer opens the i-th session, whose computer calls itself as all others do.
func (d *rep) customer(i int) {
	d.t.Helper()
	name := fmt.Sprintf("%02d", i)
	d.run("supportctl", "session", "start", "--ticket", "T-"+name, "--name", "vm-"+name)
	d.joined(i)
}

// joined starts the program of the i-th session's customer.
func (d *rep) joined(i int) {
	d.t.Helper()
	var s api.Session
	if err := json.Unmarshal([]byte(d.run("supportctl", "session", "show", fmt.Sprintf("T-%02d", i), "--json")), &s); err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.Command("support-agent", "join", string(s.Number), "--relay", d.relay.Addr, "--relay-key", d.key, "--name", "vm",
		"--allow", "sysinfo,script", "--state", filepath.Join(d.t.TempDir(), "state"))
	c, err := rig.OpenConsole(cmd, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(c.Close)
	if err := c.Expect(d.ctx, "Connected"); err != nil {
		d.t.Fatal(err)
	}
	if i == 3 { // who needs the CSR
		if err := c.Type("it smells of burning\n"); err != nil {
			d.t.Fatal(err)
		}
	}
}

// does types what a task takes now, and looks at what stands on the terminal then.
func (d *rep) does(task daily) {
	d.t.Helper()
	cmd := exec.Command("sh", "-c", task.after[0])
	cmd.Dir, cmd.Env = d.home, d.env
	c, err := rig.OpenWindow(cmd, rig.Window{Columns: 120, Rows: 400}, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	for _, answer := range task.after[1:] {
		if err := c.Expect(d.ctx, "Type "+answer); err != nil {
			d.t.Fatal(err)
		}
		if err := c.Type(answer + "\n"); err != nil {
			d.t.Fatal(err)
		}
	}
	code, err := c.Wait(d.ctx)
	if err != nil || code != 0 || !regexp.MustCompile(task.shows).MatchString(c.Screen()) {
		d.t.Fatalf("%s: exit code %d, %v; the terminal shows\n%s", task.task, code, err, c.Screen())
	}
}
