package web

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"supportd/library/inbound"
	"supportd/library/wire"
)

const (
	// joinedPath is where a page asks whether the computer has joined; its handle is behind.
	joinedPath = "/joined/"
	// handleField carries a handle in the address of a download.
	handleField = "handle"
	// handleDigits is how long a handle is: 16 random bytes in hexadecimal.
	handleDigits = 32
	// handleLife is how long a page is told: as long as a number is open by default.
	handleLife = 30 * time.Minute
	// maxHandles bounds the handles of a source, a /32 or /64; the oldest one makes room.
	maxHandles = 16
	// maxHandleSources bounds the memory; beyond it sources are forgotten.
	maxHandleSources = 4096
)

// joins tells a page that its download has become a computer that has joined. A page's
// script makes a random handle, the download brings it along, and the page then asks
// with the handle alone.
//
// It must tell nobody which numbers are open. So an answer says "yes" only where the
// computer that has joined came from the same source as the download: whoever guesses a
// number somewhere else waits for ever, as with a number that is not open. Behind one
// address, [maxHandles] bounds what a neighbour can try. Whose computer reaches the
// relay on another way than the browser is not told: nothing depends on it.
type joins struct {
	mu  sync.Mutex // no other lock is taken under it
	all map[netip.Prefix][]download
}

// download is a program on its way to a browser.
type download struct {
	handle string
	number wire.Number
	began  time.Time
	joined bool
}

// isHandle reports whether text has the form of a handle.
func isHandle(text string) bool {
	return len(text) == handleDigits && strings.Trim(text, "0123456789abcdef") == ""
}

// begin keeps a download until it is told that its computer has joined, or is too old.
func (j *joins) begin(from netip.Prefix, handle string, n wire.Number, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.all == nil {
		j.all = map[netip.Prefix][]download{}
	}
	list, known := j.fresh(from, now)
	for _, one := range list {
		if one.handle == handle {
			return // a download that goes on, or of another program: a page has one number
		}
	}
	if !known && len(j.all) >= maxHandleSources {
		j.forget(now)
	}
	if len(list) >= maxHandles {
		list = list[1:]
	}
	j.all[from] = append(list, download{handle: handle, number: n, began: now})
}

// join notes that a computer of a source has joined with a number.
func (j *joins) join(from netip.Prefix, n wire.Number, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	list, _ := j.fresh(from, now)
	for i := range list {
		if list[i].number == n {
			list[i].joined = true
		}
	}
}

// awaits reports whether a page waits for the computer that joins with a number.
func (j *joins) awaits(n wire.Number, now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for from := range j.all {
		list, _ := j.fresh(from, now)
		if slices.ContainsFunc(list, func(one download) bool { return one.number == n && !one.joined }) {
			return true
		}
	}
	return false
}

// joined reports whether the computer of a download has joined.
func (j *joins) joined(from netip.Prefix, handle string, now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	list, _ := j.fresh(from, now)
	for _, one := range list {
		if one.handle == handle {
			return one.joined
		}
	}
	return false
}

// fresh are the downloads of a source that are not too old, the oldest first.
func (j *joins) fresh(from netip.Prefix, now time.Time) (list []download, known bool) {
	list, known = j.all[from]
	for len(list) > 0 && !list[0].began.After(now.Add(-handleLife)) {
		list = list[1:]
	}
	if known && len(list) == 0 {
		delete(j.all, from)
		return nil, false
	}
	return list, known
}

// forget makes room for one: it forgets those that are too old, and else any.
func (j *joins) forget(now time.Time) {
	for from := range j.all {
		j.fresh(from, now)
	}
	for from := range j.all {
		if len(j.all) < maxHandleSources {
			return
		}
		delete(j.all, from)
	}
}

// Awaits reports whether a page would be told by [Server.Joined]. It returns at once.
func (s *Server) Awaits(n wire.Number) bool { return s.joins.awaits(n, time.Now()) }

// Joined is called when a computer has joined with a number; from is its source, a /32
// or /64. The page that it was downloaded from is told. It returns at once.
func (s *Server) Joined(n wire.Number, from netip.Prefix) { s.joins.join(from, n, time.Now()) }

// begins keeps the handle that a download carries, if it does.
// Whose request a proxy brings that does not tell is known of nobody.
func (s *Server) begins(r *http.Request, from net.Addr, n wire.Number) {
	if handle := r.URL.Query().Get(handleField); r.Method == http.MethodGet && isHandle(handle) && !s.opts.Proxies.Trust(from) {
		s.joins.begin(inbound.Source(from), handle, n, time.Now())
	}
}

// tellJoined answers a page that asks whether its computer has joined. A handle that is
// not known has the answer of one that waits.
func (s *Server) tellJoined(w http.ResponseWriter, from net.Addr, handle string) {
	answer := "no"
	if s.joins.joined(inbound.Source(from), handle, time.Now()) {
		answer = "yes"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, answer)
}
