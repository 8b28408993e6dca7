package web

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// content is what a program is made of in these tests: each one's own bytes.
func content(s system) []byte {
	return bytes.Repeat([]byte(s.String()+" program\x00\xff"), 20_000)
}

// described says which system such content is for.
func described(file []byte) (string, bool, error) {
	name, _, _ := strings.Cut(string(file[:30]), " ")
	return strings.Replace(name, "-", "/", 1), true, nil
}

// newPrograms is a directory with a program for every system, and what does not
// belong there.
func newPrograms(t *testing.T) (p *Programs, dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(name string, bytes []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range systems() {
		write(s.file(), content(s))
	}
	write("host_key", []byte("secret"))
	write(sumsName, []byte("old"))
	p, err := openPrograms(dir, slog.New(slog.DiscardHandler), described)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, dir
}

// W2: below /d/ there is what the list says, and nothing that a name could reach.
func TestW2_OddNames(t *testing.T) {
	programs, dir := newPrograms(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "outside"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *Options) { o.Programs = programs })
	for _, name := range []string{
		"", ".", "..", "../outside", "..%2foutside", "%2e%2e/outside", "..\\outside", "..%5coutside", "/etc/passwd", "//etc/passwd", "%2fetc/passwd", "host_key", "./host_key",
		"support-agent-linux-amd64/", "support-agent-linux-amd64/.", "SUPPORT-AGENT-LINUX-AMD64", "support-agent-linux-amd64.", "support-agent-linux-amd64%00", "support-agent-linux-amd64%20", "support-agent-linux-amd6%34",
		"support-agent-windows-amd64.exe::$DATA", "support-agent-linux-mips", "CON", "nul", "sha256sums", "SHA256SUMS/x", "run.sh", aNumber, aNumber + "/", aNumber + "/../SHA256SUMS", aNumber + "/linux-amd64/x",
		aNumber + "/LINUX-AMD64", aNumber + "/run.sh/", aNumber + "/page.html", aNumber + "/support-agent-linux-amd64", "%ff", strings.Repeat("a", 500), "C:x", "-", "~", "*", "support-agent-*",
	} {
		resp, body := s.ask(visitor, browse("/d/"+name)+"\r\n")
		if resp.StatusCode != http.StatusNotFound && !(resp.StatusCode == http.StatusBadRequest && name == "%ff") || strings.Contains(body, "secret") {
			t.Errorf("%q: %v %.60q", name, resp.Status, body)
		}
	}
}

// W9: whatever the number, the program is the same to the byte, under a name that has
// the number, and may be run.
func TestW9_TheSameProgramForEveryNumber(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	for _, to := range systems() {
		for _, number := range []string{aNumber, otherNumber} {
			resp, body := s.ask(visitor, browse("/d/"+number+"/"+to.String())+"\r\n")
			name, mode, program := unpack(t, resp, body)
			want := "support-" + number
			if to.os == "windows" {
				want += ".exe"
			}
			if name != want || mode&0o111 != 0o111 || program != string(content(to)) {
				t.Errorf("%v, %s: %q, mode %v, %d bytes", to, number, name, mode, len(program))
			}
		}
	}
}

// unpack is the program that a visitor has after a download.
func unpack(t *testing.T, resp *http.Response, body string) (name string, mode os.FileMode, program string) {
	t.Helper()
	var content io.Reader
	_, file, _ := strings.Cut(resp.Header.Get("Content-Disposition"), `attachment; filename="`)
	file = strings.TrimSuffix(file, `"`)
	switch filepath.Ext(file) {
	case ".exe":
		return file, 0o755, body
	case ".zip":
		z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		name, mode = z.File[0].Name, z.File[0].Mode()
		if z.File[0].Modified.Year() < 2000 {
			t.Errorf("the archive's date is none: %v", z.File[0].Modified)
		}
		if content, err = z.File[0].Open(); err != nil {
			t.Fatal(err)
		}
	case ".gz":
		g, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(g) // which checks the CRC
		if err != nil {
			t.Fatal(err)
		}
		archive := tar.NewReader(bytes.NewReader(whole))
		h, err := archive.Next()
		if err != nil {
			t.Fatal(err)
		}
		name, mode, content = h.Name, h.FileInfo().Mode(), archive
	default:
		t.Fatalf("%v: %q", resp.Status, file)
	}
	all, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return name, mode, string(all)
}

// W9: a download that broke off goes on where it was, unless the program is another
// one by then.
func TestW9_RangesAndResuming(t *testing.T) {
	programs, dir := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	for _, path := range []string{"/d/support-agent-linux-amd64", "/d/" + aNumber + "/windows-amd64", "/d/" + aNumber + "/linux-arm64", "/d/" + aNumber + "/darwin-arm64"} {
		resp, whole := s.ask(visitor, browse(path)+"\r\n")
		tag := resp.Header.Get("ETag")
		if resp.StatusCode != 200 || tag == "" || resp.Header.Get("Accept-Ranges") != "bytes" || resp.ContentLength != int64(len(whole)) {
			t.Fatalf("%s: %v %v", path, resp.Status, resp.Header)
		}
		for _, cut := range []int{0, 1, 600, len(whole) / 2, len(whole) - 1} {
			resp, rest := s.ask(visitor, browse(path)+fmt.Sprintf("Range: bytes=%d-\r\nIf-Range: %s\r\n\r\n", cut, tag))
			if resp.StatusCode != http.StatusPartialContent || whole[:cut]+rest != whole {
				t.Errorf("%s from %d: %v, %d bytes", path, cut, resp.Status, len(rest))
			}
		}
		if resp, rest := s.ask(visitor, browse(path)+"Range: bytes=5-\r\nIf-Range: \"other\"\r\n\r\n"); resp.StatusCode != 200 || rest != whole {
			t.Errorf("%s, resumed with another tag: %v", path, resp.Status)
		}
		if resp, _ := s.ask(visitor, browse(path)+"Range: bytes=999999999-\r\n\r\n"); resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
			t.Errorf("%s, behind the end: %v", path, resp.Status)
		}
		if resp, _ := s.ask(visitor, browse(path)+"If-None-Match: "+tag+"\r\n\r\n"); resp.StatusCode != http.StatusNotModified {
			t.Errorf("%s, known already: %v", path, resp.Status)
		}
	}
	_, sums := s.ask(visitor, browse("/d/SHA256SUMS")+"\r\n")
	for _, to := range systems() {
		sum := sha256.Sum256(content(to))
		if !strings.Contains(sums, hex.EncodeToString(sum[:])+"  "+to.file()+"\n") {
			t.Errorf("%s is not in %s", to.file(), sums)
		}
	}

	// The same program copied anew has another time in its archive, so none is resumed with the other.
	for _, to := range []system{{"linux", "arm64"}, {"darwin", "arm64"}} {
		path := "/d/" + aNumber + "/" + to.String()
		before, _ := s.ask(visitor, browse(path)+"\r\n")
		if err := os.Chtimes(filepath.Join(dir, to.file()), time.Unix(1e9, 0), time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
		resp, _ := s.ask(visitor, browse(path)+"Range: bytes=5-\r\nIf-Range: "+before.Header.Get("ETag")+"\r\n\r\n")
		if resp.StatusCode != 200 || resp.Header.Get("ETag") == before.Header.Get("ETag") {
			t.Errorf("%s, copied anew: %v, ETag %v", path, resp.Status, resp.Header.Get("ETag"))
		}
	}

	// A program that is being replaced is not served until it is left alone.
	first := systems()[0]
	file, path := filepath.Join(dir, first.file()), "/d/"+first.file()
	before, _ := s.ask(visitor, browse(path)+"\r\n")
	next := append(content(first), "more"...)
	if err := os.WriteFile(file, next, 0o600); err != nil {
		t.Fatal(err)
	}
	if resp, _ := s.ask(visitor, browse(path)+"\r\n"); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("while it is written: %v", resp.Status)
	}
	long := time.Now().Add(-time.Minute)
	if err := os.Chtimes(file, long, long); err != nil {
		t.Fatal(err)
	}
	if resp, body := s.ask(visitor, browse(path)+"\r\n"); body != string(next) || resp.Header.Get("ETag") == before.Header.Get("ETag") {
		t.Errorf("afterwards: %v, %d bytes", resp.Status, len(body))
	}
}

func TestProgramsThatAreRefused(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	if _, err := OpenPrograms(dir, log); err == nil || !strings.Contains(err.Error(), "no program") {
		t.Errorf("an empty directory: %v", err)
	}
	name := filepath.Join(dir, "support-agent-linux-amd64")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPrograms(dir, log); err == nil || !strings.Contains(err.Error(), "support-agent-linux-amd64") {
		t.Errorf("a script: %v", err)
	}
	other := func([]byte) (string, bool, error) { return "linux/arm64", true, nil }
	if _, err := openPrograms(dir, log, other); err == nil || !strings.Contains(err.Error(), "linux/arm64") {
		t.Errorf("a program for another system: %v", err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", name); err == nil {
		if _, err := openPrograms(dir, log, other); err == nil {
			t.Error("a link that leads out of the directory is followed")
		}
	}
	for _, address := range []string{"http://h/", "https://", "https://u:p@h/", "https://h/?x", "https://h/#x", "ftp://h/", "https://h/$(id)/", "https://h/a b/", "https://h'x/"} {
		if _, err := LinkPrograms(address); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
}

// The sh script is a program of sh, whatever the relay is called, and has no room for
// anything else.
func TestScriptsAreWellFormed(t *testing.T) {
	programs, _ := newPrograms(t)
	linked, err := LinkPrograms("https://downloads.example/supportd/")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Programs{programs, linked} {
		s := newSite(t, func(o *Options) { o.Programs = p })
		for _, name := range []string{"run.sh", "run.ps1"} {
			_, body := s.ask(visitor, browse("/d/"+aNumber+"/"+name)+"\r\n")
			if !strings.Contains(body, "support-"+aNumber) || strings.Contains(body, "{{") {
				t.Errorf("%s: %s", name, body)
			}
			if name == "run.ps1" {
				checkPowerShell(t, body)
				continue
			}
			check := exec.CommandContext(t.Context(), "sh", "-n")
			check.Stdin = strings.NewReader(body)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
	}
}

// checkPowerShell reads the script for Windows as strictly as a test can without
// PowerShell: nobody has run it.
func checkPowerShell(t *testing.T, script string) {
	t.Helper()
	if open := unclosed(script); open != "" {
		t.Errorf("%q is open at the end of:\n%s", open, script)
	}
	at := func(text string) int {
		t.Helper()
		if strings.Count(script, text) != 1 {
			t.Errorf("%q is there %d times", text, strings.Count(script, text))
		}
		return strings.Index(script, text)
	}
	// A switch without a condition is no PowerShell; it would be one where there is no program.
	if empty := regexp.MustCompile(`switch\s*\([^)]*\)\s*\{\s*\}`).FindString(script); empty != "" {
		t.Errorf("it has %q", empty)
	}
	// All of it is one block, so that nothing of it runs if it breaks off. Inside, what
	// follows comes in this order.
	order := []string{
		"\n& {\n", "Set-StrictMode -Version 2\n", "$ErrorActionPreference = 'Stop'\n", "Nothing is installed.", "[Guid]::NewGuid()",
		"\ttry {\n", "[IO.File]::OpenRead($program)", "[Security.Cryptography.SHA256]", "if ($sum -ne $want) {", "it was not run\"; return }\n", "& $program join @know\n", "\t} finally {\n", "$file.Close()", "Remove-Item -Recurse -Force",
	}
	last := -1
	for _, text := range order {
		if i := at(text); i < last {
			t.Errorf("%q comes too early", text)
		} else {
			last = i
		}
	}
	// Nothing asks for more rights, changes a setting, or is a function of a script module,
	// which the usual execution policy keeps from being loaded.
	for _, no := range []string{"RunAs", "ExecutionPolicy", "Set-ItemProperty", "Get-FileHash", "Expand-Archive", "Invoke-Expression", "iex", "Start-Process", "\u00a0", "“", "”", "‘", "’"} {
		if strings.Contains(script, no) {
			t.Errorf("it has %q", no)
		}
	}
}

// unclosed is what is open at the end of a PowerShell script: brackets and strings.
func unclosed(script string) string {
	open, closes := []byte{}, map[byte]byte{'}': '{', ')': '(', ']': '['}
	for i := 0; i < len(script); i++ {
		in := byte(0)
		if len(open) > 0 {
			in = open[len(open)-1]
		}
		switch c := script[i]; {
		case in == '\'' || in == '"' && c != '$':
			if c == in {
				open = open[:len(open)-1]
			}
		case in == '"':
			if strings.HasPrefix(script[i:], "$(") {
				open = append(open, '(')
				i++
			}
		case c == '#':
			i += strings.IndexByte(script[i:], '\n')
		case c == '\'', c == '"', c == '{', c == '(', c == '[':
			open = append(open, c)
		case closes[c] != 0 && closes[c] == in:
			open = open[:len(open)-1]
		case closes[c] != 0:
			return string(c)
		}
	}
	return string(open)
}
