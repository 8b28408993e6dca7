package library

import (
	"bytes"

	"supportd/library/text"
)

// formats are what people send in the place of a script, by how such files begin.
var formats = []struct {
	begin, name string
	packed      bool
}{
	{"\x1f\x8b", "a gzip archive", true}, {"BZh", "a bzip2 archive", true}, {"\xfd7zXZ\x00", "an xz archive", true}, {"\x28\xb5\x2f\xfd", "a Zstandard archive", true},
	{"\x04\x22\x4d\x18", "an lz4 archive", true}, {"LZIP", "an lzip archive", true}, {"\x1f\x9d", "an archive of compress", true}, {"PK\x03\x04", "a ZIP archive", true}, {"PK\x05\x06", "a ZIP archive", true},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", true}, {"Rar!\x1a\x07", "a RAR archive", true}, {"MSCF", "a cabinet file", true}, {"!<arch>\n", "a package or library (ar)", true}, {"\xed\xab\xee\xdb", "an RPM package", true},
	{"%PDF-", "a PDF document", false}, {"{\\rtf", "an RTF document", false}, {"\xd0\xcf\x11\xe0", "an Office document", false}, {"\x89PNG", "a picture", false}, {"\xff\xd8\xff", "a picture", false},
	{"SQLite format 3\x00", "a database", false},
}

// headSize is how much of a file its format is seen by, in bytes.
const headSize = 512

// tarMark stands in a tar archive's first block at this place.
const (
	tarMark   = "ustar"
	tarMarkAt = 257
)

// formatOf names what data is by how it begins; "" for everything else.
func formatOf(data []byte) (name string, packed bool) {
	for _, f := range formats {
		if bytes.HasPrefix(data, []byte(f.begin)) {
			return f.name, f.packed
		}
	}
	head := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), headSize)], []byte(markUTF8)), " \t\r\n"))
	if bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) {
		return "a page of HTML", false
	}
	if bytes.HasPrefix(data[min(len(data), tarMarkAt):], []byte(tarMark)) {
		return "a tar archive", true
	}
	return "", false
}

// CheckFormat says what stands in the place of a script: an archive, a document. A
// computer asks it too, because sftp and scp look at nothing.
func CheckFormat(data []byte) error {
	switch name, packed := formatOf(data); {
	case packed:
		return text.Errorf("it is %s and no script: unpack it, and name the script in it; the others come along", name)
	case name != "":
		return text.Errorf("it is %s and no script: save it as plain text", name)
	}
	return nil
}
