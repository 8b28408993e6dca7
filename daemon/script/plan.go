package script

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"supportd/daemon/script/process"
	"supportd/library"
	"supportd/library/disk"
	"supportd/library/text"
)

// Step is one script of a plan.
type Step struct {
	// Name is the path as the CSR gave it, e.g. "fix-dns/run.sh".
	Name string `json:"name"`
	// Executable is the script itself, With are the other files of its package.
	Executable File   `json:"executable"`
	With       []File `json:"with,omitempty"`
	// Command is what starts it: an absolute interpreter and its arguments, to
	// which the executable's path is added; empty for a native executable.
	Command []string `json:"command,omitempty"`

	root string // the package's folder in the staging area, or "" for a single file
}

// Plan is an ordered list of scripts, as it was when it was made. It is
// immutable; [Runner.Start] refuses bytes that have changed since.
type Plan struct {
	Steps []Step

	staging *Staging
}

// Plan resolves an ordered list of paths in the staging area: "a/first.sh" is the
// executable of package "a", with which everything below "a" comes; a file that lies
// directly in the area is a package of its own. The same path may come twice, and runs
// twice then. Everything is read and hashed now. [Runner.Start] refuses what has changed
// since.
func (s *Staging) Plan(paths []string) (*Plan, error) {
	switch {
	case len(paths) == 0:
		return nil, errors.New("no script is named: give the paths of staged scripts, in the order in which they shall run")
	case len(paths) > library.MaxScripts:
		return nil, text.Errorf("%d scripts are too many for one run, %d are allowed", len(paths), library.MaxScripts)
	}
	p := &Plan{staging: s}
	steps := map[string]Step{} // a script that is named a hundred times is read once
	for _, name := range paths {
		step, known := steps[name]
		if !known {
			var err error
			if step, err = s.step(name); err != nil {
				return nil, err
			}
			steps[name] = step
		}
		p.Steps = append(p.Steps, step)
	}
	return p, nil
}

func (s *Staging) step(name string) (Step, error) {
	rel, err := cleanPath(name)
	if err != nil {
		return Step{}, err
	}
	if info, err := s.root.Lstat(filepath.FromSlash(rel)); err != nil {
		return Step{}, text.Errorf("%s is not there to be run", rel)
	} else if info.IsDir() {
		return Step{}, text.Errorf("%s is a folder: name the script in it, e.g. %s/run.sh", rel, rel)
	}
	step := Step{Name: rel}
	inside := rel
	if pkg := packageOf(rel); pkg != rel {
		step.root, inside = pkg, strings.TrimPrefix(rel, pkg+"/")
	}
	var data []byte
	if step.Executable, data, err = s.sent(rel); err != nil {
		return Step{}, err
	}
	step.Executable.Name = inside
	if step.Command, err = process.Interpreter(rel, data); err != nil {
		return Step{}, err
	}
	if step.root != "" {
		if step.With, err = s.companions(step.root, inside); err != nil {
			return Step{}, err
		}
	}
	return step, nil
}

// sent describes a file, which must hold what a client has sent. What another program of
// the customer's user has put into the area is not run.
func (s *Staging) sent(rel string) (File, []byte, error) {
	file, data, err := s.describe(rel)
	if err != nil {
		return File{}, nil, err
	}
	defer s.lock()()
	switch e := s.findLocked(rel); {
	case e == nil:
		return File{}, nil, refuse(rel, "it was not sent, something on the customer's computer has put it there")
	case e.sum == "":
		return File{}, nil, refuse(rel, "it is being written")
	case e.sum != file.SHA256:
		return File{}, nil, changedSince(rel)
	}
	return file, data, nil
}

// companions describes every other file of a package, in the order of their names.
func (s *Staging) companions(pkg, executable string) ([]File, error) {
	names, err := s.files(pkg)
	if err != nil {
		return nil, err
	}
	var with []File
	for _, name := range names {
		if name == executable {
			continue
		}
		f, data, err := s.sent(pkg + "/" + name)
		if err != nil {
			return nil, err
		}
		if err := library.CheckCompanion(name, data); err != nil {
			return nil, text.Errorf("%s/%s: %w", pkg, name, err)
		}
		f.Name = name
		with = append(with, f)
	}
	return with, nil
}

// files lists the files below a package's folder, with paths inside it.
func (s *Staging) files(pkg string) ([]string, error) {
	var names []string
	err := fs.WalkDir(s.root.FS(), pkg, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(name, pkg+"/"))
		}
		return err
	})
	if err != nil {
		return nil, systemRefusal(pkg, err)
	}
	slices.Sort(names)
	return names, nil
}

// unchanged compares the package of step i with the plan.
func (p *Plan) unchanged(i int) error {
	return p.each(i, func(File, []byte) error { return nil })
}

// extract copies the package of step i, which must be just as it was planned,
// into the directory dir and returns the path of its executable.
func (p *Plan) extract(i int, dir string) (string, error) {
	root, err := disk.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	executable := p.Steps[i].Executable.Name
	err = p.each(i, func(f File, data []byte) error {
		mode := os.FileMode(0o600)
		if f.Name == executable {
			mode = 0o700
		}
		err := root.MkdirAll(filepath.FromSlash(parentOf(f.Name)), 0o700)
		if err == nil {
			err = root.WriteFile(filepath.FromSlash(f.Name), data, mode)
		}
		if err != nil {
			return systemRefusal(f.Name, err)
		}
		return nil
	})
	return filepath.Join(dir, filepath.FromSlash(executable)), err
}

// each calls do with the bytes of each file of step i, after they were compared.
func (p *Plan) each(i int, do func(f File, data []byte) error) error {
	step := p.Steps[i]
	files := append([]File{step.Executable}, step.With...)
	prefix := ""
	if step.root != "" {
		prefix = step.root + "/"
		names, err := p.staging.files(step.root)
		if err != nil {
			return text.Errorf("%s: %w", step.Name, ErrChanged)
		}
		if len(names) != len(files) {
			return text.Errorf("%s: %w: there are %d files now, %d were shown", step.Name, ErrChanged, len(names), len(files))
		}
	}
	for _, f := range files {
		now, data, err := p.staging.describe(prefix + f.Name)
		if err != nil || now.SHA256 != f.SHA256 || now.Size != f.Size {
			return text.Errorf("%s: %w", f.Name, ErrChanged)
		}
		if err := do(f, data); err != nil {
			return err
		}
	}
	return nil
}
