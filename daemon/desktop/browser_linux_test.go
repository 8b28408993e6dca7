package desktop

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/testkit"
)

// browser makes a program that stands for a browser: it keeps what it was to open, and
// what that holds.
func browser(t *testing.T, dir, does string) string {
	t.Helper()
	path := filepath.Join(dir, "browser")
	script := "#!/bin/sh\n" + does + "\ncat \"$1\" >" + dir + "/held.new; id -u >>" + dir + "/held.new; echo \"$1\" >>" + dir + "/held.new; mv " + dir + "/held.new " + dir + "/held\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func held(t *testing.T, dir string) (all string) {
	t.Helper()
	testkit.Eventually(t, "the browser has opened it", func() bool {
		data, err := os.ReadFile(filepath.Join(dir, "held"))
		all = string(data)
		return err == nil
	})
	return all
}

const secretAddress = "http://127.0.0.1:1/#a-ticket"

// Y13: the address travels in a file of the user alone, where every browser may read it,
// and never in a command line; it goes when it has been used.
func TestY13_TheAddressTravelsInAFile(t *testing.T) {
	dir := t.TempDir()
	downloads := filepath.Join(dir, "Downloads")
	if err := os.Mkdir(downloads, 0o700); err != nil {
		t.Fatal(err)
	}
	var o Opener
	d := Own(Options{Environ: []string{"PATH=" + os.Getenv("PATH"), "BROWSER=/none/such:" + browser(t, dir, "tr '\\0' ' ' </proc/$$/cmdline >"+dir+"/line")}}, dir)
	remove, err := o.Open(t.Context(), d, secretAddress)
	if err != nil {
		t.Fatal(err)
	}
	page := held(t, dir)
	file := strings.TrimSpace(page[strings.LastIndex(strings.TrimSpace(page), "\n"):])
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o600 || filepath.Dir(file) != downloads || !strings.Contains(page, `url=`+secretAddress+`"`) {
		t.Errorf("%v %v:\n%s", info, err, page)
	}
	if line, err := os.ReadFile(filepath.Join(dir, "line")); err != nil || strings.Contains(string(line), "a-ticket") {
		t.Errorf("the command line is %s, %v", line, err)
	}
	remove()
	remove()
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file stays")
	}
	if _, err := o.Open(t.Context(), d, secretAddress); err != nil {
		t.Fatal(err)
	}
	o.Close()
	if left, err := os.ReadDir(downloads); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// Y13: no browser, or one that fails, is said, and leaves no file.
func TestY13_NoBrowserIsSaid(t *testing.T) {
	for _, does := range []string{"", "exit 3"} {
		dir := t.TempDir()
		environ := []string{"PATH=/none"}
		if does != "" {
			environ = append(environ, "BROWSER="+browser(t, dir, does))
		}
		var o Opener
		d := Own(Options{Environ: environ}, dir)
		if d.CanBrowse() != (does != "") {
			t.Error("it knows of a browser")
		}
		if _, err := o.Open(t.Context(), d, secretAddress); !errors.Is(err, ErrBrowser) {
			t.Errorf("%q: %v", does, err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*.html")); err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v", left, err)
		}
	}
}

// Y13: root makes the file and starts the browser with the rights of the desktop's user,
// and follows none of their links to where they could not write.
func TestY13_RootOpensItAsTheDesktopsUser(t *testing.T) {
	needsRoot(t)
	dir, err := os.MkdirTemp("", "desktop")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	roots := t.TempDir()
	home := filepath.Join(dir, "home")
	open := browser(t, dir, "")
	if err := errors.Join(os.Chmod(dir, 0o777), os.Mkdir(home, 0o700), os.Symlink(roots, filepath.Join(home, "Downloads")), os.Lchown(home, nobodyUID, nobodyUID)); err != nil {
		t.Fatal(err)
	}
	d := &Desktop{UID: nobodyUID, Home: home, Env: []string{"PATH=/usr/bin:/bin", "BROWSER=" + open}, as: &syscall.Credential{Uid: nobodyUID, Gid: nobodyUID}}
	var o Opener
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	remove, err := o.Open(ctx, d, secretAddress)
	if err != nil {
		t.Fatal(err)
	}
	page := held(t, dir)
	lines := strings.Split(strings.TrimSpace(page), "\n")
	file := lines[len(lines)-1]
	info, err := os.Stat(file)
	if err != nil || filepath.Dir(file) != home || info.Sys().(*syscall.Stat_t).Uid != nobodyUID || lines[len(lines)-2] != "65534" {
		t.Errorf("%v %v:\n%s", info, err, page)
	}
	if left, err := os.ReadDir(roots); err != nil || len(left) > 0 {
		t.Errorf("root wrote %v behind a link of the user, %v", left, err)
	}
	remove()
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file stays")
	}
}
