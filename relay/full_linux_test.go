package relay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/hack/testkit"
	"supportd/library"
	"supportd/library/journal"
	"supportd/library/wire"
)

// smallWorld is a relay on a file system of 2 MB, and a file to fill it with.
func smallWorld(t *testing.T) (w *world, ballast string) {
	t.Helper()
	onFile(t)
	w = newWorld(t, func(opts *Options) { testkit.SmallDisk(t, opts.Dir) })
	return w, filepath.Join(w.dir, "ballast")
}

// D1: a relay whose disk is full lets a journal wait, and takes it when there
// is room again; meanwhile the computer can be reached.
func TestD1_AJournalWaitsForRoom(t *testing.T) {
	w, ballast := smallWorld(t)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	testkit.Fill(t, ballast)

	events := follow(journal.Event{}, 60, strings.Repeat("x", 4000))
	d := p.journal()
	d.answer("0")
	d.send(events...)
	testkit.Eventually(t, "the relay says that a computer waits", func() bool { return strings.Contains(w.log.String(), "its computer waits") })
	if got, _ := w.stored(n); len(got) == len(events) {
		t.Fatal("the disk was not full")
	}
	go p.echo()
	near, _, err := alice.direct(n.Host(), wire.TunnelPort)
	if err != nil {
		t.Fatalf("the computer cannot be reached: %v", err)
	}
	near.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	d.answer("60")
	if got, _ := w.stored(n); len(got) != len(events) {
		t.Errorf("%d events", len(got))
	}
}

// D1: a script that does not fit any more is refused in words, and the library
// is as it was.
func TestD1_AScriptOnAFullDisk(t *testing.T) {
	w, ballast := smallWorld(t)
	root := w.login("root", w.account("root", true))
	root.ok("category add Network")
	root.add("small --category Network", packed(t, "1"))
	testkit.Fill(t, ballast)
	big := packed(t, strings.Repeat("x", 1<<20-2))
	for _, line := range []string{"script add big --category Network", "script edit small --files --name half"} {
		if out, problems, code := root.run(big, line); code != 1 || out != "" || !strings.Contains(problems, "the disk is full\nhint: nothing was changed") {
			t.Errorf("%s: %d %q %q", line, code, out, problems)
		}
	}
	if list := root.scripts(""); len(list) != 1 || list[0].Name != "small" || list[0].Version != 1 || list[0].SHA256 != library.Sum([]byte(packed(t, "1"))) {
		t.Errorf("%+v", list)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	root.add("fits --category Network", packed(t, strings.Repeat("x", 100_000)))
}
