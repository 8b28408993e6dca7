package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// made writes a backup of small files.
func made(t testing.TB) []byte {
	t.Helper()
	dir := t.TempDir()
	var files []File
	for _, name := range []string{HostKey, CAKey, Database, Config, ACME + "/relay.example"} {
		path := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(path, []byte("the text of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, File{name, path})
	}
	var out bytes.Buffer
	m := Manifest{Program: "0.1", Made: time.Unix(1_800_000_000, 0).UTC(), Fingerprint: "SHA256:abc", Config: "/etc/relay.toml", Outside: []string{"/etc/key"}}
	if _, err := Write(&out, m, files); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// kept is where Read puts its files in a test.
type kept map[string]*bytes.Buffer

type closer struct{ io.Writer }

func (closer) Close() error { return nil }

func (k kept) create(name string) (io.WriteCloser, error) {
	k[name] = &bytes.Buffer{}
	return closer{k[name]}, nil
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	k := kept{}
	m, err := Read(bytes.NewReader(made(t)), k.create)
	if err != nil {
		t.Fatal(err)
	}
	if m.Format != Format || m.Fingerprint != "SHA256:abc" || m.Config != "/etc/relay.toml" || !m.Made.Equal(time.Unix(1_800_000_000, 0)) || len(m.Outside) != 1 {
		t.Errorf("%+v", m)
	}
	if len(k) != 5 {
		t.Errorf("%d files", len(k))
	}
	for name, text := range k {
		if text.String() != "the text of "+name {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestO2_EveryCutAndEveryChangedByteIsRefused(t *testing.T) {
	whole := made(t)
	for n := range whole {
		_, err := Read(bytes.NewReader(whole[:n]), kept{}.create)
		if !errors.Is(err, ErrCut) && !errors.Is(err, ErrNone) && !errors.Is(err, ErrChanged) {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
	const header = 10 // of gzip: there are times and names in it that nobody reads
	for n := header; n < len(whole); n++ {
		changed := bytes.Clone(whole)
		changed[n] ^= 0x10
		k := kept{}
		_, err := Read(bytes.NewReader(changed), k.create)
		if err == nil { // some bits of the packing mean nothing: then all is as it was
			for name, text := range k {
				if text.String() != "the text of "+name {
					t.Fatalf("byte %d changed: %s is %q", n, name, text)
				}
			}
			continue
		}
		if !errors.Is(err, ErrChanged) && !errors.Is(err, ErrCut) && !errors.Is(err, ErrNone) {
			t.Fatalf("byte %d changed: %v", n, err)
		}
	}
	if _, err := Read(bytes.NewReader(append(bytes.Clone(whole), whole...)), kept{}.create); !errors.Is(err, ErrChanged) {
		t.Errorf("two in one file: %v", err)
	}
}

// member is one of an archive that somebody else packs.
type member struct {
	header tar.Header
	text   string
}

func file(name, text string) member {
	return member{tar.Header{Typeflag: tar.TypeReg, Name: name}, text}
}

// pack packs members, and in the end the sums that fit them.
func pack(t testing.TB, members ...member) []byte {
	t.Helper()
	var out, sums bytes.Buffer
	packed := gzip.NewWriter(&out)
	w := tar.NewWriter(packed)
	add := func(m member) {
		m.header.Size = int64(len(m.text))
		if m.header.Typeflag != tar.TypeReg {
			m.header.Size = 0
		}
		m.header.Mode = 0o600
		if err := w.WriteHeader(&m.header); err != nil {
			t.Fatal(err)
		}
		if m.header.Size > 0 {
			if _, err := io.WriteString(w, m.text); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256([]byte(m.text)), m.header.Name)
	}
	for _, m := range members {
		add(m)
	}
	add(file(sumsName, sums.String()))
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestO2_HostileArchives(t *testing.T) {
	manifest := file(ManifestName, `{"format":1}`)
	whole := []member{manifest, file(HostKey, "h"), file(CAKey, "c"), file(Database, "d")}
	if _, err := Read(bytes.NewReader(pack(t, whole...)), kept{}.create); err != nil {
		t.Fatalf("the one that the others differ from: %v", err)
	}
	with := func(m member) []member { return append(append([]member{}, whole...), m) }
	link := func(kind byte, name, to string) member {
		return member{header: tar.Header{Typeflag: kind, Name: name, Linkname: to}}
	}
	for name, c := range map[string]struct {
		members []member
		is      error
		says    string
	}{
		"a way up":               {with(file("../../etc/cron.d/x", "x")), ErrChanged, "which no backup does"},
		"a way up in acme":       {with(file("acme/../../x", "x")), ErrChanged, "which no backup does"},
		"a way up with \\":       {with(file(`acme/..\..\x`, "x")), ErrChanged, "which no backup does"},
		"an absolute name":       {with(file("/etc/passwd", "x")), ErrChanged, "which no backup does"},
		"a name with a newline":  {with(file("acme/a\nb", "x")), ErrChanged, "which no backup does"},
		"a file of its own":      {with(file("relay.lock", "x")), ErrChanged, "which no backup does"},
		"the log of a database":  {with(file("relay.db-wal", "x")), ErrChanged, "which no backup does"},
		"a directory":            {with(link(tar.TypeDir, "acme/", "")), ErrChanged, "no ordinary file"},
		"a symbolic link":        {with(link(tar.TypeSymlink, Config, "/etc/shadow")), ErrChanged, "no ordinary file"},
		"a link":                 {with(link(tar.TypeLink, Config, HostKey)), ErrChanged, "no ordinary file"},
		"a device":               {with(link(tar.TypeBlock, Config, "")), ErrChanged, "no ordinary file"},
		"a pipe":                 {with(link(tar.TypeFifo, Config, "")), ErrChanged, "no ordinary file"},
		"an extended header":     {with(member{tar.Header{Typeflag: tar.TypeReg, Name: Config, PAXRecords: map[string]string{"X.y": "z"}}, "x"}), ErrChanged, "no ordinary file"},
		"a key twice":            {with(file(HostKey, "other")), ErrChanged, "twice"},
		"a key of 65 KiB":        {with(file(Config, strings.Repeat("x", maxConfig+1))), ErrChanged, "at most"},
		"no key":                 {[]member{manifest, file(CAKey, "c"), file(Database, "d")}, ErrChanged, "host_key is missing"},
		"no database":            {[]member{manifest, file(HostKey, "h"), file(CAKey, "c")}, ErrChanged, "relay.db is missing"},
		"nothing":                {nil, ErrNone, "it begins with"},
		"no manifest":            {whole[1:], ErrNone, `it begins with "host_key"`},
		"a manifest of no form":  {[]member{file(ManifestName, `{}`)}, ErrChanged, "cannot be read"},
		"a manifest of garbage":  {[]member{file(ManifestName, "\x00")}, ErrChanged, "cannot be read"},
		"a manifest of 65 KiB":   {[]member{file(ManifestName, strings.Repeat(" ", maxManifest+1))}, ErrNone, "it begins with"},
		"a newer form":           {[]member{file(ManifestName, `{"format":2,"program":"9.0\u001b[2J","made":7}`)}, ErrNewer, `by "9.0`},
		"sums of something else": {with(file(sumsName, "0  host_key\n")), ErrChanged, "do not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(pack(t, c.members...)), kept{}.create)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("%q", err)
			}
		})
	}
}

func TestO2_OtherFilesThanBackups(t *testing.T) {
	for name, text := range map[string]string{
		"a text": "hello\n", "an SQLite database": "SQLite format 3\x00" + strings.Repeat("\x00", 4096), "zeros": strings.Repeat("\x00", 4096),
	} {
		if _, err := Read(strings.NewReader(text), kept{}.create); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(strings.NewReader(""), kept{}.create); !errors.Is(err, ErrCut) {
		t.Errorf("an empty file: %v", err)
	}
}

func TestErrorsOfTheDiskAreTheirOwn(t *testing.T) {
	full := errors.New("the disk is full")
	_, err := Read(bytes.NewReader(made(t)), func(string) (io.WriteCloser, error) { return closer{failing{full}}, nil })
	if !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestNothingElseIsPacked(t *testing.T) {
	for _, name := range []string{"relay.db-wal", "../x", "acme/", "acme/a/b", "acme/.hidden", ""} {
		if _, err := Write(io.Discard, Manifest{}, []File{{name, os.DevNull}}); err == nil {
			t.Errorf("%q was packed", name)
		}
	}
}

func FuzzO2_Read(f *testing.F) {
	f.Add(made(f))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, text []byte) {
		k := kept{}
		if _, err := Read(bytes.NewReader(text), k.create); err != nil {
			return
		}
		for name := range k {
			if limit(name) == 0 {
				t.Errorf("%q", name)
			}
		}
	})
}
