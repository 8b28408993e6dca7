// Package console is the CSR's console: one full-screen terminal program with all
// support sessions of an account at a glance, and each of them one key away. supportctl
// starts it as "supportctl ui"; what it shows and does comes through the interfaces in
// [Options], so that every view is tested without a relay and without a terminal.
//
// What it promises: whatever a relay or a computer says reaches the terminal only after
// it was made harmless; nothing that is pasted confirms anything; while nothing changes,
// nothing is written; state is a sign and a word, never a colour alone.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// Change is what the relay tells about support sessions.
type Change struct {
	// All is set where Sessions are all that there are: the relay was reached just now.
	All      bool
	Sessions []api.Session
	// Lost is why the relay cannot be reached. It is tried again without a call.
	Lost error
}

// Relay is where support sessions are opened, seen and ended.
type Relay interface {
	// Watch tells every change until ctx ends. The error is one that trying again does
	// not mend.
	Watch(ctx context.Context, tell func(Change)) error
	// Start opens a support session with its link, where the relay has one.
	Start(ctx context.Context, ticket string) (api.Session, error)
	End(ctx context.Context, n wire.Number, reason string) error
}

// Section is a category of what a computer says about itself. Texts are hostile.
type Section struct {
	Category, Title string
	Lines           []string
}

// Look is what a computer says about itself. Texts are hostile.
type Look struct {
	Host     string
	Sections []Section
	Text     string // the whole of it, as it is saved and printed
	Changes  string // since the look before
}

// Viewer shows system information, after the customer has said yes.
type Viewer interface {
	Look(ctx context.Context, n wire.Number) (Look, error)
	// Save writes a new file; one that is there stays as it is.
	Save(path, text string) error
	Print(ctx context.Context, l Look) error
}

// Talker follows what happens on a computer. Lines are hostile.
type Talker interface {
	// Chat shows the chat and sends what comes from say, until ctx ends or the support
	// session does. It comes back by itself where the connection is lost.
	Chat(ctx context.Context, n wire.Number, say <-chan string, tell func(line string)) error
	// Log shows the journal and what is added to it, likewise.
	Log(ctx context.Context, n wire.Number, tell func(line string)) error
}

// Controls change who acts on a computer and whether it restarts, each time after the
// customer has said yes. What the computer says is told line by line, and hostile.
type Controls interface {
	Restart(ctx context.Context, n wire.Number, tell func(line string)) error
	// LogOn calls secret when the computer asks for the password, and overwrites it.
	LogOn(ctx context.Context, n wire.Number, user string, secret func() ([]byte, error), tell func(line string)) error
	LogOff(ctx context.Context, n wire.Number, tell func(line string)) error
	// Words are the safety words with a computer.
	Words(ctx context.Context, n wire.Number) (Words, error)
	// Pick has the customer pick them, while the CSR reads them out.
	Pick(ctx context.Context, n wire.Number, tell func(line string)) error
	// Hear keeps what the CSR has heard the customer say, of these words alone: see
	// [Words.Both]. Other words end the session.
	Hear(ctx context.Context, n wire.Number, both string, same bool) error
}

// Words are the safety words with a computer.
type Words struct {
	Both     string // in each language; "" is none
	Why      string // there are none
	Compared bool   // the CSR has heard the customer say them
}

// RunEvent is what happens in a run on one computer: a note of this program, an event of
// the computer, or the end, with the error where there is one.
type RunEvent struct {
	Number wire.Number
	Note   string
	Event  *journal.RunEvent
	Ended  bool
	Err    error
	Denied bool // the customer said no, or did not answer
}

// Scripts is the script library, and what runs its scripts.
type Scripts interface {
	List(ctx context.Context) ([]api.Script, error)
	Show(ctx context.Context, name string) (api.Script, error)
	// Publish lets every CSR see and run a script, or its owner alone; Remove deletes it.
	Publish(ctx context.Context, name string, everybody bool) error
	Remove(ctx context.Context, name string) error
	Categories(ctx context.Context) ([]string, error)
	Add(ctx context.Context, f ScriptForm) error
	// Change gives the relay what is different, unless somebody else has changed the script
	// meanwhile.
	Change(ctx context.Context, before api.Script, f ScriptForm) error
	// Editor is a program in which the CSR writes a new script, or changes one, on the
	// terminal; it keeps what was typed where the relay does not take it.
	Editor(name string, change bool) *exec.Cmd
	// Run runs scripts in this order on several computers side by side, and tells what
	// happens, from several goroutines. A value from cancel ends the run everywhere; the
	// end of ctx leaves the computers to go on. The error is a [*NewAuthor], and nothing was
	// sent, where the author of a script is new to the CSR and accepted is another question
	// than that: what the relay sends is fetched anew.
	Run(ctx context.Context, names []string, on []wire.Number, accepted string, cancel <-chan struct{}, tell func(RunEvent)) error
}

// NewAuthor asks whether the CSR accepts an author whose scripts they have not run yet.
type NewAuthor struct {
	Said string // in their language, of several lines; not harmless
}

// Error is the question.
func (e *NewAuthor) Error() string { return e.Said }

// ScriptForm is what a CSR fills in about a script.
type ScriptForm struct {
	Name, Category, Description string
	// File is run, or a folder with it and what it needs; "" leaves the files as they are.
	File    string
	With    []string // the paths of what else it needs
	Publish bool     // for every CSR
}

// Entry is a file or a folder of the CSR's computer. Its name may be hostile.
type Entry struct {
	Name   string
	Folder bool
	Size   int64 // in bytes
}

// Listing is what a folder holds.
type Listing struct {
	Path    string // absolute
	File    bool   // it is a file, and no folder
	Entries []Entry
	More    bool // some are left out
}

// Folders are those of the CSR's own computer.
type Folders interface {
	// Folder lists a folder; "" is that in which the program was started.
	Folder(path string) (Listing, error)
}

// Files are what the CSR has brought to a computer for scripts to use. No customer is asked,
// as none is for sftp: nothing of it runs without a yes.
type Files interface {
	Files(ctx context.Context, n wire.Number) (library.StagingArea, error)
	// Put brings a file of the CSR's computer, over one of the same name.
	Put(ctx context.Context, n wire.Number, path string) error
	// Get writes a staged file into a new file of the CSR's computer.
	Get(ctx context.Context, n wire.Number, name, path string) error
	RemoveFile(ctx context.Context, n wire.Number, f library.StagedFile) error
}

// Reports are what the relay keeps of support sessions.
type Reports interface {
	List(ctx context.Context) ([]api.Report, error)
	// Read returns a report as text in a language.
	Read(ctx context.Context, n wire.Number, l text.Language) (string, error)
	// Verify says whether a report is proved, in a sentence; it trusts no relay.
	Verify(ctx context.Context, n wire.Number) (proved bool, sentence string, err error)
	// Export writes a report into a new file, in the form that can be proved.
	Export(ctx context.Context, n wire.Number, path string) error
}

// Options make a console. All but Language, Speaker, Plain and MaySuspend are required.
type Options struct {
	Who        string // the account at its relay, for people
	Language   text.Language
	Speaker    *text.Speaker // says errors in that language; nil says them in English
	Plain      bool          // no colours
	MaySuspend bool          // a shell is there to come back to
	Now        func() time.Time
	// In and Out are the terminal.
	In  *os.File
	Out *os.File

	Relay    Relay
	Viewer   Viewer
	Talker   Talker
	Controls Controls
	Files    Files
	Folders  Folders
	Scripts  Scripts
	Reports  Reports
}

func (o Options) validate() error {
	for name, missing := range map[string]bool{
		"Now": o.Now == nil, "Relay": o.Relay == nil, "Viewer": o.Viewer == nil, "Talker": o.Talker == nil,
		"Controls": o.Controls == nil, "Files": o.Files == nil, "Folders": o.Folders == nil, "Scripts": o.Scripts == nil, "Reports": o.Reports == nil,
	} {
		if missing {
			return fmt.Errorf("console: %s is required", name)
		}
	}
	return nil
}

// Console is the program. Its methods belong to the goroutine of its loop, but [Console.Tell].
type Console struct {
	opts  Options
	words map[word]string
	look  theme

	width, height int
	sessions      store
	marked        map[wire.Number]bool      // chosen by the CSR for a run
	away          map[wire.Number]time.Time // computers that went away, since when
	run           *runView                  // the last run, which may go on
	views         []view                    // the last one is shown
	notices       []notice
	lost          bool // the relay cannot be reached
	ticking       bool // a second's tick is on its way
	pace          pace
	inLines       bool // it is a menu

	send func(tea.Msg)
	work work
	fail error // why the console ends
}

// New makes a console. Call Run once.
func New(o Options) (*Console, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c := &Console{
		opts: o, words: words(o.Language), look: newTheme(o.Plain), width: 80, height: 24,
		marked: map[wire.Number]bool{}, away: map[wire.Number]time.Time{}, send: func(tea.Msg) {}, sessions: newStore(),
	}
	c.work.ctx, c.work.cancel = context.WithCancel(context.Background())
	c.views = []view{newSessionsView(c)}
	return c, nil
}

// Run shows the console until the CSR leaves it or ctx ends. The terminal is as it was
// when it returns. What has begun on computers goes on there.
func (c *Console) Run(ctx context.Context) error {
	if c.opts.In == nil || c.opts.Out == nil {
		return errors.New("console: In and Out are required")
	}
	program := tea.NewProgram(c, tea.WithInput(c.opts.In), tea.WithOutput(c.opts.Out), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))
	c.send = program.Send
	// The end of ctx asks the program to leave. Given to the program, it would end it at
	// once, and the program would not wait for what reads the terminal.
	over := make(chan struct{})
	var ending sync.WaitGroup
	ending.Go(func() {
		select {
		case <-ctx.Done():
			program.Quit()
		case <-over:
		}
	})
	_, err := program.Run()
	close(over)
	ending.Wait()
	c.work.end()
	switch {
	case c.fail != nil:
		return c.fail
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF): // the terminal is gone
		return nil
	}
	return err
}

// framesPerSecond bounds how often the screen is written. A person sees no difference
// beyond it, and each frame wakes the processor.
const framesPerSecond = 20

// Tell shows a line that a computer says while a command goes on there. It is hostile.
// Safe for concurrent use.
func (c *Console) Tell(n wire.Number, line string) { c.send(said{n, line}) }

// said is a line of a computer.
type said struct {
	number wire.Number
	line   string
}

// work is what goes on beside the loop. All of it ends with the console.
type work struct {
	ctx    context.Context
	cancel context.CancelFunc
	mu     sync.Mutex
	over   bool
	group  sync.WaitGroup
}

// begin reports whether something may still begin.
func (w *work) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.group.Add(1)
	}
	return !w.over
}

func (w *work) end() {
	w.cancel()
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.group.Wait()
}

// result is what something that a view began has come to.
type result struct {
	to  view
	msg any
}

// do runs f beside the loop, and gives what it returns to a view.
func (c *Console) do(to view, f func(ctx context.Context) any) tea.Cmd {
	return c.doIn(c.work.ctx, to, f)
}

// doIn is do within a context that ends before the console.
func (c *Console) doIn(ctx context.Context, to view, f func(ctx context.Context) any) tea.Cmd {
	return func() tea.Msg {
		if !c.work.begin() {
			return nil
		}
		defer c.work.group.Done()
		return result{to, f(ctx)}
	}
}

// within is a context that ends with the console, or before.
func (c *Console) within() (context.Context, context.CancelFunc) {
	return context.WithCancel(c.work.ctx)
}
