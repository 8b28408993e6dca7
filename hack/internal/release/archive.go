package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// member is a file of an archive, or of what a package is made of.
type member struct {
	name string // with slashes
	from string
	mode os.FileMode
}

// readings are what people read beside a program.
func readings() []string { return []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"} }

// archive lists what is in the archive for a system.
func (m *maker) archive(t target) ([]member, error) {
	var all []member
	add := func(name, from string, mode os.FileMode) { all = append(all, member{name, from, mode}) }
	for _, name := range programs() {
		add(name+t.exe(), m.program(t, name), 0o755)
		add("man/"+name+".1", m.text(name+".1"), 0o644)
		add("sbom/"+name+".cdx.json", m.bill(t, name), 0o644)
	}
	for _, name := range readings() {
		add(name, filepath.Join(m.source(), name), 0o644)
	}
	add(thirdParties, m.text(thirdParties), 0o644)
	for _, file := range completions() {
		add("completions/"+file, m.text(file), 0o644)
	}
	if t.os == "linux" { // where the relay is a service
		kit, err := m.kit()
		if err != nil {
			return nil, err
		}
		all = append(all, kit...)
	}
	slices.SortFunc(all, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// kit is what an operator needs beside the programs, as it is committed.
func (m *maker) kit() (all []member, err error) {
	const dir = "hack/packaging"
	err = filepath.WalkDir(filepath.Join(m.source(), dir), func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(filepath.Join(m.source(), dir), file)
		if err == nil && !strings.HasPrefix(name, "nfpm"+string(filepath.Separator)) && !strings.HasSuffix(name, ".test.yml") {
			all = append(all, member{"packaging/" + filepath.ToSlash(name), file, 0o644})
		}
		return err
	})
	return all, err
}

func (m *maker) writeArchives(context.Context) error {
	for _, t := range m.targets {
		members, err := m.archive(t)
		if err != nil {
			return err
		}
		name, write := fmt.Sprintf("supportd_%s_%s_%s", m.version, t.os, t.arch), writeTar
		file := filepath.Join(m.made(), name+".tar.gz")
		if t.os == "windows" {
			file, write = filepath.Join(m.made(), name+".zip"), writeZip
		}
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		if err := errors.Join(write(f, name, members, m.when), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// writeTar names nobody's user and no time but that of the commit.
func writeTar(w io.Writer, dir string, members []member, when time.Time) error {
	packed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	out := tar.NewWriter(packed)
	for _, one := range members {
		b, err := os.ReadFile(one.from)
		if err != nil {
			return err
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: path.Join(dir, one.name), Mode: int64(one.mode), Size: int64(len(b)), ModTime: when, Format: tar.FormatUSTAR}
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	return errors.Join(out.Close(), packed.Close())
}

func writeZip(w io.Writer, dir string, members []member, when time.Time) error {
	out := zip.NewWriter(w)
	for _, one := range members {
		b, err := os.ReadFile(one.from)
		if err != nil {
			return err
		}
		h := &zip.FileHeader{Name: path.Join(dir, one.name), Method: zip.Deflate, Modified: when}
		h.SetMode(one.mode)
		f, err := out.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	return out.Close()
}

// writeSums writes the SHA-256 of everything that is handed out, as sha256sum reads it.
func (m *maker) writeSums(context.Context) error {
	entries, err := os.ReadDir(m.made()) // in the order of their names
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range entries {
		file, err := os.ReadFile(filepath.Join(m.made(), e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(file), e.Name())
	}
	return os.WriteFile(filepath.Join(m.made(), "SHA256SUMS"), []byte(b.String()), 0o644)
}

// handOver puts everything where it was asked for, once it is all there: the sums come
// last. Of another version nothing is deleted.
func (m *maker) handOver() error {
	if err := os.MkdirAll(m.out, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(m.made())
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b os.DirEntry) int {
		last := func(e os.DirEntry) int { return strings.Count(e.Name(), "SHA256SUMS") }
		return last(a) - last(b)
	})
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(m.made(), e.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(m.out, e.Name()), b, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(m.log, "%12d  %s\n", len(b), e.Name())
	}
	fmt.Fprintln(m.log, "in", m.out)
	return nil
}
