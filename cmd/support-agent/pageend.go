package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/library/cmdline"
	"supportd/library/text"
)

// keepPatience is how long the browser has to take what stays on the page.
const keepPatience = 5 * time.Second

// summary is what a support session was, in figures.
type summary struct {
	began           time.Time
	people          []string
	looks, programs int
}

func (s *summary) met(who consent.Person) {
	for _, name := range s.people {
		if name == who.String() {
			return
		}
	}
	if len(s.people) < mostPeople {
		s.people = append(s.people, who.String())
	}
}

// sentences say it; none where nobody could come.
func (s *summary) sentences(l text.Language) (said []string) {
	add := func(k key, args ...any) { said = append(said, phrase(l, k, args...)) }
	if len(s.people) == 0 {
		add(summaryNobody)
	} else {
		add(summaryPeople, text.Plain(strings.Join(s.people, ", "), 400))
	}
	if s.looks > 0 {
		add(summaryLooks, s.looks)
	}
	if s.programs > 0 {
		add(summaryPrograms, s.programs)
	}
	if s.looks+s.programs == 0 {
		add(summaryNothing)
	}
	add(summaryTime, text.Span(max(time.Second, time.Since(s.began).Round(time.Second)), l))
	return said
}

// ended shows that it is over, and why. journal is the file that stays, "" for none.
func (g *customerPage) ended(why []string, journal string) {
	name := phrase(g.p.lang, copyName) + " " + time.Now().Format("2006-01-02 15.04") + ".html"
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept = journal
	end := &page.End{Said: why, At: time.Now(), Kept: journal, Report: journal != "", Name: name}
	end.Undone, _ = g.screen.left()
	if journal != "" {
		end.Summary = g.sum.sentences(g.p.lang)
	}
	s := &g.state
	s.Phase, s.People, s.Run, s.ActingAs, s.Allowed, s.Away, s.MayAllow, s.Connection = page.PhaseEnded, nil, nil, "", nil, nil, nil, ""
	s.End = end
	g.server.SetState(*s)
}

// finish ends the page. Where the program ends with an error that was not told there, it
// is told now. What a browser shows stays readable.
func (g *customerPage) finish(ctx context.Context, err error) {
	var told *cmdline.Error
	g.mu.Lock()
	over := g.state.Phase == page.PhaseEnded || g.goesOn
	g.mu.Unlock()
	if errors.As(err, &told) && told.Error() != "" {
		g.change(func(s *page.State) { s.Problem, s.Hint = told.Error(), told.Hint })
	}
	if !over {
		g.ended(nil, "")
	}
	if open, _ := g.server.Present(); open {
		keeping, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepPatience)
		defer cancel()
		if err := g.server.Shutdown(keeping); err != nil {
			g.log.Info("a page may not have everything", "err", err)
		}
	}
	g.close()
}
