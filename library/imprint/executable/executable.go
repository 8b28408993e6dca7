// Package executable writes an imprint into a support-agent that was built for any
// system: an ELF, PE or Mach-O file of 64 bits. Package imprint says where it lies and
// why there. support-relay uses it; everything happens in memory, and the same program
// and the same imprint give the same bytes.
//
// What a file says about itself stays true: a PE file gets its new checksum, and the
// pages that changed get their new hashes in the ad hoc signature that Go's linker
// gives to programs for macOS. A program that somebody has signed is refused, because
// its signature would not hold any more: the imprint comes first.
package executable

import (
	"bytes"
	"errors"
	"strings"

	"supportd/library/imprint"
)

// MaxSize bounds a program, in bytes: ours have less than 32 MiB.
const MaxSize = 256 << 20

// Why a program is not taken.
var (
	ErrKind      = errors.New("this is no program of 64 bits for Linux, Windows or macOS")
	ErrUniversal = errors.New("this file holds programs for several processors")
	ErrCut       = errors.New("the program is damaged: a part of it is missing")
	ErrDamaged   = errors.New("the program is damaged")
	ErrOther     = errors.New("this is no support-agent, or an old one that takes no imprint")
	ErrTwice     = errors.New("the program has two places for an imprint")
	ErrSigned    = errors.New("the program is signed already")
	ErrImprinted = errors.New("the program has an imprint already")
)

// span is a part of a file, in bytes.
type span struct{ at, size uint64 }

func (s span) end() uint64 { return s.at + s.size }

// object is a program as its file's tables describe it.
type object struct {
	system string // as Go names it: linux/amd64
	data   span   // the section that has the region
	// seal makes true again what the file says about itself, after the bytes of a
	// span of it were changed.
	seal func(file []byte, changed span)
}

// Program is a support-agent for some system. Make it with [Open].
type Program struct {
	file   []byte
	object object
	region span
}

// Open reads the tables of a program, and finds its region. It keeps file, which must
// not change any more. The error is one of this package.
func Open(file []byte) (*Program, error) {
	o, err := describe(file)
	if err != nil {
		return nil, err
	}
	section, mark := file[o.data.at:o.data.end()], []byte(imprint.Mark())
	at := bytes.Index(section, mark)
	switch {
	case at < 0:
		return nil, ErrOther
	case bytes.Count(section, mark) > 1:
		return nil, ErrTwice
	case len(section)-at < imprint.Size:
		return nil, ErrCut
	}
	return &Program{file: file, object: o, region: span{o.data.at + uint64(at), uint64(imprint.Size)}}, nil
}

// System is what the program was built for, as Go names it: windows/amd64.
func (p *Program) System() string { return p.object.system }

// Imprint is the one that the program has; ok is false when it has none. The error is
// an [*imprint.Error].
func (p *Program) Imprint() (i imprint.Imprint, ok bool, err error) {
	return imprint.ReadRegion(string(p.file[p.region.at:p.region.end()]))
}

// With is the file of the program with an imprint, which it must not have yet:
// otherwise the error is [ErrImprinted], or that of [Program.Imprint]. An error about
// the new imprint is an [*imprint.Error] too.
func (p *Program) With(i imprint.Imprint) ([]byte, error) {
	switch _, has, err := p.Imprint(); {
	case err != nil:
		return nil, errors.Join(ErrDamaged, err)
	case has:
		return nil, ErrImprinted
	}
	region, err := imprint.Region(i)
	if err != nil {
		return nil, err
	}
	file := bytes.Clone(p.file)
	copy(file[p.region.at:p.region.end()], region)
	p.object.seal(file, p.region)
	return file, nil
}

// describe reads the tables of a file of any kind. The section that it names lies in
// the file.
func describe(file []byte) (object, error) {
	begins := func(magic string) bool { return strings.HasPrefix(string(file[:min(len(file), 4)]), magic) }
	switch {
	case begins("\x7fELF"):
		return describeELF(file)
	case begins("MZ"):
		return describePE(file)
	case begins("\xcf\xfa\xed\xfe"):
		return describeMachO(file)
	case begins("\xca\xfe\xba\xbe"), begins("\xca\xfe\xba\xbf"):
		return object{}, ErrUniversal
	}
	return object{}, ErrKind
}

// within reports whether a part lies in a file.
func within(s span, file []byte) bool {
	size := uint64(len(file))
	return s.at <= size && s.size <= size-s.at
}
