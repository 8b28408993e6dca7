package power

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// P19: what lies below /tmp does not come back, and neither does what lies in another
// place that is emptied at boot. Support says so before anybody is asked.
func TestK1P19_PlacesThatAreEmptiedAtBoot(t *testing.T) {
	kept := private(t).Name()
	link := filepath.Join(kept, "link")
	if err := os.Symlink("/tmp", link); err != nil {
		t.Fatal(err)
	}
	for path, lost := range map[string]bool{
		"/tmp": true, "/tmp/supportd-0": true, "/tmp/not/there/yet": true, "/tmpfiles": false, kept: false, filepath.Join(kept, "new", "deeper"): false,
		filepath.Join(link, "state"): true, link: true, "/var/tmp/../../tmp/x": true, "/dev/shm/state": true,
	} {
		if got := Volatile(path); got != lost {
			t.Errorf("%s: %v, want %v", path, got, lost)
		}
	}
}

// Rules of the system for a directory that is emptied or removed at boot: tmpfiles.d(5).
func TestK1P19_RulesThatEmptyAtBoot(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"usr/lib/tmpfiles.d/tmp.conf":     "# emptied\nq /tmp 1777 root root 10d\nD! /scratch 1777 root root -\nd /kept 0755 root root -\n",
		"usr/lib/tmpfiles.d/lab.conf":     "R /home/guest* - - - -\nr! /var/old.lock\nD /other 0755 - - -\n",
		"usr/lib/tmpfiles.d/z-late.conf":  "D /kept 0755 root root -\n",
		"usr/lib/tmpfiles.d/gone.conf":    "D /masked 0755 root root -\n",
		"usr/lib/tmpfiles.d/changed.conf": "D /changed 0755 root root -\n",
		"etc/tmpfiles.d/changed.conf":     "d /changed 0755 root root -\n",
		"run/tmpfiles.d/run.conf":         "\n \nD\nD \"/with quotes\" 0755\n",
		"etc/tmpfiles.d/README":           "D /readme\n",
	} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/dev/null", filepath.Join(root, "etc/tmpfiles.d/gone.conf")); err != nil {
		t.Fatal(err)
	}
	for path, lost := range map[string]bool{
		"/scratch": true, "/scratch/kim/state": true, "/scratchy": false, "/kept/x": false, "/home/guest-a1/st": true, "/home/kim": false, "/var/old.lock": false,
		"/other/x": true, "/masked/x": false, "/changed/x": false, "/readme/x": false,
	} {
		if got := emptiedAtBoot(root, path); got != lost {
			t.Errorf("%s: %v, want %v", path, got, lost)
		}
	}
}

// Live systems keep nothing, unless they were told where to.
func TestK1P19_LiveSystems(t *testing.T) {
	for parameters, lost := range map[string]bool{
		"BOOT_IMAGE=/casper/vmlinuz boot=casper quiet splash ---": true, "boot=casper persistent": false, "boot=live components": true,
		"boot=live persistence": false, "root=live:CDLABEL=Fedora rd.live.image quiet": true, "root=live:UUID=1 rd.live.image rd.live.overlay=LABEL=home": false,
		"archisobasedir=arch archisolabel=ARCH": true, "archisobasedir=arch cow_label=keep": false, "root=UUID=1 overlayroot=tmpfs:swap=1": true,
		"root=UUID=1 ro quiet": false, "root=UUID=1 overlayroot=device:dev=/dev/sdb1": false, "systemd.volatile=overlay": true, "systemd.volatile=no": false, "": false,
	} {
		if got := forgetful(parameters); got != lost {
			t.Errorf("%q: %v, want %v", parameters, got, lost)
		}
	}
}

// The state directory, a program that may not be copied, the home of a user whose own
// entry it would be: each is named, with what to do.
func TestK1P19_WhyItWouldNotComeBack(t *testing.T) {
	state := filepath.Join("/tmp", "no-such-state")
	kept := private(t).Name()
	program := filepath.Join(kept, "support-agent")
	if err := os.WriteFile(program, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for want, a := range map[string]Autostart{
		state:          {Program: program, Args: []string{"resume", "--state", state}, Admin: true},
		"/tmp/home":    {Program: program, Args: []string{"resume", "--state", kept}, Home: "/tmp/home"},
		"/tmp/program": {Program: "/tmp/program", Args: []string{"resume", "--state", kept}, Home: kept},
		"":             {Program: program, Args: []string{"resume", "--state", kept}, Home: kept},
	} {
		err := a.Check()
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		r := &Refusal{Cause: NoReturn, Err: err}
		if !errors.Is(err, ErrVolatile) || r.Emptied() != want || !strings.Contains(r.Error(), want+": it lies in a directory that is emptied") || !strings.Contains(r.Hint(), "without --state") {
			t.Errorf("%s: %v; %s; %s", want, err, r, r.Hint())
		}
	}
	if r := (&Refusal{Cause: NoReturn, Err: ErrNoBootID}); r.Emptied() != "" || strings.Contains(r.Hint(), "--state") {
		t.Errorf("%s", r.Hint())
	}
}
