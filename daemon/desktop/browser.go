package desktop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrBrowser means that there is no browser, or that none could be started.
var ErrBrowser = errors.New("no browser could be started")

// startTime bounds how long is waited for a program that opens browsers. Most end at
// once; some are the browser itself.
const startTime = 2 * time.Second

// Own is where our own program runs, which need not be a desktop: there only the browser
// that the variable BROWSER names can be opened. home is the user's home directory.
func Own(opts Options, home string) *Desktop {
	return &Desktop{UID: os.Getuid(), Home: home, Env: slices.Clone(opts.Environ)}
}

// Opener opens addresses of ours in browsers, each through a file: an address may hold a
// secret, and every program of the computer reads command lines. The zero Opener is ready
// for use, by any number of goroutines. The owner must call [Opener.Close].
type Opener struct {
	mu    sync.Mutex
	files map[string]*Desktop // that still lie there, and whose they are
}

// Open opens an address in the browser of d. remove takes the file away, any number of
// times, and has to be called once the address is of no use any more. The error is
// [ErrBrowser], or says why there is no file.
func (o *Opener) Open(ctx context.Context, d *Desktop, address string) (remove func(), err error) {
	commands := d.browsers()
	if len(commands) == 0 {
		return nil, ErrBrowser
	}
	file, err := o.write(d, redirection(address))
	if err != nil {
		return nil, err
	}
	if err = d.open(ctx, commands, file); err != nil {
		o.remove(file)
		return nil, err
	}
	return func() { o.remove(file) }, nil
}

// Close removes every file that still lies there. A browser that was started goes on.
func (o *Opener) Close() {
	o.mu.Lock()
	var left []string
	for path := range o.files {
		left = append(left, path)
	}
	o.mu.Unlock()
	for _, path := range left {
		o.remove(path)
	}
}

// OpenPlain opens an address that holds no secret: it stands in command lines.
func OpenPlain(ctx context.Context, d *Desktop, address string) error {
	return d.open(ctx, d.browsers(), address)
}

// CanBrowse reports whether there is something to open an address with.
func (d *Desktop) CanBrowse() bool { return len(d.browsers()) > 0 }

// redirection is the file: it sends no Referer, and leads to the address by itself.
func redirection(address string) []byte {
	address = html.EscapeString(address)
	return []byte(`<!DOCTYPE html>
<meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Support</title>
<meta http-equiv="refresh" content="0; url=` + address + `">
<p><a rel="noreferrer" href="` + address + `">Support</a></p>
`)
}

// write makes the file in the first directory where that works.
func (o *Opener) write(d *Desktop, page []byte) (path string, err error) {
	name := "Support " + strings.ToLower(rand.Text()[:10]) + ".html"
	err = fmt.Errorf("%w: there is no directory for its file", ErrBrowser)
	for _, dir := range d.places() {
		path = filepath.Join(dir, name)
		if err = d.asUser(func() error { return create(path, page) }); err == nil {
			o.mu.Lock()
			defer o.mu.Unlock()
			if o.files == nil {
				o.files = map[string]*Desktop{}
			}
			o.files[path] = d
			return path, nil
		}
	}
	return "", err
}

// create makes a file that was not there, for its owner only.
func create(path string, page []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(page)
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func (o *Opener) remove(path string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.files[path]
	if d == nil {
		return
	}
	if err := d.asUser(func() error { return os.Remove(path) }); err == nil || errors.Is(err, fs.ErrNotExist) {
		delete(o.files, path)
	}
}

// open tries the commands until one works.
func (d *Desktop) open(ctx context.Context, commands [][]string, what string) (err error) {
	for _, c := range commands {
		if err = d.start(ctx, filled(c, what)); err == nil {
			return nil
		}
	}
	return errors.Join(ErrBrowser, err)
}

// split are the command lines in the variable BROWSER, with colons between them.
func split(variable string) (commands [][]string) {
	for one := range strings.SplitSeq(variable, ":") {
		if words := strings.Fields(one); len(words) > 0 {
			commands = append(commands, words)
		}
	}
	return commands
}

// filled is a command line with what it opens at %s, or behind everything.
func filled(command []string, what string) []string {
	words, named := slices.Clone(command), false
	for i, word := range words[1:] {
		if strings.Contains(word, "%s") {
			words[i+1], named = strings.ReplaceAll(word, "%s", what), true
		}
	}
	if !named {
		words = append(words, what)
	}
	return words
}
