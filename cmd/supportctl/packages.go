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

	"supportd/library"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/filename"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// plan is what a run sends: packages, and the order in which their scripts run.
// A script that is run twice is sent once.
type plan struct {
	packages []client.Staged
	names    []string          // of the packages, in running order
	origins  map[string]string // by name: where a script comes from, for people
}

// resolve finds the scripts that words on the command line mean, in their order:
// files and directories, and what is none of them in the library.
func (p *program) resolve(words []string, fromLibrary func(name string) (client.Staged, string, error)) (plan, error) {
	pl := plan{origins: map[string]string{}}
	found := map[string]string{} // by what the word stands for: the script's name
	for _, word := range words {
		key, fetch := library.Key(word), fromLibrary
		if isLocal(word) {
			abs, err := filepath.Abs(word)
			if err != nil {
				return plan{}, err
			}
			key, fetch = abs, func(name string) (client.Staged, string, error) {
				pkg, err := localPackage(name)
				return pkg, abs, err
			}
		}
		if found[key] == "" {
			pkg, origin, err := fetch(word)
			if err != nil {
				return plan{}, err
			}
			pl.place(&pkg)
			found[key] = pkg.Name()
			pl.origins[pkg.Name()] = origin
		}
		pl.names = append(pl.names, found[key])
	}
	return pl, pl.check()
}

// isLocal reports whether a word means a file or directory here: it is written
// like a path, or there is one.
func isLocal(word string) bool {
	if strings.ContainsAny(word, `/\`) {
		return true
	}
	_, err := os.Stat(word)
	return err == nil
}

// libraryPackage is a script of the library as it is staged: in a folder that
// bears its name, as far as file systems let it.
func libraryPackage(name string, p library.Package) client.Staged {
	folder := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`\/:*?"<>|`, r) {
			return '-'
		}
		return r
	}, strings.TrimRight(name, "."))
	if filename.CheckPath(folder) != nil {
		folder = "script"
	}
	return client.Staged{Folder: folder, Package: p}
}

// place gives a package a name in the staging area that no other one has.
func (pl *plan) place(pkg *client.Staged) {
	stem := strings.TrimSuffix(pkg.Root(), path.Ext(pkg.Root()))
	for i := 2; slices.ContainsFunc(pl.packages, func(other client.Staged) bool { return strings.EqualFold(other.Root(), pkg.Root()) }); i++ {
		pkg.Folder = fmt.Sprintf("%s-%d", stem, i)
	}
	pl.packages = append(pl.packages, *pkg)
}

// authors are who has written the scripts, and who else has signed them, as far as a
// certificate says so: only that can a customer's computer prove.
func (pl plan) authors() (authors, seconds []wire.Authored, err error) {
	for _, pkg := range pl.packages {
		if pkg.Signed == nil || pkg.Signed.Certificate == "" {
			continue
		}
		line, err := pkg.Signed.Line()
		if err != nil {
			return nil, nil, err
		}
		authors = append(authors, wire.Authored{Script: pkg.Name(), Signed: line})
		if pkg.Second == nil {
			continue
		}
		if line, err = pkg.Second.Line(); err != nil {
			return nil, nil, err
		}
		seconds = append(seconds, wire.Authored{Script: pkg.Name(), Signed: line})
	}
	return authors, seconds, nil
}

// check holds the plan against the limits of the computer.
func (pl plan) check() error {
	total := 0
	for _, pkg := range pl.packages {
		size := pkg.Size()
		if size > library.MaxPackage {
			return cmdline.Usage("leave out what the script does not need", "%s has %d bytes, a script and its files have at most %d", pkg.Name(), size, library.MaxPackage)
		}
		total += size
		if err := pkg.Package.CheckScripts(); err != nil {
			return cmdline.Usage(hintSave, "%s: %v", pkg.Name(), err)
		}
	}
	switch {
	case total > library.MaxStaged:
		return cmdline.Usage("run them in several goes", "the scripts have %d bytes together, at most %d can be sent", total, library.MaxStaged)
	case len(pl.names) > library.MaxScripts:
		return cmdline.Usage("run them in several goes", "%d scripts, the customer is shown at most %d at once", len(pl.names), library.MaxScripts)
	}
	return nil
}

// localPackage reads a file, or a directory with one executable in it.
func localPackage(name string) (client.Staged, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return client.Staged{}, cmdline.Usage("name a file, a directory that holds a script and its files, or a script of the library", "there is no file %q", text.Escape(name))
	case err != nil:
		return client.Staged{}, unreadable(name, err)
	case info.IsDir():
		return directoryPackage(name)
	}
	f, err := readScriptFile(name, filepath.Base(name))
	return client.Staged{Package: library.Package{Executable: f.Path, Files: []library.File{f}}}, err
}

// directoryPackage takes everything in a directory. What is run is the only
// file at its top that can be, or the one of them that is called run.
func directoryPackage(dir string) (client.Staged, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return client.Staged{}, err
	}
	pkg := client.Staged{Folder: filepath.Base(abs)}
	if err := filename.CheckPath(pkg.Folder); err != nil {
		return pkg, cmdline.Usage("rename it", "%s: %v", text.Plain(pkg.Folder, 80), err)
	}
	var runnable []library.Runnable
	if pkg.Files, runnable, err = filesBelow(dir); err != nil {
		return pkg, err
	}
	if pkg.Executable, err = library.Choose(runnable); err != nil {
		return pkg, cmdline.Usage("", "%s: %v", text.Escape(dir), err)
	}
	return pkg, nil
}

// filesBelow reads everything in a directory; runnable are the files at its top
// that can be run.
func filesBelow(dir string) (files []library.File, runnable []library.Runnable, err error) {
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
		if total += info.Size(); total > library.MaxPackage {
			return cmdline.Usage("leave out what the script does not need", "%s: a script and its files have at most %d bytes", text.Escape(dir), library.MaxPackage)
		}
		inside, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		f, err := readScriptFile(at, filepath.ToSlash(inside))
		if err != nil {
			return err
		}
		files = append(files, f)
		if r, ok := library.CanRun(f.Path, int64(info.Mode().Perm())); ok && !strings.Contains(f.Path, "/") {
			runnable = append(runnable, r)
		}
		return nil
	})
	if err != nil {
		return nil, nil, unreadable(dir, err)
	}
	return files, runnable, nil
}

func readScriptFile(file, name string) (library.File, error) {
	// On the customer's computer a file may lie in a folder.
	if err := filename.CheckPath("package/" + name); err != nil {
		return library.File{}, cmdline.Usage("rename it", "%s: %v", text.Plain(name, 80), err)
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return library.File{}, unreadable(file, err)
	case !info.Mode().IsRegular():
		return library.File{}, cmdline.Usage("a script's files are ordinary files", "%s is no file", text.Escape(file))
	case info.Size() > library.MaxPackage:
		return library.File{}, cmdline.Usage("leave out what the script does not need", "%s has %d bytes, a script and its files have at most %d", text.Escape(file), info.Size(), library.MaxPackage)
	}
	data, err := disk.Read(file, library.MaxPackage)
	if err != nil {
		return library.File{}, unreadable(file, err)
	}
	return library.File{Path: name, Data: data}, nil
}

func unreadable(name string, err error) error {
	var told *cmdline.Error
	if errors.As(err, &told) {
		return err
	}
	var cause *fs.PathError
	why := err
	if errors.As(err, &cause) {
		why = cause.Err
	}
	return cmdline.Usage("", "cannot read %s: %v", text.Escape(name), why).Because(err)
}
