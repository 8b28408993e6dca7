package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/daemon"
	"supportd/daemon/notice"
	"supportd/daemon/visit"
)

// promptOf stands before what is typed as an answer.
func promptOf(q consent.Question) key {
	if q.Kind == consent.Words {
		return promptPick
	}
	return promptAnswer
}

// pairs lists the pairs of words that a customer picks from, each behind its number, and
// what else they can say.
func (s *screen) pairs(q consent.Question) string {
	var b strings.Builder
	s.wrap(&b, "", phrase(s.lang, howToPick))
	var lines []string
	for i, c := range q.Choices {
		lines = append(lines, strconv.Itoa(i+1)+"\t"+c.In(s.lang))
	}
	s.columns(&b, append(lines, phrase(s.lang, pickNone), phrase(s.lang, pickLater)))
	return b.String()
}

// parsePick reads which pair was picked. What is pasted picks none: only an ear can tell.
func parsePick(q consent.Question, r reply) (a consent.Answer, understood bool) {
	typed := strings.TrimRight(norm.NFKC.String(strings.TrimSpace(r.text)), ".!。번")
	n, err := strconv.Atoi(typed)
	switch {
	case r.pasted:
	case none.is(typed):
		return consent.Answer{Picked: consent.NoneOfThese}, true
	case later.is(typed):
		return consent.Answer{}, true
	case err == nil && n >= 1 && n <= len(q.Choices):
		return consent.Answer{Decision: consent.AllowedOnce, Picked: n}, true
	}
	return consent.Answer{Why: consent.Unclear}, false
}

// comparing is with whom safety words are not compared yet, the first who came first, and
// how that is begun. The screen's mu guards it.
type comparing struct {
	open  []consent.Person
	begin func(consent.Person) // nil while nothing can be compared; must not block
}

// note takes what a notice says of it.
func (c *comparing) note(n notice.Notice) {
	without := func(who consent.Person) []consent.Person {
		return slices.DeleteFunc(slices.Clone(c.open), func(o consent.Person) bool { return o.Fingerprint == who.Fingerprint })
	}
	switch n := n.(type) {
	case notice.Words:
		if c.open = without(n.Who); !n.Compared && len(c.open) < mostPeople {
			c.open = append(c.open, n.Who)
		}
	case notice.Compared:
		c.open = without(n.Who)
	case notice.Left:
		c.open = slices.DeleteFunc(slices.Clone(c.open), func(o consent.Person) bool { return o.Account == n.Who.Account })
	}
}

// compareTyped begins to compare safety words, where the customer has typed nothing but the
// word for it and there are some.
func (s *screen) compareTyped(line string) bool {
	s.mu.Lock()
	c := s.comparing
	s.mu.Unlock()
	if !compare.is(line) || c.begin == nil || len(c.open) == 0 {
		return false
	}
	c.begin(c.open[0])
	return true
}

// letCompare lets the customer compare safety words when they want to, until the returned
// function is called.
func (s *screen) letCompare(g *customerPage, d *daemon.Daemon) (end func()) {
	var mu sync.Mutex // no other lock is taken under it
	var working sync.WaitGroup
	over := false
	begin := func(who consent.Person) {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return
		}
		working.Go(func() {
			if errors.Is(d.Compare(who), visit.ErrWhileRunning) {
				talk{s}.tell(notWhileRunning, phrase(s.lang, notWhileRunning))
			}
		})
	}
	s.mu.Lock()
	s.comparing.begin = begin
	s.mu.Unlock()
	if g != nil {
		g.setCompare(begin)
	}
	return func() {
		mu.Lock()
		over = true
		mu.Unlock()
		working.Wait()
	}
}

// noteWords notes whether safety words are compared with a CSR.
func noteWords(s *page.State, who consent.Person, compared, asks bool) {
	s.Words = slices.DeleteFunc(slices.Clone(s.Words), func(w page.Words) bool { return w.Who.Fingerprint == who.Fingerprint })
	if len(s.Words) < mostPeople {
		s.Words = append(s.Words, page.Words{Who: who, Compared: compared, Asks: asks})
	}
}

// setCompare brings what begins to compare safety words.
func (g *customerPage) setCompare(begin func(consent.Person)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.compare = begin
}

// Compare begins to compare safety words with the CSR whose key it is.
func (g *customerPage) Compare(key string) (problem string) {
	g.mu.Lock()
	begin, all := g.compare, g.state.Words
	g.mu.Unlock()
	at := slices.IndexFunc(all, func(w page.Words) bool { return w.Who.Fingerprint == key })
	if begin == nil || at < 0 {
		return phrase(g.p.lang, notNow)
	}
	begin(all[at].Who)
	return ""
}
