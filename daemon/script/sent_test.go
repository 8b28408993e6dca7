package script

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"
)

// sent makes a file that lies in a staging area one that a client has sent.
func sent(s *Staging, rel string) error {
	file, data, err := s.describe(rel)
	if err != nil {
		return err
	}
	defer s.lock()()
	s.entries[fold(rel)] = &entry{rel: rel, size: int64(len(data)), sum: file.SHA256, mode: 0o600, changed: time.Now()}
	for parent := parentOf(rel); parent != "."; parent = parentOf(parent) {
		s.entries[fold(parent)] = &entry{rel: parent, dir: true, mode: 0o700}
	}
	return nil
}

// Nothing is served that could not be recorded.
func TestServingNeedsEveryHook(t *testing.T) {
	file, name := func(File) error { return nil }, func(string) error { return nil }
	for missing, change := range map[string]func(*Hooks){
		"Staged": func(h *Hooks) { h.Staged = nil }, "Fetched": func(h *Hooks) { h.Fetched = nil }, "Made": func(h *Hooks) { h.Made = nil },
		"Moved": func(h *Hooks) { h.Moved = nil }, "Removed": func(h *Hooks) { h.Removed = nil },
	} {
		hooks := Hooks{Staged: file, Fetched: file, Made: name, Moved: func(_, _ string) error { return nil }, Removed: name}
		change(&hooks)
		near, far := net.Pipe()
		near.Close() // served, it would end at once
		if err := (&Staging{}).ServeSFTP(t.Context(), far, hooks); err == nil || !strings.Contains(err.Error(), "are required") {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

// What changes something on the disk waits for its turn, and does not happen behind the
// end; modes and times change nothing there.
func TestK1P34_NoChangeBehindTheEnd(t *testing.T) {
	s, err := OpenStaging(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	s.entries[fold("a")] = &entry{rel: "a"}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := &handler{staging: s, ctx: ctx}
	const size = 1 // SSH_FILEXFER_ATTR_SIZE
	for _, r := range []*sftp.Request{
		{Method: "Mkdir"}, {Method: "Remove"}, {Method: "Rmdir"}, {Method: "Rename", Target: "b"}, {Method: "PosixRename", Target: "b"}, {Method: "Setstat", Flags: size, Attrs: make([]byte, 8)}, {Method: "Setstat"},
	} {
		want := context.Canceled
		if r.Method == "Setstat" && r.Flags == 0 {
			want = nil
		}
		if err := h.command("a", r); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", r.Method, err, want)
		}
	}
}

// C3: a client that writes ahead is told the reason before any of its writes is refused;
// some leave at the first No.
func TestK5C3_TheReasonComesFirst(t *testing.T) {
	telling, goOn := make(chan struct{}), make(chan struct{})
	h := &handler{failed: map[string]*failure{}, hooks: Hooks{Refused: func(string) { close(telling); <-goOn }}}
	answers := make(chan error, 2)
	go func() { answers <- h.fail("big", refuse("big", "too big")) }()
	<-telling
	second := make(chan struct{})
	go func() { close(second); answers <- h.fail("big", refuse("big", "too big")) }()
	<-second
	select {
	case err := <-answers:
		t.Errorf("refused before the reason was told: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	for range 2 {
		if err := <-answers; err == nil {
			t.Error("no refusal")
		}
	}
}
