package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay/client"
)

// recorder also writes what a display shows into a file for each session, with all lines,
// whatever the display leaves out. A file that cannot be written on ends nobody's run: the
// session's result says so.
type recorder struct {
	display
	dir   string
	files map[*target]*record // none is added later

	speaker *text.Speaker // says what is no word of a computer; nil is English
}

// record is the file of one session: lines as a board has them, without the number.
type record struct {
	lines *board
	file  *os.File

	mu   sync.Mutex
	err  error // why not all is written
	over bool
}

// newRecorder makes the directory and the files, none of which may be there yet.
func newRecorder(speak *text.Speaker, d display, dir string, targets []*target) (*recorder, error) {
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(dir, err)
	}
	r := &recorder{display: d, dir: dir, speaker: speak, files: map[*target]*record{}}
	for _, t := range targets { // nothing is made where one is in the way
		path := filepath.Join(dir, outputName(t.session))
		if _, err := os.Lstat(path); err == nil {
			return nil, inTheWay(path)
		}
	}
	for _, t := range targets {
		if err := r.create(t); err != nil {
			return nil, errors.Join(err, r.discard())
		}
	}
	return r, nil
}

func inTheWay(path string) error {
	e := cmdline.Fail(cmdline.ExitFailed, "name another directory: nothing was asked or run", "%s exists already", path)
	e.Err = fs.ErrExist
	return e
}

func (r *recorder) create(t *target) error {
	path := filepath.Join(r.dir, outputName(t.session))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return inTheWay(path)
	}
	if err != nil {
		return explain(path, err)
	}
	at := &record{file: f, lines: &board{out: f, notes: f, bare: true, speaker: r.speaker, begun: map[string]string{}}}
	r.files[t] = at
	return at.write(func() error {
		_, err := fmt.Fprintf(f, "* %s\n* %s\n", r.speaker.Say(fileSession, t.session), r.speaker.Say(fileBegun, time.Now().Format("2006-01-02 15:04:05 -07:00")))
		return err
	})
}

// outputName is the name of a session's file: its number, and what tells it from others.
// It is good on every system, whatever anybody calls themselves.
func outputName(s api.Session) string {
	parts := []string{string(s.Number)}
	for _, part := range []string{s.Ticket, s.Name, s.Customer} {
		part = strings.Join(strings.FieldsFunc(part, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "-")
		if part = strings.TrimRight(cutName(part), "-"); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "_") + ".txt"
}

// cutName keeps the beginning of a part of a file's name.
func cutName(s string) string {
	const most = 60 // bytes: three of them fit into a name on every file system
	for i, r := range s {
		if i+utf8.RuneLen(r) > most {
			return s[:i]
		}
	}
	return s
}

// write writes to the file, until that fails once, which is the error then and no more.
func (at *record) write(f func() error) error {
	at.mu.Lock()
	defer at.mu.Unlock()
	if at.err != nil || at.over {
		return nil
	}
	at.err = explain(at.file.Name(), f())
	return at.err
}

// end ends the file, and returns why not all is in it.
func (at *record) end() error {
	at.mu.Lock()
	defer at.mu.Unlock()
	at.over = true
	if err := at.file.Close(); at.err == nil {
		at.err = explain(at.file.Name(), err)
	}
	return at.err
}

// write writes to a session's file, and says what is in the way.
func (r *recorder) write(t *target, f func(b *board) error) {
	at := r.files[t]
	if err := at.write(func() error { return f(at.lines) }); err != nil {
		r.display.say(t, r.speaker.Error(err))
	}
}

func (r *recorder) reached(t *target, s stage) {
	r.display.reached(t, s)
	if said := s.text(r.speaker, t); said != "" {
		r.write(t, func(b *board) error { return b.tell(t, said) })
	}
}

func (r *recorder) say(t *target, s string) {
	r.display.say(t, s)
	r.write(t, func(b *board) error { return b.tell(t, s) })
}

func (r *recorder) show(t *target, e client.Event) error {
	r.write(t, func(b *board) error { return b.show(t, e) })
	return r.display.show(t, e)
}

// finish also ends the file.
func (r *recorder) finish(t *target) {
	r.write(t, func(b *board) error { return b.end(t) })
	if err := r.files[t].end(); t.err == nil {
		t.err = err
	}
	r.display.finish(t)
}

// discard removes files of which nothing has come.
func (r *recorder) discard() (err error) {
	for _, at := range r.files {
		err = errors.Join(err, at.end(), os.Remove(at.file.Name()))
	}
	return err
}
