package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

// staged lists the files of the computer's staging area with their contents.
func staged(t *testing.T, c *Computer) map[string]string {
	t.Helper()
	area, err := sftp.NewClient(c.ssh)
	if err != nil {
		t.Fatal(err)
	}
	defer area.Close()
	found := map[string]string{}
	for w := area.Walk("/"); w.Step(); {
		if err := w.Err(); err != nil {
			t.Fatal(err)
		}
		if w.Stat().IsDir() {
			continue
		}
		f, err := area.Open(w.Path())
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(w.Path(), "/")] = string(data)
	}
	return found
}

func TestStageReplacesWhatWasThere(t *testing.T) {
	w := newWorld(t)
	c := w.reach()
	big := strings.Repeat("0123456789", library.MaxPackage/10)
	first := []Staged{
		{Package: library.Package{Executable: "fix.sh", Files: []library.File{{Path: "fix.sh", Data: []byte("old")}}}},
		{Folder: "Kit", Package: library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("old")}, {Path: "sub/forgotten.txt", Data: []byte("old")}}}},
		{Package: library.Package{Executable: "mine.sh", Files: []library.File{{Path: "mine.sh", Data: []byte("stays")}}}},
	}
	second := []Staged{
		{Package: library.Package{Executable: "fix.sh", Files: []library.File{{Path: "fix.sh", Data: []byte(big)}}}},
		{Folder: "kit", Package: library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("new")}, {Path: "data/a b.txt"}}}},
	}
	for _, packages := range [][]Staged{first, second, second} {
		if err := c.Stage(t.Context(), packages); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"fix.sh": big, "kit/run.sh": "new", "kit/data/a b.txt": "", "mine.sh": "stays"}
	got := staged(t, c)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: %d bytes, want %d", name, len(got[name]), len(text))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

func TestStageThatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.area.FilePut = refusing{}
	err := w.reach().Stage(t.Context(), []Staged{{Package: library.Package{Executable: "fix.sh", Files: []library.File{{Path: "fix.sh", Data: []byte("x")}}}}})
	wantError(t, err, cmdline.ExitFailed, nil, "fix.sh", `no\x1b room`)
}

type refusing struct{}

func (refusing) Filewrite(*sftp.Request) (io.WriterAt, error) { return nil, errors.New("no\x1b room") }

func (refusing) Filelist(*sftp.Request) (sftp.ListerAt, error) { return nil, errors.New("no\x1b room") }

func TestStageOnALostConnection(t *testing.T) {
	w := newWorld(t)
	c := w.reach()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	wantError(t, c.Stage(t.Context(), nil), cmdline.ExitUnreachable, ErrLost)
}

// events makes a run's JSON lines.
func events(list ...Event) string {
	var b strings.Builder
	for i, e := range list {
		e.Seq = i + 1
		line, _ := json.Marshal(e) // of plain fields
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func TestRunAttachCancel(t *testing.T) {
	w := newWorld(t)
	text := events(
		Event{Kind: journal.KindRunStart, Text: "id"}, Event{Kind: journal.KindScriptOutput, Step: 1, Stream: "stdout", Text: "한글\n"},
		Event{Kind: journal.KindRunEnd, Outcomes: []Outcome{{Name: "a b.sh", Reason: "exit", Code: 7, Took: time.Second}}},
	)
	w.onDevice["run --json --keep-going --timeout=1m30s -- 'a b.sh' c.sh"] = func(_ context.Context, s *sshd.Session) int {
		for _, b := range []byte(text) { // in the smallest pieces
			_, _ = s.Write([]byte{b})
		}
		return cmdline.ExitSome
	}
	w.onDevice["run --attach --json"] = says(text)
	w.onDevice["cancel"] = fails(cmdline.ExitFailed, "", "nothing is running")
	c := w.reach()
	var got []Event
	sink := func(e Event) error { got = append(got, e); return nil }
	err := c.Run(t.Context(), RunOptions{KeepGoing: true, Timeout: 90 * time.Second}, []string{"a b.sh", "c.sh"}, sink)
	wantError(t, err, cmdline.ExitSome, nil)
	if len(got) != 3 || got[1].Text != "한글\n" || got[2].Outcomes[0].Code != 7 || got[2].Outcomes[0].OK() {
		t.Errorf("%+v", got)
	}
	first := slices.Clone(got)
	got = nil
	if err := c.Attach(t.Context(), RunOptions{}, sink); err != nil || fmt.Sprint(got) != fmt.Sprint(first) {
		t.Errorf("%+v, %v", got, err)
	}
	wantError(t, c.Cancel(t.Context()), cmdline.ExitFailed, nil, "nothing is running")
	stop := errors.New("enough")
	if err := c.Attach(t.Context(), RunOptions{}, func(Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want the sink's", err)
	}
}

func TestRunThatMakesNoSense(t *testing.T) {
	for text, word := range map[string]string{
		"hello\n":                           "does not understand",
		`{"seq":1,"kind":"run.start"}`:      "does not understand", // no line end
		`{"seq":"one"}` + "\n":              "does not understand",
		strings.Repeat("x", maxEventLine+1): "bytes",
	} {
		w := newWorld(t)
		w.onDevice["run --attach --json"] = says(text)
		err := w.reach().Attach(t.Context(), RunOptions{}, func(Event) error { return nil })
		wantError(t, err, cmdline.ExitFailed, nil, word)
	}
}

// However a stream of events is cut into pieces, the same events come out.
func FuzzEventLines(f *testing.F) {
	f.Add([]byte(events(Event{Kind: journal.KindRunStart, Text: "id"}, Event{Kind: journal.KindRunEnd})), 7)
	f.Add([]byte("{}\n{}\nnot json\n{}\n"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		read := func(size int) (list []Event, err error) {
			l := &eventLines{where: text.Later("test"), sink: func(e Event) error { list = append(list, e); return nil }}
			for piece := range slices.Chunk(stream, size) {
				if _, err = l.Write(piece); err != nil {
					break
				}
			}
			return list, err
		}
		if len(stream) == 0 || size < 1 || size > 1<<20 {
			return
		}
		whole, errWhole := read(len(stream))
		pieces, errPieces := read(size)
		if fmt.Sprint(whole) != fmt.Sprint(pieces) || (errWhole == nil) != (errPieces == nil) {
			t.Errorf("in one piece %v, %v; in pieces %v, %v", whole, errWhole, pieces, errPieces)
		}
	})
}

// A computer that says nothing does not keep a CSR from going on with something
// else.
func TestK5_StagingAtASilentComputerIsInterrupted(t *testing.T) {
	w := newWorld(t)
	w.area = sftp.Handlers{}
	c := w.reach()
	ctx, interrupt := context.WithCancelCause(t.Context())
	pressed := errors.New("Ctrl-C")
	time.AfterFunc(50*time.Millisecond, func() { interrupt(pressed) })
	if err := c.Stage(ctx, nil); !errors.Is(err, pressed) {
		t.Errorf("%v", err)
	}
}

func TestOtherExitCodesAreFailures(t *testing.T) {
	for status, want := range map[int]int{1: 1, 3: 3, 8: 8, 130: 130, 0: 1, 9: 1, 256: 1, -1: 1, 1 << 31: 1} {
		if got := remote(status, "x: y\n").Code; got != want {
			t.Errorf("exit code %d becomes %d, want %d", status, got, want)
		}
	}
}

// A script that somebody edits between the look and the run is not run unseen.
func TestS18_FilesAreThoseOfTheVersionThatWasShown(t *testing.T) {
	w := newWorld(t)
	p := library.Package{Executable: "fix.sh", Files: []library.File{{Path: "fix.sh", Data: []byte("echo")}}}
	archive, err := p.Tar()
	if err != nil {
		t.Fatal(err)
	}
	w.onRelay["script get --version=3 -- fix"] = says(string(archive))
	r := w.connect()
	shown := api.Script{Name: "fix", Version: 3, Executable: "fix.sh", SHA256: library.Sum(archive)}
	if got, err := r.ScriptFiles(t.Context(), shown); err != nil || len(got.Files) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	shown.SHA256 = library.Sum([]byte("what was shown"))
	if _, err := r.ScriptFiles(t.Context(), shown); cmdline.Code(err) != cmdline.ExitFailed {
		t.Errorf("other files than were shown: %v", err)
	}
}
