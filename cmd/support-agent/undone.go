package main

import (
	"slices"

	"supportd/daemon/notice"
	"supportd/library/text"
)

// mostUndone bounds what is kept of what could not be undone.
const mostUndone = 20

// undone is what support could not undo on this computer so far, in sentences, to be said
// once more at the end.
type undone struct {
	said     []string
	running  bool   // a process may still run
	actingAs string // the user as whom CSRs act
}

// note takes what a notice says of it.
func (u *undone) note(n notice.Notice, l text.Language) {
	add := func(k key, args ...any) {
		if sentence := phrase(l, k, args...); len(u.said) < mostUndone && !slices.Contains(u.said, sentence) {
			u.said = append(u.said, sentence)
		}
	}
	switch n := n.(type) {
	case notice.RunEnded:
		for _, o := range n.Left {
			u.running = u.running || len(o.Survivors) > 0
			add(runLeft, text.Plain(o.Name, 100), o.Left(l))
		}
	case notice.FilesStay:
		add(runFilesStay, text.Plain(n.Why, 300))
	case notice.LoggedOn:
		u.actingAs = n.User
	case notice.LoggedOff:
		u.actingAs = ""
		if n.Survivors > 0 {
			u.running = true
			add(stillRuns, text.Plain(n.User, 60))
		}
		if n.Stays != "" {
			add(filesStay, text.Plain(n.User, 60), text.Plain(n.Stays, 200))
		}
	}
}

// sentences are all of it at the end; runs reports whether a process may still run.
func (u *undone) sentences(l text.Language) (said []string, runs bool) {
	said = slices.Clone(u.said)
	if u.actingAs != "" {
		said = append(said, phrase(l, stillLoggedOn, text.Plain(u.actingAs, 60)))
	}
	return said, u.running || u.actingAs != ""
}

// left is what could not be undone, and whether a process of it may still run.
func (s *screen) left() (said []string, runs bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.undone.sentences(s.lang)
}
