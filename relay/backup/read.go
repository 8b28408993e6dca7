package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"supportd/library/text"
)

// maxShown bounds a foreign name in a message, in bytes.
const maxShown = 80

// magic is what every file in gzip begins with.
const magic = "\x1f\x8b"

// Read takes a backup apart. create is called once for each file, with the name of its
// member, which is one of those named above; what it returns is closed before the next
// call. Nothing of it may be used unless Read returns no error: only then do the sums fit.
func Read(from io.Reader, create func(name string) (io.WriteCloser, error)) (Manifest, error) {
	in := bufio.NewReader(from)
	begins, err := in.Peek(len(magic))
	switch {
	case err == nil && string(begins) != magic:
		return Manifest{}, ErrNone
	case errors.Is(err, io.EOF) && len(begins) == 0:
		return Manifest{}, fmt.Errorf("%w: the file is empty", ErrCut)
	}
	packed, err := gzip.NewReader(in)
	if err != nil {
		return Manifest{}, reason(err, ErrNone)
	}
	packed.Multistream(false)
	u := unpacker{tar: tar.NewReader(packed), create: create}
	m, err := u.manifest()
	if err != nil {
		return m, err
	}
	for more := true; more; {
		if more, err = u.next(); err != nil {
			return m, err
		}
	}
	if _, err := u.tar.Next(); !errors.Is(err, io.EOF) {
		return m, reason(err, fmt.Errorf("%w: something follows the sums", ErrChanged))
	}
	// The end of the packed bytes has a sum of its own, and nothing comes behind it.
	if n, err := io.Copy(io.Discard, io.LimitReader(packed, maxManifest)); err != nil || n == maxManifest {
		return m, reason(err, fmt.Errorf("%w: something follows the archive", ErrChanged))
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return m, reason(err, fmt.Errorf("%w: something follows the archive", ErrChanged))
	}
	return m, nil
}

// reason is why reading failed: what the kind of error says, else otherwise.
func reason(err, otherwise error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil:
		return otherwise
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrCut
	case errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return ErrChanged
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, tar.ErrHeader):
		return otherwise
	}
	return err // of the disk
}

// unpacker reads members, and adds up what their sums have to be.
type unpacker struct {
	tar    *tar.Reader
	create func(name string) (io.WriteCloser, error)
	sums   bytes.Buffer
	names  []string
}

// manifest reads the first member.
func (u *unpacker) manifest() (m Manifest, err error) {
	h, err := u.tar.Next()
	if err != nil {
		return m, reason(err, ErrNone)
	}
	if h.Name != ManifestName || !plain(h) || h.Size > maxManifest {
		return m, fmt.Errorf("%w: it begins with %s, and not with %s", ErrNone, shown(h.Name), ManifestName)
	}
	var text bytes.Buffer
	if err := u.copy(h, &text); err != nil {
		return m, err
	}
	// The form comes first: a newer one may have other fields.
	var form struct {
		Format  int    `json:"format"`
		Program string `json:"program"`
	}
	if err := json.Unmarshal(text.Bytes(), &form); err != nil || form.Format < 1 {
		return m, fmt.Errorf("%w: %s cannot be read", ErrChanged, ManifestName)
	}
	if form.Format > Format {
		return m, fmt.Errorf("%w: by %s, in form %d, and this one knows form %d", ErrNewer, shown(form.Program), form.Format, Format)
	}
	if err := json.Unmarshal(text.Bytes(), &m); err != nil {
		return m, fmt.Errorf("%w: %s cannot be read", ErrChanged, ManifestName)
	}
	return m, nil
}

// next reads the next member; the sums are the last one.
func (u *unpacker) next() (more bool, err error) {
	h, err := u.tar.Next()
	if err != nil {
		return false, reason(err, ErrChanged)
	}
	most := limit(h.Name)
	switch {
	case !plain(h):
		return false, fmt.Errorf("%w: %s in it is no ordinary file", ErrChanged, shown(h.Name))
	case h.Name == sumsName:
		return false, u.check(h)
	case most == 0:
		return false, fmt.Errorf("%w: it holds %s, which no backup does", ErrChanged, shown(h.Name))
	case most > 0 && h.Size > most:
		return false, fmt.Errorf("%w: %s in it has %d bytes, at most %d are expected", ErrChanged, h.Name, h.Size, most)
	case slices.Contains(u.names, h.Name):
		return false, fmt.Errorf("%w: it holds %s twice", ErrChanged, h.Name)
	case len(u.names) == maxMembers:
		return false, fmt.Errorf("%w: it holds more than %d files", ErrChanged, maxMembers)
	}
	u.names = append(u.names, h.Name)
	out, err := u.create(h.Name)
	if err != nil {
		return false, err
	}
	return true, errors.Join(u.copy(h, out), out.Close())
}

// plain reports whether a member is a file as we write it: no link, no directory, no
// file with holes, nothing that an extended header says.
func plain(h *tar.Header) bool {
	return h.Typeflag == tar.TypeReg && h.Size >= 0 && h.Linkname == "" && len(h.PAXRecords) == 0
}

// copy brings a member to w, and its sum to the others.
func (u *unpacker) copy(h *tar.Header, w io.Writer) error {
	sum := sha256.New()
	into := &written{w: w}
	n, err := io.Copy(io.MultiWriter(into, sum), u.tar)
	switch {
	case into.err != nil:
		return into.err
	case err != nil:
		return reason(err, ErrChanged)
	case n != h.Size:
		return ErrCut
	}
	fmt.Fprintf(&u.sums, "%x  %s\n", sum.Sum(nil), h.Name)
	return nil
}

// check compares the sums with what was read.
func (u *unpacker) check(h *tar.Header) error {
	said, err := io.ReadAll(io.LimitReader(u.tar, maxSums+1))
	switch {
	case err != nil:
		return reason(err, ErrChanged)
	case int64(len(said)) != h.Size || !bytes.Equal(said, u.sums.Bytes()):
		return fmt.Errorf("%w: the sums in %s do not fit", ErrChanged, sumsName)
	}
	if lost := missing(u.names); lost != nil {
		return fmt.Errorf("%w: %s is missing", ErrChanged, lost[0])
	}
	return nil
}

// written tells an error of writing from one of reading.
type written struct {
	w   io.Writer
	err error
}

func (w *written) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.err = err
	return n, err
}

// shown is a foreign name as it stands in a message.
func shown(name string) string { return fmt.Sprintf("%q", text.Plain(name, maxShown)) }
