package web

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"time"

	"supportd/library/disk"
)

// An archive keeps what a browser forgets: that a file may be run. The program in it
// is the same for everybody and is compressed once; its name is what differs, so only
// a few bytes before and behind are made for each number.
type archive struct {
	kind  string // the ending: tar.gz or zip
	body  []byte // compressed by DEFLATE (RFC 1951)
	sum   string // SHA-256 of body in hexadecimal
	size  int64  // of the program, in bytes
	crc   uint32 // of what is in body
	bytes int64  // how many bytes are in body before compression
	made  time.Time
}

// tarBlock is the unit of a tar archive; two empty ones end it.
const tarBlock = 512

// prepare makes the archives of all programs until ctx is done, so that no customer
// waits for that: it takes a second for each.
func (p *Programs) prepare(ctx context.Context) {
	for _, one := range p.list() {
		if p.linked() || one.system.kind() == "exe" {
			continue
		}
		if now, err := p.state(one); err == nil {
			_, _ = p.archive(ctx, one.system, now) // whoever asks for it learns why there is none
		}
	}
}

// archive is a program's archive, which is made where there is none yet.
func (p *Programs) archive(ctx context.Context, s system, e *edition) (*archive, error) {
	e.packing.Lock()
	defer e.packing.Unlock()
	if made := e.packed.Load(); made != nil {
		return made, nil
	}
	a, err := p.pack(ctx, s, e)
	if err != nil {
		return nil, err
	}
	e.packed.Store(a)
	return a, nil
}

// downloadSize is how many bytes a customer downloads, 0 where that is not known yet. The
// few bytes that an archive has around the program do not count.
func (e *edition) downloadSize(s system) int64 {
	if s.kind() == "exe" {
		return e.info.Size()
	}
	if made := e.packed.Load(); made != nil {
		return int64(len(made.body))
	}
	return 0
}

// untilDone is a reader that ends when its context is done.
type untilDone struct {
	ctx  context.Context
	from io.Reader
}

// Read implements [io.Reader].
func (u untilDone) Read(b []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.from.Read(b)
}

// pack compresses a program into what its system takes, a zip or a tar.gz.
func (p *Programs) pack(ctx context.Context, s system, e *edition) (*archive, error) {
	f, err := disk.OpenIn(p.root, s.file(), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a := &archive{kind: s.kind(), size: e.info.Size(), made: e.info.ModTime().UTC().Truncate(time.Second)}
	var ending int64
	if a.kind == "tar.gz" {
		ending = 2*tarBlock + (tarBlock-a.size%tarBlock)%tarBlock
	}
	var body bytes.Buffer
	crc, sum := crc32.NewIEEE(), sha256.New()
	squeeze, err := flate.NewWriter(&body, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	out := io.MultiWriter(squeeze, crc)
	n, err := io.Copy(io.MultiWriter(out, sum), untilDone{ctx, f})
	if err == nil {
		_, err = out.Write(make([]byte, ending))
	}
	if err = errors.Join(err, squeeze.Close()); err != nil {
		return nil, err
	}
	if n != a.size || hexOf(sum) != e.sum {
		return nil, errChanging
	}
	a.crc, a.bytes = crc.Sum32(), n+ending
	a.keep(body.Bytes())
	return a, nil
}

// keep takes what the program is after compression.
func (a *archive) keep(body []byte) {
	sum := sha256.Sum256(body)
	a.body, a.sum = body, hex.EncodeToString(sum[:])
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// named is the archive with the program under a name: its parts, one behind the other,
// and a tag that another archive has only if it is the same to the byte. Who packs does
// not always make the same bytes of the same program: another version of Go, or another
// time of the file, makes others, and a download that goes on with those is damaged.
func (a *archive) named(name string) (all *parts, tag string, err error) {
	pack := a.tarGz
	if a.kind == "zip" {
		pack = a.zip
	}
	before, after, err := pack(name)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %s", len(before), before, a.sum, after))
	return &parts{all: [][]byte{before, a.body, after}}, hex.EncodeToString(sum[:]), nil
}

// zip writes the headers around the body.
func (a *archive) zip(name string) (before, after []byte, err error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	h := &zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: a.crc,
		CompressedSize64: uint64(len(a.body)), UncompressedSize64: uint64(a.size),
	}
	h.SetMode(0o755)
	//lint:ignore SA1019 a raw header is written as it stands, with these fields
	h.SetModTime(a.made)
	into, err := w.CreateRaw(h)
	if err != nil {
		return nil, nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, nil, err
	}
	before = bytes.Clone(out.Bytes())
	if _, err := into.Write(a.body); err != nil {
		return nil, nil, err
	}
	if err := w.Close(); err != nil {
		return nil, nil, err
	}
	return before, bytes.Clone(out.Bytes()[len(before)+len(a.body):]), nil
}

// tarGz writes the tar header, uncompressed, before the body, both in one gzip member
// (RFC 1952): DEFLATE's blocks stand one behind the other, and one that is stored ends
// with a whole byte.
func (a *archive) tarGz(name string) (before, after []byte, err error) {
	var header bytes.Buffer
	err = tar.NewWriter(&header).WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: a.size, ModTime: a.made, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR})
	if err != nil {
		return nil, nil, err
	}
	if header.Len() != tarBlock {
		return nil, nil, fmt.Errorf("the tar header has %d bytes", header.Len())
	}
	before = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255} // gzip's header: DEFLATE, no name, no time
	before = append(before, 0)                            // a block that is stored, not the last one
	before = binary.LittleEndian.AppendUint16(before, tarBlock)
	before = binary.LittleEndian.AppendUint16(before, ^uint16(tarBlock))
	before = append(before, header.Bytes()...)
	crc := joinCRC(crc32.ChecksumIEEE(header.Bytes()), a.crc, a.bytes)
	after = binary.LittleEndian.AppendUint32(nil, crc)
	after = binary.LittleEndian.AppendUint32(after, uint32(a.bytes+tarBlock)) // modulo 2³²
	return before, after, nil
}

// joinCRC is the CRC-32 of two texts, one behind the other, of which the second has
// size bytes. Behind it stand as many zero bits as that: the first CRC is multiplied
// by x^(8·size), modulo the polynomial (bits are reversed, as crc32.IEEE has them).
func joinCRC(first, second uint32, size int64) uint32 {
	power := uint32(1) << 31 >> 8 // x^8
	for ; size > 0; size >>= 1 {
		if size&1 == 1 {
			first = timesCRC(first, power)
		}
		power = timesCRC(power, power)
	}
	return first ^ second
}

// timesCRC multiplies two polynomials modulo that of CRC-32.
func timesCRC(a, b uint32) (product uint32) {
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 == 1 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return product
}

// parts is a reader of byte slices, one behind the other, that can seek.
type parts struct {
	all [][]byte
	at  int64
}

func (p *parts) size() (n int64) {
	for _, part := range p.all {
		n += int64(len(part))
	}
	return n
}

// Read implements [io.Reader].
func (p *parts) Read(b []byte) (int, error) {
	skip := p.at
	for _, part := range p.all {
		if skip < int64(len(part)) {
			n := copy(b, part[skip:])
			p.at += int64(n)
			return n, nil
		}
		skip -= int64(len(part))
	}
	return 0, io.EOF
}

// Seek implements [io.Seeker].
func (p *parts) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.at
	case io.SeekEnd:
		offset += p.size()
	}
	if offset < 0 {
		return 0, errors.New("web: a place before the beginning")
	}
	p.at = offset
	return offset, nil
}
