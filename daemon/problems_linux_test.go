package daemon

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"supportd/consent"
	"supportd/daemon/visit"
	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
)

// stiff has desktops that can be neither locked nor unlocked.
type stiff struct{ visit.Accounts }

func (stiff) LockDesktops(context.Context) (func(context.Context) error, error) {
	return func(context.Context) error { return errors.New("no answer\x1b[2J") }, errors.New("no lock")
}

// troubles are what the report says of problems.
func (w *world) troubles(l text.Language) string {
	w.t.Helper()
	f, err := os.Open(w.daemon.JournalPath())
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	src, err := report.Open(f)
	if err != nil {
		w.t.Fatal(err)
	}
	var text strings.Builder
	if err := src.Text(&text, report.Style{Language: l}); err != nil {
		w.t.Fatal(err)
	}
	return text.String()
}

func (w *world) reports(t *testing.T, l text.Language, sentences ...string) {
	t.Helper()
	text := w.troubles(l)
	for _, want := range sentences {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// What goes wrong around a logon stands in the report, not only in a log that
// nobody keeps.
func TestTroubleWithDesktopsIsReported(t *testing.T) {
	name, password := realUser(t)
	w := newWorld(t, func(w *world, o *Options) {
		withAccounts(t, consent.Kinds()...)(w, o)
		o.Accounts = stiff{o.Accounts}
	})
	c := w.csr()
	if got := typeSecret(t, c, "logon-as "+name, password+"\r"); got.code != 0 {
		t.Fatalf("%+v\n%s", got, w.log)
	}
	if got := run(t, c, "logoff"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	w.reports(t, text.English, "a problem: a desktop could not be locked: no lock", "a problem: a desktop could not be unlocked: no answer[2J")
	w.reports(t, text.Korean, "문제: 화면을 잠그지 못했습니다", "문제: 화면의 잠금을 풀지 못했습니다")
}

// What cannot be removed at the end is said in the journal before it is signed.
func TestTroubleAtTheEndIsReported(t *testing.T) {
	w := newWorld(t, nil)
	w.relay.open()
	stuck := filepath.Join(w.dir, "staging", "1")
	if err := os.MkdirAll(stuck, 0o700); err != nil {
		t.Fatal(err)
	}
	// A file that others have, too, keeps what makes it immutable.
	kept, outside := filepath.Join(stuck, "kept"), filepath.Join(t.TempDir(), "outside")
	if err := errors.Join(os.WriteFile(outside, nil, 0o600), os.Link(outside, kept)); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("chattr", "+i", outside).Run(); err != nil {
		t.Skip("nothing can be made immutable here:", err)
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-i", outside).Run() })
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, unix.EPERM) {
		t.Errorf("%v", err)
	}
	kinds := w.kinds()
	if n := len(kinds); n < 2 || kinds[n-2] != journal.KindProblem || kinds[n-1] != journal.KindSessionEnd {
		t.Errorf("%v", kinds)
	}
	w.reports(t, text.English, "a problem: not everything could be removed")
}
