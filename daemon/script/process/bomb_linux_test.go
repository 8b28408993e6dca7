package process

import (
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/journal"
)

// bomb is a shell script that starts processes as fast as it can. It must run
// below [testkit.Belted] only.
func bomb(mark string) string {
	return "bomb() { sleep " + mark + " & bomb | bomb & }\nbomb 2>/dev/null\nwait\nsleep " + mark + "\n"
}

// many starts more processes than a run may have, and tells how many there are.
const many = "n=0\nwhile [ $n -lt 400 ]; do sleep 60 & n=$((n+1)); echo $n; done 2>/dev/null\n"

func TestS6_AForkBombEndsBounded(t *testing.T) {
	testkit.BeltedIn(t, testkit.AsItIs, func(t *testing.T) { endsBounded(t) })
}

// endsBounded is for the inside of [testkit.BeltedIn].
func endsBounded(t *testing.T) {
	m := testkit.Mark(t)
	st, out := run(t, Options{}, time.Minute, many)
	lines := strings.Fields(out)
	if len(lines) == 0 {
		t.Fatalf("nothing ran: %+v", st)
	}
	if most, err := strconv.Atoi(lines[len(lines)-1]); err != nil || most < MaxProcesses/2 || most > MaxProcesses+supervisorTasks {
		t.Errorf("a script could start %d processes: %v", most, err)
	}
	st, _ = run(t, Options{}, 2*time.Second, bomb(m))
	if len(st.Survivors) > 0 || len(testkit.Alive(m)) > 0 {
		t.Errorf("%+v, alive %v", st, testkit.Alive(m))
	}
}

// Each hop waits a little and goes on in the next, so that at most two are there at once
// and a look at the processes is always late. It goes on when its supervisor is killed.
func TestS6_WhatForksOnAndOnIsEnded(t *testing.T) {
	for name, end := range map[string]string{"at its end": "exit", "without its supervisor": "kill -9 $PPID; exit"} {
		t.Run(name, func(t *testing.T) {
			testkit.BeltedIn(t, testkit.AsItIs, func(t *testing.T) {
				m := testkit.Mark(t)
				hop := `trap "" TERM; [ $1 -lt 20000 ] || exit; /bin/true; /bin/sh -c "$HOP" ` + m + ` $(($1+1)) & exit`
				st, _ := run(t, Options{}, time.Minute, "export HOP='"+hop+"'\n/bin/sh -c \"$HOP\" "+m+" 1 &\nsleep 0.2\n"+end+"\n")
				if len(st.Survivors) > 0 {
					t.Errorf("%+v", st)
				}
				testkit.Eventually(t, "the hops have ended", func() bool {
					for range 20 { // one look can miss a hop
						if len(testkit.Alive(m)) > 0 {
							return false
						}
					}
					return true
				})
			})
		})
	}
}

// What a look does not list is reached through the group of one that it lists.
func TestS6_WhatNoLookListsIsEndedByItsGroup(t *testing.T) {
	listed := exec.Command("/bin/sh", "-c", "sleep 60 & echo started; wait")
	listed.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := listed.StdoutPipe() // its end is that of both
	if err != nil {
		t.Fatal(err)
	}
	if err := listed.Start(); err != nil {
		t.Fatal(err)
	}
	defer listed.Wait()
	if _, err := io.ReadFull(out, make([]byte, len("started\n"))); err != nil {
		t.Fatal(err)
	}
	if !killFound(func() []int { return []int{listed.Process.Pid} }) {
		t.Error("nothing was found")
	}
	ended := make(chan error, 1)
	go func() { // ends with the two
		_, err := out.Read(make([]byte, 1))
		ended <- err
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("what it had started goes on")
		_ = syscall.Kill(-listed.Process.Pid, syscall.SIGKILL)
	}
}

func TestK1P0_ABombWhereNoControlGroupCanBeWritten(t *testing.T) {
	for _, environment := range []string{testkit.NothingThere, testkit.SomethingElse} {
		t.Run(environment, func(t *testing.T) { testkit.BeltedIn(t, environment, endsBounded) })
	}
}

func TestK1P0_NothingRunsWithoutABound(t *testing.T) {
	testkit.BeltedIn(t, testkit.NoRights, func(t *testing.T) {
		if err := CanLimit(); !errors.Is(err, ErrUnbounded) {
			t.Errorf("it may start: %v", err)
		}
		st, out := run(t, Options{}, time.Minute, "echo started")
		if st.Reason != journal.Unstarted || st.Problem != ErrUnbounded.Error()+"; "+HowToBound || out != "" {
			t.Errorf("%+v, %q", st, out)
		}
	})
}

func TestK1P0_ABombThatKillsItsSupervisor(t *testing.T) {
	for _, environment := range []string{testkit.AsItIs, testkit.NothingThere} {
		t.Run(environment, func(t *testing.T) {
			testkit.BeltedIn(t, environment, func(t *testing.T) {
				m := testkit.Mark(t)
				st, _ := run(t, Options{}, time.Minute, "sup=$PPID\n(sleep 0.2; kill -9 $sup) &\n"+bomb(m))
				if st.Reason != journal.Lost || len(testkit.Alive(m)) > 0 {
					t.Errorf("%+v, alive %v", st, testkit.Alive(m))
				}
			})
		})
	}
}

func TestK1P0_AnOrdinaryUsersBombThatKillsItsSupervisor(t *testing.T) {
	if isOrdinaryUser(t, func(text string) error { run(t, Options{}, time.Minute, text); return nil }) {
		return
	}
	m := testkit.Mark(t)
	asOrdinaryUser(t, "sup=$PPID\n(sleep 0.2; kill -9 $sup) &\n"+bomb(m))
	if left := testkit.Alive(m); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
