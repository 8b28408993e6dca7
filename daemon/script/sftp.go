package script

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"

	"supportd/library"
)

// Hooks are what [Staging.ServeSFTP] tells its caller. They may be called from
// several goroutines; Staged, Moved and Removed of one staging area come one
// after the other, in the order of what they tell.
type Hooks struct {
	// Staged is called when a file that was written is closed; its Name is the path
	// in the staging area. An error is what the client hears then. Required.
	Staged func(File) error
	// Fetched is called before a client gets a file back; likewise.
	Fetched func(File) error
	// Made is called before a folder is made, Moved before something gets another name,
	// Removed before it goes. All are paths in the staging area, and an error is as for Staged. Required.
	Made    func(name string) error
	Moved   func(from, to string) error
	Removed func(name string) error
	// Refused gets the text of every refusal, for clients that show status codes
	// only, such as OpenSSH's: one for a file, however many parts of it are refused.
	// Optional.
	Refused func(text string)
	// Log gets what went wrong in here. Optional.
	Log *slog.Logger
	// Broken is called when something has panicked: the session ends. Optional.
	Broken func()
}

// announce sets what the server offers beyond the draft. Links and the state of the disk,
// which the library could offer too, are left out.
var announce = sync.OnceValue(func() error { return sftp.SetSFTPExtensions("posix-rename@openssh.com") })

// ServeSFTP serves one SFTP session (draft-ietf-secsh-filexfer-02, version 3)
// over the staging area, until the client is done or ctx ends; rwc is closed
// then. It returns nil when the client ended the session. A panic in here ends this
// session alone.
func (s *Staging) ServeSFTP(ctx context.Context, rwc io.ReadWriteCloser, hooks Hooks) error {
	if hooks.Staged == nil || hooks.Fetched == nil || hooks.Made == nil || hooks.Moved == nil || hooks.Removed == nil {
		return errors.New("script: Staged, Fetched, Made, Moved and Removed are required")
	}
	if hooks.Log == nil {
		hooks.Log = slog.New(slog.DiscardHandler)
	}
	if err := announce(); err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	h := &handler{staging: s, hooks: hooks, ctx: ctx, end: end, failed: map[string]*failure{}}
	stream := guardedStream{rwc, h}
	server := sftp.NewRequestServer(stream, sftp.Handlers{FileGet: h, FilePut: h, FileCmd: h, FileList: h})
	defer context.AfterFunc(ctx, func() { _ = stream.Close() })()
	err := server.Serve()
	_ = server.Close()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errPanicked):
		return cause
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

// errPanicked ends a session in which something has panicked.
var errPanicked = errors.New("something went wrong with SFTP; connect again")

// handler is one SFTP session. The library calls it from goroutines of its own, so
// each of its methods recovers.
type handler struct {
	staging *Staging
	hooks   Hooks
	ctx     context.Context
	end     context.CancelCauseFunc
	open    atomic.Int32

	mu     sync.Mutex
	failed map[string]*failure // why a file did not arrive, until it is sent again
}

// recovered is deferred in everything that the library calls.
func (h *handler) recovered(err *error) {
	if r := recover(); r != nil {
		h.hooks.Log.Error("an SFTP handler panicked", "panic", r, "stack", string(debug.Stack()))
		*err = errPanicked
		if h.hooks.Broken != nil {
			h.hooks.Broken()
		}
		h.end(errPanicked)
	}
}

// guardedStream recovers in what the library's goroutines do with the channel.
type guardedStream struct {
	rwc     io.ReadWriteCloser
	handler *handler
}

func (g guardedStream) Read(p []byte) (n int, err error) {
	defer g.handler.recovered(&err)
	return g.rwc.Read(p)
}

func (g guardedStream) Write(p []byte) (n int, err error) {
	defer g.handler.recovered(&err)
	return g.rwc.Write(p)
}

func (g guardedStream) Close() (err error) {
	defer g.handler.recovered(&err)
	return g.rwc.Close()
}

// tellRefusal passes a refusal on to the hook as well.
func (h *handler) tellRefusal(err error) error {
	var r *refusal
	if errors.As(err, &r) && h.hooks.Refused != nil {
		h.hooks.Refused(r.text)
	}
	return err
}

// failure is why a file did not arrive.
type failure struct {
	err  error
	sent chan struct{} // closed when the reason is on its way to the client
}

// fail keeps why a file does not arrive, and tells it once. Clients send writes ahead,
// and some leave at the first refusal. So no refusal is sent before the reason.
func (h *handler) fail(rel string, err error) error {
	h.mu.Lock()
	known := h.failed[rel]
	now := &failure{err, make(chan struct{})}
	if known == nil && len(h.failed) < MaxStagedFiles {
		h.failed[rel] = now
	}
	h.mu.Unlock()
	if known != nil {
		<-known.sent // whoever tells it writes to the channel, which ends with the client
		return known.err
	}
	defer close(now.sent)
	return h.tellRefusal(err)
}

// why is why a file did not arrive, or nil.
func (h *handler) why(rel string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.failed[rel]; f != nil {
		return f.err
	}
	return nil
}

// forgetFailure forgets why a file did not arrive.
func (h *handler) forgetFailure(rel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.failed, rel)
}

// take takes a handle.
func (h *handler) take(name string) error {
	if h.open.Add(1) > MaxHandles {
		h.open.Add(-1)
		return beyond(name, "too many files are open at once")
	}
	return nil
}

func (h *handler) give() { h.open.Add(-1) }

// unrecorded is what the client hears when the journal could not be written; the
// cause is not for them.
func (h *handler) unrecorded(rel string, err error) error {
	if err == nil {
		return nil
	}
	h.hooks.Log.Warn("a change of the staging area could not be recorded", "err", err)
	return &refusal{text: rel + ": it could not be written into the customer's journal; their disk may be full", code: sftp.ErrSSHFxFailure}
}

// Filecmd does everything that opens no file.
func (h *handler) Filecmd(r *sftp.Request) (err error) {
	defer h.recovered(&err)
	rel, err := cleanPath(r.Filepath)
	if err == nil && r.Method == "Setstat" {
		if err := h.why(rel); err != nil {
			return err // the client has read it already
		}
	}
	if err == nil {
		err = h.command(rel, r)
	}
	return h.tellRefusal(err)
}

func (h *handler) command(rel string, r *sftp.Request) error {
	switch r.Method {
	case "Setstat", "Mkdir", "Remove", "Rmdir", "Rename", "PosixRename":
	case "Link", "Symlink":
		return refuse(strings.TrimPrefix(r.Target, "/"), "links are not allowed here")
	default:
		return &refusal{text: rel + ": this is not offered here", code: sftp.ErrSSHFxOpUnsupported}
	}
	if r.Method != "Setstat" || r.AttrFlags().Size { // the rest changes nothing on the disk
		if err := h.staging.pace.wait(h.ctx); err != nil {
			return err
		}
	}
	defer h.staging.lock()()
	switch r.Method {
	case "Setstat":
		return h.setstatLocked(rel, r)
	case "Mkdir":
		if keysFolder(rel) {
			return errKeys(rel)
		}
		h.forgetFailure(rel)
		return h.staging.mkdirLocked(rel, func() error { return h.unrecorded(rel, h.hooks.Made(rel)) })
	case "Remove", "Rmdir":
		return h.staging.removeLocked(rel, r.Method == "Rmdir", func() error { return h.unrecorded(rel, h.hooks.Removed(rel)) })
	}
	return h.renameLocked(rel, r)
}

func (h *handler) renameLocked(from string, r *sftp.Request) error {
	to, err := cleanPath(r.Target)
	if err != nil {
		return err
	}
	return h.staging.renameLocked(from, to, r.Method == "PosixRename", func(replaced bool) (err error) {
		h.forgetFailure(to)
		if replaced {
			err = h.hooks.Removed(to)
		}
		if err == nil {
			err = h.hooks.Moved(from, to)
		}
		return h.unrecorded(to, err)
	})
}

// PosixRename is posix-rename@openssh.com, what OpenSSH's rename sends.
func (h *handler) PosixRename(r *sftp.Request) error { return h.Filecmd(r) }

// setstatLocked changes a file's length. Times and modes that clients send along are
// kept for them to see again; files are the daemon's own, and run by their place
// in a plan.
func (h *handler) setstatLocked(rel string, r *sftp.Request) error {
	e := h.staging.findLocked(rel)
	flags, attributes := r.AttrFlags(), r.Attributes()
	switch {
	case e == nil && keysFolder(rel):
		return errKeys(rel)
	case e == nil:
		return noSuch(rel)
	case flags.UidGid:
		return refuse(rel, "files here belong to the customer's user")
	case flags.Size && e.dir:
		return refuse(rel, "it is a folder")
	}
	if flags.Size {
		if err := h.resizeLocked(e, attributes.Size); err != nil {
			return err
		}
	}
	if flags.Permissions {
		e.mode = attributes.FileMode().Perm()
	}
	if flags.Acmodtime {
		e.changed = time.Unix(int64(attributes.Mtime), 0)
	}
	return nil
}

func (h *handler) resizeLocked(e *entry, size uint64) error {
	if size > library.MaxPackage {
		return tooLong(e.rel)
	}
	if w := h.staging.writing[fold(e.rel)]; w != nil {
		return w.resizeLocked(int64(size))
	}
	data, err := h.staging.stagedLocked(e)
	if err == nil {
		err = h.staging.growLocked(e, int64(size))
	}
	if err != nil {
		return err
	}
	data = append(data[:min(len(data), int(size))], make([]byte, max(0, int(size)-len(data)))...)
	e.changed = time.Now()
	return h.storeLocked(e, data)
}

// storeLocked writes a file and records what it holds now. A file that cannot be kept
// whole, or cannot be recorded, is removed.
func (h *handler) storeLocked(e *entry, data []byte) error {
	before := e.sum
	file, err := h.staging.putLocked(e, data)
	if err == nil {
		if err = h.unrecorded(e.rel, h.hooks.Staged(file)); err == nil {
			return nil
		}
	}
	h.staging.dropLocked(e)
	if before != "" {
		_ = h.hooks.Removed(e.rel) // the client hears of a failure already
	}
	return err
}
