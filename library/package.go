package library

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"supportd/consent"
	"supportd/library/author"
	"supportd/library/filename"
	"supportd/library/text"
)

const (
	// MaxPackage bounds all files of a package together, in bytes: what a support
	// script needs, and small enough to look through.
	MaxPackage = 1 << 20
	// MaxFiles bounds their number: a customer is shown each.
	MaxFiles = 100
	// MaxStaged bounds all packages together that one CSR brings to a computer in a
	// support session, in bytes.
	MaxStaged = 16 << 20
	// MaxScripts bounds the scripts of one run: a customer has to read the list.
	MaxScripts = 100
	// MaxArchive bounds what is read of a tar archive, in bytes: enough to say of
	// most packages that are too big by how much.
	MaxArchive = 8 * MaxPackage
)

// Package is what runs: an executable and the files it needs.
type Package struct {
	Executable string // path of one of Files
	Files      []File // in the order of their paths
}

// File is a file of a package. Path is relative, with slashes.
type File struct {
	Path string
	Data []byte
}

// SHA256 is the file's hash in 64 hexadecimal digits, as the customer sees it.
func (f File) SHA256() string { return Sum(f.Data) }

// Size is that of all files together, in bytes.
func (p Package) Size() (total int) {
	for _, f := range p.Files {
		total += len(f.Data)
	}
	return total
}

// Check says what is wrong with a package, and puts its files in order.
func (p Package) Check() error {
	slices.SortFunc(p.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := p.checkPaths(); err != nil {
		return err
	}
	switch size := p.Size(); {
	case len(p.Files) == 0:
		return errNothing
	case len(p.Files) > MaxFiles:
		return text.Errorf("it has %d files, a script has at most %d", len(p.Files), MaxFiles)
	case size > MaxPackage:
		return text.Errorf("its files have %d bytes together, %d more than the %d that a script may have", size, size-MaxPackage, MaxPackage)
	case !slices.ContainsFunc(p.Files, func(f File) bool { return f.Path == p.Executable }):
		return text.Errorf("%s, which is to be run, is not in it", text.Plain(p.Executable, 80))
	}
	return nil
}

// checkPaths holds the paths against the rule for names and against each other.
func (p Package) checkPaths() error {
	seen := map[string]string{} // files, and folders with a slash behind them, by what some systems take them for
	for _, f := range p.Files {
		shown := text.Plain(f.Path, 80)
		// On a customer's computer a package lies in a folder of its own.
		if err := filename.CheckPath("package/" + f.Path); err != nil {
			return text.Errorf("%s: %w", shown, err)
		}
		for at := f.Path; at != "."; at = path.Dir(at) {
			kind := at
			if at != f.Path {
				kind += "/"
			}
			key := filename.Fold(at)
			switch other, taken := seen[key]; {
			case !taken:
				seen[key] = kind
			case other == kind && at != f.Path:
			case strings.TrimSuffix(other, "/") == at:
				return text.Errorf("%s is there twice, or a file and a folder", shown)
			default:
				return text.Errorf("%s and %s are the same name on some computers", text.Plain(other, 80), shown)
			}
		}
	}
	return nil
}

// Tar is the package as an archive (POSIX.1-1988 ustar where names allow it): the
// same package is always the same bytes.
func (p Package) Tar() ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range p.Files {
		h := &tar.Header{Name: f.Path, Mode: 0o644, Size: int64(len(f.Data)), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
		if f.Path == p.Executable {
			h.Mode = 0o755
		}
		err := w.WriteHeader(h)
		if err == nil {
			_, err = w.Write(f.Data)
		}
		if err != nil {
			return nil, text.Errorf("%s: %w", f.Path, err)
		}
	}
	err := w.Close() // it writes the end
	return b.Bytes(), err
}

// Program is the package as a customer is asked about it.
func (p Package) Program() (program consent.Program) {
	for _, f := range p.Files {
		file := consent.File{Name: f.Path, Size: int64(len(f.Data)), SHA256: f.SHA256()}
		if f.Path == p.Executable {
			program.File = file
		} else {
			program.With = append(program.With, file)
		}
	}
	return program
}

// Signable are the files as an author signs them.
func (p Package) Signable() (files []author.File) {
	for _, f := range p.Files {
		files = append(files, author.File{Path: f.Path, Size: int64(len(f.Data)), SHA256: f.SHA256()})
	}
	return files
}

// Sum is the SHA-256 of a package's archive, or of one of its files, in
// hexadecimal.
func Sum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// ReadTar reads an archive, of which folders are passed over. What is run is
// executable, or where that is "" the only file at the top that can be, or the
// one of several that is called run. The error is for whoever made the archive.
func ReadTar(r io.Reader, executable string) (Package, error) {
	p := Package{Executable: clean(executable)}
	var runnable []Runnable
	stream := &source{r: r, left: MaxArchive}
	in := tar.NewReader(stream)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) && !stream.dry {
			break
		}
		if err != nil {
			return Package{}, stream.problem()
		}
		name := clean(h.Name)
		switch {
		case h.Typeflag == tar.TypeDir, h.Typeflag == tar.TypeXGlobalHeader: // the latter is what "git archive" begins with
			continue
		case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse:
			return Package{}, text.Errorf("%s is a link or a device: a script has ordinary files only", text.Plain(name, 80))
		case strings.HasPrefix(h.Name, "/"):
			return Package{}, text.Errorf("%s: its path begins with a slash; inside an archive paths are relative: tar -C DIRECTORY -cf - FILE", text.Plain(h.Name, 80))
		// A sparse file is larger than what comes of it.
		case h.Size > MaxArchive-int64(p.Size()) || len(p.Files) > 2*MaxFiles:
			return Package{}, text.Errorf("%s: %w", text.Plain(name, 80), errTooMuch)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			return Package{}, stream.problem()
		}
		p.Files = append(p.Files, File{name, data})
		if r, ok := CanRun(name, h.Mode); ok && !strings.Contains(name, "/") {
			runnable = append(runnable, r)
		}
	}
	if p.Executable == "" {
		if len(p.Files) == 1 {
			runnable = []Runnable{{Path: p.Files[0].Path}}
		}
		var err error
		if p.Executable, err = Choose(runnable); err != nil && len(p.Files) > 0 {
			return Package{}, err
		}
	}
	return p, p.Check()
}

// ErrNoArchive is the error for something that is no whole tar archive.
var ErrNoArchive = errors.New("this is no tar archive, or not a whole one")

var errNothing = errors.New("there is no file in it")

var errTooMuch = text.Errorf("a script has at most %d files and %d bytes", MaxFiles, MaxPackage)

// source is what an archive is read from. It notices when the archive wants more
// than there is: one that was cut off between two files has no end mark, which
// package tar takes for an end too.
type source struct {
	r    io.Reader
	left int // of what may be read
	dry  bool
	head []byte // what came first: it says what this is instead
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	s.head = append(s.head, p[:min(n, headSize-len(s.head))]...)
	s.dry = n == 0 && (err != nil || s.left == 0)
	if s.dry {
		err = io.EOF
	}
	return n, err
}

// problem says why an archive could not be read to its end.
func (s *source) problem() error {
	switch {
	case len(s.head) == 0:
		return errNothing
	case s.left == 0:
		return errTooMuch
	}
	if name, _ := formatOf(s.head); name != "" && name != "a tar archive" {
		return text.Errorf("%w: it is %s; send it unpacked, as in tar -C DIRECTORY -cf - FILE", ErrNoArchive, name)
	}
	return ErrNoArchive
}

// clean takes what tar(1) writes in front of names.
func clean(name string) string { return strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/") }

// Runnable is a file that can be started on some system that customers have.
type Runnable struct {
	Path   string
	Marked bool // its permission bits say so, not only its ending
}

// CanRun reports whether a file with these permission bits can be started.
func CanRun(name string, mode int64) (r Runnable, ok bool) {
	endings := []string{".sh", ".py", ".bat", ".cmd", ".ps1", ".vbs", ".exe"}
	r = Runnable{name, mode&0o111 != 0}
	return r, r.Marked || slices.Contains(endings, strings.ToLower(path.Ext(name)))
}

// Choose finds what is to be run among the files that can be: the only one, or
// the one that is called run. Where permission bits mark some, the others only
// look like programs.
func Choose(list []Runnable) (string, error) {
	if slices.ContainsFunc(list, func(r Runnable) bool { return r.Marked }) {
		list = slices.DeleteFunc(slices.Clone(list), func(r Runnable) bool { return !r.Marked })
	}
	switch len(list) {
	case 0:
		return "", errors.New("nothing in it can be run: name the file, or give it an ending such as .sh, .py, .bat or .ps1")
	case 1:
		return list[0].Path, nil
	}
	var shown []string
	for _, r := range list {
		if strings.TrimSuffix(r.Path, path.Ext(r.Path)) == "run" {
			return r.Path, nil
		}
		shown = append(shown, text.Plain(r.Path, 40))
	}
	return "", text.Errorf("several files in it can be run (%s): call the one run, as in run.sh, or let it alone be executable", strings.Join(shown[:min(len(shown), 5)], ", "))
}
