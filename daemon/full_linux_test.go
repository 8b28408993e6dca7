package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/wire"
)

// D1 on the customer's side: what cannot be written down does not happen, and
// is said; with room again everything goes on, and the report is whole.
func TestD1_TheCustomersDiskIsFull(t *testing.T) {
	w := newWorld(t, func(w *world, o *Options) { testkit.SmallDisk(t, w.dir); allowing(w, o) })
	c := w.csr()
	stage(t, c, map[string]string{"long.sh": sh("i=0", "while :; do i=$((i+1)); echo line $i of many; sleep 0.01; done")})
	long := start(t, c, "run long.sh")
	testkit.Eventually(t, "output", w.journalHas("line 3 of many"))
	ballast := filepath.Join(w.dir, "ballast")
	testkit.Fill(t, ballast)
	if got := long(); got.code != cmdline.ExitFailed || !strings.Contains(got.err, "the journal could not be written any more, so the run was ended") {
		t.Errorf("a run: %d %s", got.code, got.err)
	}
	testkit.Eventually(t, "the refusal", func() bool {
		got := run(t, c, "sysinfo os")
		if got.code == cmdline.ExitFailed && got.out == "" && strings.Contains(got.err, "could not be written") {
			return true
		}
		if got.code != 0 {
			t.Fatalf("%+v", got)
		}
		return false // the last block of the file had room for this one
	})
	w.events() // no half event stands there

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if got := run(t, c, "sysinfo os"); got.code != 0 {
		t.Errorf("with room again: %+v", got)
	}
	c.Close()
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) || !w.daemon.HandedOver() {
		t.Errorf("%v\n%s", err, w.log)
	}
	w.brought(true)
	n := map[string]int{}
	for _, kind := range w.kinds() {
		n[kind]++
	}
	if n[journal.KindRunStart] != 1 || n[journal.KindRunEnd] != 1 || n[journal.KindScriptExit] != 1 || n[journal.KindConnOpen] != n[journal.KindConnClose] {
		t.Errorf("%v", n)
	}
}

// breakDisk makes every write to the journal fail until the returned function repairs
// it: meanwhile the daemon's descriptor stands for a file that cannot grow.
func (w *world) breakDisk() (repair func()) {
	w.t.Helper()
	path := w.daemon.JournalPath()
	info, err := os.Stat(path)
	if err != nil {
		w.t.Fatal(err)
	}
	descriptor := openDescriptor(w.t, path)
	good, err := unix.Dup(descriptor)
	if err != nil {
		w.t.Fatal(err)
	}
	full, err := unix.MemfdCreate("full", unix.MFD_ALLOW_SEALING)
	if err == nil {
		err = unix.Ftruncate(full, info.Size())
	}
	if err == nil {
		_, err = unix.FcntlInt(uintptr(full), unix.F_ADD_SEALS, unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	}
	if err == nil {
		err = unix.Dup2(full, descriptor)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return func() {
		if err := errors.Join(unix.Dup2(good, descriptor), unix.Close(good), unix.Close(full)); err != nil {
			w.t.Error(err)
		}
	}
}

// openDescriptor is the one of this process that has the file open.
func openDescriptor(t *testing.T, path string) int {
	t.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := []int{}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFL, 0)
		if to, _ := os.Readlink(filepath.Join(dir, e.Name())); to == path && err == nil && flags&unix.O_ACCMODE == unix.O_RDWR {
			found = append(found, n)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s is open as %v", path, found)
	}
	return found[0]
}

func TestD1_NothingHappensThatCannotBeWrittenDown(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) { o.Join.Allow = []consent.Kind{consent.SysInfo, consent.Script} })
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": "#!/bin/sh\necho ran\n"})
	before := len(w.events())
	repair := w.breakDisk()
	for _, command := range []string{"sysinfo os", "run x.sh", "chat --send hello"} {
		got := run(t, c, command)
		if got.code != cmdline.ExitFailed || got.out != "" || !strings.Contains(got.err, "journal could not be written") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	if other, err := w.connect(w.alice); err == nil {
		other.Close()
		t.Error("a connection that is not in the journal was let in")
	}
	bob := testkit.NewKey(t)
	ok, _, err := w.relay.open().SSH().SendRequest(wire.AuthorizeRequest, true, wire.Authorize{Entries: []wire.Entry{entry("bob", bob)}}.Marshal())
	if ok || err != nil {
		t.Errorf("a change of access that is not in the journal: %v, %v", ok, err)
	}
	if err := c.Wait(); err == nil {
		t.Error("alice, who is not on the list any more, is still there")
	}
	repair()
	for _, e := range w.events()[before:] { // how alice's connection ended may come in time again
		if e.Kind != journal.KindConnClose {
			t.Errorf("%s was written all the same", e.Kind)
		}
	}
	w.relay.authorize(entry("alice", w.alice))
	if got := run(t, w.csr(), "run x.sh"); got.code != 0 || got.out != "ran\n" {
		t.Errorf("with a disk that works again: %+v", got)
	}
}

// A connection counts as open as soon as its line is written, and the disk may fail behind
// that: then nothing was done for it, and it ends.
func TestD1_NothingHappensBeforeTheConnectionIsOnTheDisk(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) { o.Join.Allow = []consent.Kind{consent.SysInfo, consent.Script} })
	testkit.Eventually(t, "the relay's yes", w.journalHas(journal.KindSessionJoin))
	w.csr().Close()
	testkit.Eventually(t, "the end of the first connection", w.journalHas(journal.KindConnClose))
	before := len(w.events())
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0) // takes everything, and cannot be synced
	if err == nil {
		err = errors.Join(unix.Dup2(null, openDescriptor(t, w.daemon.JournalPath())), unix.Close(null))
	}
	if err != nil {
		t.Fatal(err)
	}
	if c, err := w.connect(w.alice); err == nil {
		for _, command := range []string{"status", "sysinfo os", "help"} {
			session, err := c.NewSession()
			if err != nil {
				continue // it has ended already
			}
			if out, err := session.Output(command); err == nil || len(out) > 0 {
				t.Errorf("%s: %q, %v", command, out, err)
			}
		}
		if err := c.Wait(); err == nil {
			t.Error("the connection goes on")
		}
	}
	if now := w.events(); len(now) != before {
		t.Errorf("the journal has %+v", now[before:])
	}
}

// P22: where the end cannot be written down either, what the customer reads comes true:
// the next start completes the journal and brings it.
func TestK1P22_TheNextStartCompletesTheJournal(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) { o.Join.Number = "604131136" })
	testkit.Eventually(t, "the relay's yes", w.journalHas(journal.KindSessionJoin))
	first, journalPath := public(w.daemon.identity), w.daemon.JournalPath()
	w.breakDisk() // to its end
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) || w.daemon.HandedOver() {
		t.Errorf("%v, handed over: %v", err, w.daemon.HandedOver())
	}
	<-w.finished
	if data, err := os.ReadFile(journalPath); err != nil || strings.Contains(string(data), journal.KindSessionEnd) {
		t.Fatalf("the end could be written: %v", err)
	}
	w.run(nil)
	w.settledSoon(first)
	data, err := os.ReadFile(journalPath)
	if err != nil || !strings.Contains(string(data), journal.KindSessionEnd) {
		t.Errorf("%v: %s", err, data)
	}
}
