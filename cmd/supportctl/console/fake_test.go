package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/text"
	"supportd/library/wire"
)

// fake is a relay with computers behind it that do at once what they are asked.
type fake struct {
	mu       sync.Mutex
	did      []string
	scripts  []api.Script
	reports  []api.Report
	look     Look
	words    Words
	lines    []string // of chat and log
	events   []RunEvent
	text     string
	sentence string
	proved   bool
	err      error
	secret   []byte
	hid      []string // what was typed without being shown
	staged   []library.StagedFile
	more     int  // staged files that are not listed
	open     bool // and even more
	changes  []Change

	categories []string
	folders    map[string]Listing
	holds      bool   // the relay does not answer a form
	author     string // the question about a new author; "" is that all are known
}

func (f *fake) note(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.did = append(f.did, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fake) done() string { return strings.Join(f.did, "\n") }

func (f *fake) Watch(ctx context.Context, tell func(Change)) error {
	for _, c := range f.changes {
		tell(c)
	}
	<-ctx.Done()
	return nil
}

func (f *fake) Start(_ context.Context, ticket string) (api.Session, error) {
	s := session(numbers[4])
	s.State, s.Ticket, s.Customer, s.Host, s.OS = api.Waiting, ticket, "", "", ""
	s.Link, s.Expires = "https://relay.example/j/"+string(s.Number), day.Add(30*time.Minute)
	return s, f.note("start %q", ticket)
}
func (f *fake) End(_ context.Context, n wire.Number, _ string) error { return f.note("end %s", n) }

func (f *fake) Look(_ context.Context, n wire.Number) (Look, error) {
	return f.look, f.note("look %s", n)
}
func (f *fake) Save(path, text string) error { return f.note("save %s %d", path, len(text)) }
func (f *fake) Print(_ context.Context, l Look) error {
	return f.note("print %s", l.Host)
}

func (f *fake) Chat(_ context.Context, n wire.Number, say <-chan string, tell func(string)) error {
	for _, l := range f.lines {
		tell(l)
	}
	return f.note("chat %s", n)
}

func (f *fake) Log(_ context.Context, n wire.Number, tell func(string)) error {
	for _, l := range f.lines {
		tell(l)
	}
	return f.note("log %s", n)
}

func (f *fake) Restart(_ context.Context, n wire.Number, tell func(string)) error {
	tell("it restarts")
	return f.note("restart %s", n)
}

func (f *fake) LogOn(_ context.Context, n wire.Number, user string, secret func() ([]byte, error), tell func(string)) error {
	s, err := secret()
	if err != nil {
		return err
	}
	f.secret = s
	tell("logged on")
	return f.note("log on %s %s %d", n, user, len(s))
}
func (f *fake) LogOff(_ context.Context, n wire.Number, _ func(string)) error {
	return f.note("log off %s", n)
}

func (f *fake) Words(_ context.Context, n wire.Number) (Words, error) {
	return f.words, f.note("words %s", n)
}
func (f *fake) Pick(_ context.Context, n wire.Number, tell func(string)) error {
	tell("the customer's screen shows it")
	return f.note("pick %s", n)
}
func (f *fake) Hear(_ context.Context, n wire.Number, both string, same bool) error {
	return f.note("hear %s %s %t", n, both, same)
}

func (f *fake) Files(_ context.Context, n wire.Number) (library.StagingArea, error) {
	return library.StagingArea{Files: f.staged, More: f.more, Open: f.open}, f.note("files %s", n)
}
func (f *fake) Put(_ context.Context, n wire.Number, path string) error {
	f.staged = append(f.staged, library.StagedFile{Path: path, Size: 7})
	return f.note("put %s %s", n, path)
}
func (f *fake) Get(_ context.Context, n wire.Number, name, path string) error {
	return f.note("get %s %q %q", n, name, path)
}
func (f *fake) RemoveFile(_ context.Context, n wire.Number, s library.StagedFile) error {
	return f.note("remove %s %q %t", n, s.Path, s.Folder)
}

// shelf and keeper stand for the fake where names would be the same.
type (
	shelf  struct{ *fake }
	keeper struct{ *fake }
)

func (f shelf) List(context.Context) ([]api.Script, error) {
	return append([]api.Script(nil), f.scripts...), f.note("scripts")
}

func (f shelf) Show(_ context.Context, name string) (api.Script, error) {
	for _, s := range f.scripts {
		if s.Name == name {
			s.Files = []api.ScriptFile{{Path: s.Executable, Size: s.Size, SHA256: strings.Repeat("ab", 32)}}
			s.Versions = []api.ScriptVersion{{Version: 1, Changed: s.Changed, By: s.Owner, Size: s.Size}}
			return s, nil
		}
	}
	return api.Script{}, os.ErrNotExist
}

func (f shelf) Publish(_ context.Context, name string, everybody bool) error {
	return f.note("publish %s %t", name, everybody)
}
func (f shelf) Remove(_ context.Context, name string) error { return f.note("remove %s", name) }
func (f shelf) Editor(name string, change bool) *exec.Cmd {
	_ = f.note("editor %s %t", name, change)
	return exec.Command("true")
}

func (f shelf) Categories(context.Context) ([]string, error) { return f.categories, nil }
func (f shelf) Add(ctx context.Context, form ScriptForm) error {
	return f.taken(ctx, "add %+v", form)
}

func (f shelf) Change(ctx context.Context, before api.Script, form ScriptForm) error {
	return f.taken(ctx, "change version %d %+v", before.Version, form)
}

// taken notes a form; while the relay holds on, it waits for the end of ctx.
func (f *fake) taken(ctx context.Context, format string, args ...any) error {
	if f.holds {
		<-ctx.Done()
		return ctx.Err()
	}
	return f.note(format, args...)
}

func (f *fake) Folder(path string) (Listing, error) {
	if path == "" {
		path = "/home/alice"
	}
	if l, there := f.folders[path]; there {
		l.Path = path
		return l, nil
	}
	return Listing{}, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
}

func (f shelf) Run(_ context.Context, names []string, on []wire.Number, accepted string, cancel <-chan struct{}, tell func(RunEvent)) error {
	if f.author != accepted {
		return errors.Join(f.note("ask"), &NewAuthor{Said: f.author})
	}
	for _, e := range f.events {
		tell(e)
	}
	return f.note("run %v on %v", names, on)
}

func (f keeper) List(context.Context) ([]api.Report, error) {
	return append([]api.Report(nil), f.reports...), f.note("reports")
}

func (f keeper) Read(_ context.Context, n wire.Number, l text.Language) (string, error) {
	return f.text, f.note("read %s %s", n, l)
}

func (f keeper) Verify(_ context.Context, n wire.Number) (bool, string, error) {
	return f.proved, f.sentence, f.note("verify %s", n)
}

func (f keeper) Export(_ context.Context, n wire.Number, path string) error {
	return f.note("export %s %s", n, path)
}
