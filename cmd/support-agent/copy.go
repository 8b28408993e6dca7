package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"supportd/daemon"
	"supportd/library/text"
)

// copyPatience is how long somebody has to say whether they want a copy. Who has just
// stopped everything has it too: Enter or Ctrl-C once more ends the question.
const copyPatience = time.Minute

// askForCopy asks whether a copy of what happened is wanted, and returns its name, or
// "" for none. It asks only who has typed something before: others are not there.
// Everything has ended by now; Ctrl-C and a closed window end the question too.
func (p *program) askForCopy(ctx context.Context, s *screen) string {
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), daemon.ErrStop) {
		return "" // the window or the system's session is closing
	}
	if s.in == nil || !s.wasUsed() {
		return ""
	}
	path, err := p.newCopy()
	if err != nil {
		return ""
	}
	asking, done := context.WithTimeout(context.WithoutCancel(ctx), copyPatience)
	defer done()
	asking, leave := signal.NotifyContext(asking, stopSignals()...)
	defer leave()
	s.begin()
	defer s.end()
	text := s.notice(phrase(p.lang, copyOffer, text.Plain(path, 300))) + "\n"
	if wanted, err := s.yesOrNo(asking, text, s.timed(asking, copyPrompt), copyAgain); err != nil || !wanted {
		if err != nil {
			s.write("\n")
		}
		return ""
	}
	return path
}

// newCopy is a name for a copy that is not taken yet, where a person finds it.
func (p *program) newCopy() (string, error) {
	dir := p.documents()
	name := phrase(p.lang, copyName) + " " + time.Now().Format("2006-01-02 15.04")
	const most = 100
	for n := 1; n < most; n++ {
		path := filepath.Join(dir, name+".html")
		if n > 1 {
			path = filepath.Join(dir, fmt.Sprintf("%s (%d).html", name, n))
		}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, p.checkReport(path)
		}
	}
	return "", fs.ErrExist
}

// documents is the directory in which a person looks for documents: what their
// system names so, else what is usually called so, else their home.
func (p *program) documents() string {
	home := p.home()
	for _, dir := range []string{documentsDir(p.getenv, home), filepath.Join(home, "Documents"), home} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && filepath.IsAbs(dir) {
			return dir
		}
	}
	return "."
}
