package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"supportd/library/disk"
)

// Write writes a backup of these files to w. A file must not change meanwhile. It
// reports how many bytes the files have.
func Write(w io.Writer, m Manifest, files []File) (size int64, err error) {
	m.Format = Format
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	var names []string
	for _, f := range files {
		if limit(f.Name) == 0 {
			return 0, fmt.Errorf("backup: %q is no member of a backup", f.Name)
		}
		names = append(names, f.Name)
	}
	if lost := missing(names); lost != nil || len(files) > maxMembers {
		return 0, fmt.Errorf("backup: %d members, without %v", len(files), lost)
	}
	// What is done most of the time is waiting for the disk: the quickest is enough.
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return 0, err
	}
	p := packer{tar: tar.NewWriter(packed), made: m.Made}
	err = p.add(ManifestName, int64(len(text)), bytes.NewReader(text))
	for _, f := range files {
		if err == nil {
			size, err = p.addFile(f, size)
		}
	}
	if err == nil {
		err = p.add(sumsName, int64(p.sums.Len()), bytes.NewReader(p.sums.Bytes()))
	}
	if err == nil {
		err = p.tar.Close()
	}
	if err == nil {
		err = packed.Close()
	}
	return size, err
}

// packer writes members, and their sums.
type packer struct {
	tar  *tar.Writer
	made time.Time
	sums bytes.Buffer
}

func (p *packer) addFile(f File, before int64) (size int64, err error) {
	in, err := disk.Open(f.Path)
	if err != nil {
		return before, err
	}
	info, err := in.Stat()
	if err == nil {
		if most := limit(f.Name); most > 0 && info.Size() > most {
			err = fmt.Errorf("%s has %d bytes, at most %d are expected there", f.Path, info.Size(), most)
		} else if err = p.add(f.Name, info.Size(), in); err != nil {
			err = fmt.Errorf("packing %s: %w", f.Path, err)
		}
		before += info.Size()
	}
	return before, errors.Join(err, in.Close())
}

// add writes one member of exactly so many bytes.
func (p *packer) add(name string, size int64, from io.Reader) error {
	// GNU's form has sizes beyond 8 GiB without a header of its own.
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: p.made.Truncate(time.Second), Format: tar.FormatGNU}
	if err := p.tar.WriteHeader(h); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(p.tar, sum), from, size); err != nil {
		return err
	}
	fmt.Fprintf(&p.sums, "%x  %s\n", sum.Sum(nil), name)
	return nil
}
