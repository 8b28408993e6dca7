package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"supportd/library/disk"
	"supportd/library/imprint/executable"
	"supportd/library/text"
	"supportd/library/wire"
)

const (
	// maxProgram bounds a program, in bytes: it is read whole once.
	maxProgram = 128 << 20
	// settleTime is how long a file has to be left alone before it is served: whoever
	// copies a new one there is not done at once.
	settleTime = 2 * time.Second
	// sumsName is the list of all programs' SHA-256, in the form of sha256sum.
	sumsName = "SHA256SUMS"
)

// Programs are what customers download: files of a directory here, or addresses of
// another host, which a relay that lies cannot change. All methods are safe for
// concurrent use. The zero value and nil are none.
type Programs struct {
	log    *slog.Logger
	root   *os.Root
	remote string // the address of another host, ending in a slash
	all    []*program
	// describe says which system a program is for, as Go names it, and whether it has an
	// imprint.
	describe func(file []byte) (system string, imprinted bool, err error)
}

// program is one of them.
type program struct {
	system system
	mu     sync.Mutex // guards what follows; no other lock is taken under it
	now    *edition
}

// edition is a state of a program's file. It does not change, but for its archive.
type edition struct {
	info      fs.FileInfo
	sum       string // SHA-256 in hexadecimal
	imprinted bool   // it knows by itself where it connects to

	packing sync.Mutex              // held while the archive is made; no other lock is taken under it
	packed  atomic.Pointer[archive] // nil until it is made, once
}

// OpenPrograms takes the programs that lie in a directory. Their names say which
// system they are for, as support-agent-windows-amd64.exe does, and have to tell the
// truth. Other names are warned of and never served: a directory that was named by
// mistake gives nothing away. The caller has to call [Programs.Close].
func OpenPrograms(dir string, log *slog.Logger) (*Programs, error) {
	return openPrograms(dir, log, describe)
}

func describe(file []byte) (system string, imprinted bool, err error) {
	program, err := executable.Open(file)
	if err != nil {
		return "", false, err
	}
	_, imprinted, err = program.Imprint()
	return program.System(), imprinted, err
}

func openPrograms(dir string, log *slog.Logger, describe func([]byte) (string, bool, error)) (_ *Programs, err error) {
	root, err := disk.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	p := &Programs{log: log, root: root, describe: describe}
	defer func() {
		if err != nil {
			root.Close()
		}
	}()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		i := slices.IndexFunc(systems(), func(s system) bool { return s.file() == entry.Name() })
		if i < 0 {
			if entry.Name() != sumsName { // ours is computed
				log.Warn("a file in programs is not served: its name is none of a program", "name", text.Plain(entry.Name(), 100))
			}
			continue
		}
		one := &program{system: systems()[i]}
		if one.now, err = p.read(one.system); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		if !one.now.imprinted {
			log.Warn("a program does not know this relay: customers have to type its address; support-relay imprint writes it in", "name", entry.Name())
		}
		p.all = append(p.all, one)
	}
	if len(p.all) == 0 {
		return nil, fmt.Errorf("there is no program; a name is like %s", systems()[0].file())
	}
	slices.SortFunc(p.all, func(a, b *program) int { return slices.Index(systems(), a.system) - slices.Index(systems(), b.system) })
	return p, nil
}

// LinkPrograms takes the programs of another host, under the same names and with
// SHA256SUMS beside them. Nothing is asked of that host here.
func LinkPrograms(address string) (*Programs, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("an address such as https://downloads.example/supportd/ is wanted")
	case !wire.IsWebHost(u.Host), strings.Trim(u.Path, pathLetters) != "":
		return nil, errors.New("its host or path has letters that cannot stand in a line to paste")
	}
	p := &Programs{remote: strings.TrimSuffix(u.String(), "/") + "/"}
	for _, s := range systems() {
		p.all = append(p.all, &program{system: s})
	}
	return p, nil
}

// pathLetters need no quoting in an address, a shell or PowerShell.
const pathLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"

// Close gives the directory back.
func (p *Programs) Close() error {
	if p == nil || p.root == nil {
		return nil
	}
	return p.root.Close()
}

// list are the programs that there are.
func (p *Programs) list() []*program {
	if p == nil {
		return nil
	}
	return p.all
}

// linked reports whether another host has them.
func (p *Programs) linked() bool { return p != nil && p.remote != "" }

// has reports whether there is a program for an operating system, as Go names it.
func (p *Programs) has(os string) bool {
	return slices.ContainsFunc(p.list(), func(one *program) bool { return one.system.os == os })
}

// nearest is the system whose program a visitor's system runs: itself, or on Windows that
// for the commoner processor. A Mac does not say which one it has, and stays as it is.
func (p *Programs) nearest(on system) (system, bool) {
	for _, is := range []system{on, {"windows", "amd64"}} {
		if is.os == on.os && slices.ContainsFunc(p.list(), func(one *program) bool { return one.system == is }) {
			return is, true
		}
	}
	return on, on.os == "darwin" && p.has(on.os)
}

// find is the program whose name in an address fits; nil is none.
func (p *Programs) find(name func(system) string, want string) *program {
	for _, one := range p.list() {
		if name(one.system) == want {
			return one
		}
	}
	return nil
}

// errChanging is a program whose file is being replaced.
var errChanging = errors.New("it is being replaced")

// open opens a program as it is now. The caller has to close the file.
func (p *Programs) open(one *program) (*os.File, *edition, error) {
	f, err := disk.OpenIn(p.root, one.system.file(), os.O_RDONLY, 0)
	if err != nil {
		return nil, nil, err
	}
	now, err := p.current(one, f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, now, nil
}

// current is the edition of the open file. A file that has changed is read again as
// soon as it has been left alone.
func (p *Programs) current(one *program, f *os.File) (*edition, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if was := one.now.info; os.SameFile(was, info) && was.Size() == info.Size() && was.ModTime().Equal(info.ModTime()) {
		return one.now, nil
	}
	if age := time.Since(info.ModTime()); age >= 0 && age < settleTime {
		return nil, errChanging
	}
	next, err := p.read(one.system)
	if err != nil {
		return nil, err
	}
	p.log.Info("a program was replaced", "name", one.system.file(), "sha256", next.sum)
	one.now = next
	return next, nil
}

// read reads a program whole and looks at what it is.
func (p *Programs) read(s system) (*edition, error) {
	f, err := disk.OpenIn(p.root, s.file(), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	bytes, err := io.ReadAll(io.LimitReader(f, maxProgram+1))
	switch {
	case err != nil:
		return nil, err
	case len(bytes) > maxProgram:
		return nil, fmt.Errorf("it has more than %d bytes", maxProgram)
	}
	built, imprinted, err := p.describe(bytes)
	if err != nil {
		return nil, err
	}
	if strings.Replace(built, "/", "-", 1) != s.String() {
		return nil, fmt.Errorf("it is a program for %s: give it the name of that", built)
	}
	sum := sha256.Sum256(bytes)
	return &edition{info: info, sum: hex.EncodeToString(sum[:]), imprinted: imprinted}, nil
}

// state is a program's edition without its file open.
func (p *Programs) state(one *program) (*edition, error) {
	f, now, err := p.open(one)
	if err != nil {
		return nil, err
	}
	return now, f.Close()
}

// sums is the text of SHA256SUMS.
func (p *Programs) sums() (string, error) {
	var list strings.Builder
	for _, one := range p.list() {
		now, err := p.state(one)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&list, "%s  %s\n", now.sum, one.system.file())
	}
	return list.String(), nil
}
