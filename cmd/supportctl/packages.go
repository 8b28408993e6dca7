package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"supportd/consent"
	"supportd/relay/client"
	"supportd/relay/wire/cmdline"
)

// plan is what a run sends: packages, and the order in which their scripts run.
// A script that is run twice is sent once.
type plan struct {
	packages []client.Package
	names    []string // of the packages, in running order
}

// resolve finds the scripts that words on the command line mean, in their order.
func (p *program) resolve(words []string) (plan, error) {
	var pl plan
	found := map[string]string{} // by the word's absolute path: the script's name
	for _, word := range words {
		file, err := filepath.Abs(word)
		if err != nil {
			return plan{}, err
		}
		if found[file] == "" {
			pkg, err := localPackage(word)
			if err != nil {
				return plan{}, err
			}
			pl.place(&pkg)
			found[file] = pkg.Name()
		}
		pl.names = append(pl.names, found[file])
	}
	return pl, pl.check()
}

// place gives a package a name in the staging area that no other one has.
func (pl *plan) place(pkg *client.Package) {
	stem := strings.TrimSuffix(pkg.Root(), path.Ext(pkg.Root()))
	for i := 2; slices.ContainsFunc(pl.packages, func(other client.Package) bool { return strings.EqualFold(other.Root(), pkg.Root()) }); i++ {
		pkg.Folder = fmt.Sprintf("%s-%d", stem, i)
	}
	pl.packages = append(pl.packages, *pkg)
}

// check holds the plan against the limits of the computer.
func (pl plan) check() error {
	total := 0
	for _, pkg := range pl.packages {
		size := pkg.Size()
		if size > client.MaxPackage {
			return cmdline.Usage("leave out what the script does not need", "%s has %d bytes, a script and its files have at most %d", pkg.Name(), size, client.MaxPackage)
		}
		total += size
	}
	switch {
	case total > client.MaxStaged:
		return cmdline.Usage("run them in several goes", "the scripts have %d bytes together, at most %d can be sent", total, client.MaxStaged)
	case len(pl.names) > client.MaxScripts:
		return cmdline.Usage("run them in several goes", "%d scripts, the customer is shown at most %d at once", len(pl.names), client.MaxScripts)
	}
	return nil
}

// localPackage reads a file, or a directory with one executable in it.
func localPackage(name string) (client.Package, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return client.Package{}, cmdline.Usage("name a file, or a directory that holds a script and its files", "there is no script %q", consent.Escape(name))
	case err != nil:
		return client.Package{}, unreadable(name, err)
	case info.IsDir():
		return directoryPackage(name)
	}
	f, err := readScriptFile(name, filepath.Base(name))
	return client.Package{Executable: f.Path, Files: []client.File{f}}, err
}

// directoryPackage takes everything in a directory. What is run is the only
// file at its top that can be, or the one of them that is called run.
func directoryPackage(dir string) (client.Package, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return client.Package{}, err
	}
	pkg := client.Package{Folder: filepath.Base(abs)}
	if err := checkName(pkg.Folder); err != nil {
		return pkg, err
	}
	var runnable []string
	total := int64(0)
	err = filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		// Before it is read: nobody means to send gigabytes.
		if total += info.Size(); total > client.MaxPackage {
			return cmdline.Usage("leave out what the script does not need", "%s: a script and its files have at most %d bytes", consent.Escape(dir), client.MaxPackage)
		}
		inside, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		f, err := readScriptFile(at, filepath.ToSlash(inside))
		if err != nil {
			return err
		}
		pkg.Files = append(pkg.Files, f)
		if !strings.Contains(f.Path, "/") && canRun(f.Path, info.Mode()) {
			runnable = append(runnable, f.Path)
		}
		return nil
	})
	if err != nil {
		return pkg, unreadable(dir, err)
	}
	pkg.Executable, err = chooseExecutable(dir, runnable)
	return pkg, err
}

func chooseExecutable(dir string, runnable []string) (string, error) {
	switch len(runnable) {
	case 0:
		return "", cmdline.Usage("chmod +x it, or give it an ending such as .sh, .py, .bat or .ps1", "nothing at the top of %s can be run", consent.Escape(dir))
	case 1:
		return runnable[0], nil
	}
	for _, name := range runnable {
		if strings.TrimSuffix(name, path.Ext(name)) == "run" {
			return name, nil
		}
	}
	return "", cmdline.Usage("name the one to start run, e.g. run.sh", "%s holds several scripts: %s", consent.Escape(dir), consent.Escape(strings.Join(runnable, ", ")))
}

// canRun reports whether a file can be started on any of the systems that
// customers have.
func canRun(name string, mode fs.FileMode) bool {
	endings := []string{".sh", ".py", ".bat", ".cmd", ".ps1", ".vbs", ".exe"}
	return mode&0o111 != 0 || slices.Contains(endings, strings.ToLower(path.Ext(name)))
}

func readScriptFile(file, name string) (client.File, error) {
	if err := checkName(name); err != nil {
		return client.File{}, err
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return client.File{}, unreadable(file, err)
	case !info.Mode().IsRegular():
		return client.File{}, cmdline.Usage("a script's files are ordinary files", "%s is no file", consent.Escape(file))
	case info.Size() > client.MaxPackage:
		return client.File{}, cmdline.Usage("leave out what the script does not need", "%s has %d bytes, a script and its files have at most %d", consent.Escape(file), info.Size(), client.MaxPackage)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return client.File{}, unreadable(file, err)
	}
	return client.File{Path: name, Data: data}, nil
}

// checkName refuses names that a person would not recognise when they are shown
// to them. The customer's computer has stricter rules of its own.
func checkName(name string) error {
	if consent.Escape(name) != name || strings.HasPrefix(name, "-") || len(name) > 255 {
		return cmdline.Usage("rename it", "%q is no name for a script that is shown to people", consent.Plain(name, 80))
	}
	return nil
}

func unreadable(name string, err error) error {
	var told *cmdline.Error
	if errors.As(err, &told) {
		return err
	}
	var cause *fs.PathError
	text := err.Error()
	if errors.As(err, &cause) {
		text = cause.Err.Error()
	}
	return &cmdline.Error{Code: cmdline.ExitUsage, Text: fmt.Sprintf("cannot read %s: %s", consent.Escape(name), text), Err: err}
}
