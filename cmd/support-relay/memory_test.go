package main

import (
	"runtime"
	"testing"

	"supportd/hack/testkit"
)

// Little garbage may lie about while many log in, and before: their first collection tells
// of it. Much may while bytes are moved.
func TestTheGarbageThatIsAllowed(t *testing.T) {
	const mb = 1 << 20
	p, allocated, live := pace{allocated: 10 * mb, live: 4 * mb, before: 4 * mb}, uint64(10*mb), uint64(4*mb)
	after := func(more, grown uint64) int {
		allocated, live = allocated+more*mb, live+grown*mb
		p.seeSecond(allocated, live)
		return p.percent()
	}
	for _, s := range []struct {
		what        string
		more, grown uint64 // MB
		want        int    // percent of the live bytes
	}{
		{"nothing happens", 0, 0, 200},
		{"bytes are moved", 300, 0, 800},
		{"and still are, but there is more of what lives", 300, 12, 50},
		{"many log in", 60, 4, 40},
		{"a pause", 0, 0, 40},
		{"many more", 60, 60, 20},
	} {
		if got := after(s.more, s.grown); got != s.want {
			t.Errorf("%s: %d %%, want %d %%", s.what, got, s.want)
		}
	}
	for range loginsLast - 1 {
		if got := after(300, 0); got != 20 {
			t.Errorf("a moment later: %d %%", got)
		}
	}
	if got := after(300, 0); got != 80 {
		t.Errorf("the logins are over: %d %%", got)
	}
	if got := after(0, 0); got != 50 {
		t.Errorf("nothing happens: %d %%", got)
	}
}

// Many log in also where no single collection of a second sees more than a part of it.
func TestLoginsBetweenSeveralCollections(t *testing.T) {
	const part = grows/2 + 1
	p := pace{live: 4 << 20, before: 4 << 20}
	p.seeLive(p.live + part)
	if p.logins > 0 {
		t.Error("one part counts as many logins")
	}
	p.seeLive(p.live + part)
	if p.logins != loginsLast {
		t.Error("two parts are not noticed")
	}
	p = pace{live: 4 << 20, before: 4 << 20}
	for range 10 { // seconds
		p.seeLive(p.live + part)
		p.seeSecond(0, p.live)
	}
	if p.logins > 0 {
		t.Error("parts of several seconds count as many logins")
	}
}

// Collections are told of as long as somebody wants to know, and nobody is waited for.
func TestEveryCollectionIsNoticed(t *testing.T) {
	collected := make(chan struct{}, 1)
	for range 20 {
		noticeCollection(collected)
		testkit.Eventually(t, "a collection is noticed", func() bool {
			runtime.GC()
			return len(collected) > 0
		})
		<-collected
	}
}
