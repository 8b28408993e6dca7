package page

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"sync"
	"time"
)

const (
	ticketLife = 60 * time.Second
	codeLife   = 10 * time.Minute
	codeTries  = 3
	// maxTickets bounds those that wait to be used: one is made each time that a browser
	// is opened.
	maxTickets = 4
	// maxTabs bounds the tabs that hold a secret.
	maxTabs = 16
	// reopenPause lies between two requests for a new way in.
	reopenPause = 5 * time.Second
)

// tab is one that was let in. Its fields but hurried belong to the hub.
type tab struct {
	// hurried says that it came while a script ran: a program of the same user could be
	// behind it, so it may look, refuse and stop, but not allow or speak.
	hurried bool
	out     bool // its secret counts no more

	question uint64 // the last that was shown there
	phase    Phase  // likewise
	asked    time.Time
	phased   time.Time
	has      bool // it holds everything at the end
}

// ticket lets one tab in.
type ticket struct {
	until time.Time
	over  chan struct{}     // closed when it lets nobody in any more
	used  bool              // and has let somebody in
	tab   [sha256.Size]byte // the hash of that tab's secret
}

// entry is who may come in. Only hashes are kept of what lets somebody in.
type entry struct {
	mu       sync.Mutex
	tickets  map[[sha256.Size]byte]*ticket
	code     [sha256.Size]byte
	tries    int // that the code has left
	until    time.Time
	tabs     map[[sha256.Size]byte]*tab
	order    [][sha256.Size]byte // of the tabs, oldest first
	reopened time.Time
	voided   bool
}

func (e *entry) init() {
	e.tickets = map[[sha256.Size]byte]*ticket{}
	e.tabs = map[[sha256.Size]byte]*tab{}
}

// secret is a new one, in letters that may stand in an address.
func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand does not fail
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ticket makes a ticket; the oldest make room for it. over is closed when it lets nobody
// in any more, but for its time.
func (e *entry) ticket() (t string, over <-chan struct{}) {
	t = secret()
	made := &ticket{until: time.Now().Add(ticketLife), over: make(chan struct{})}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.voided {
		close(made.over)
		return t, made.over
	}
	for len(e.tickets) >= maxTickets {
		var oldest [sha256.Size]byte
		for sum, one := range e.tickets {
			if other := e.tickets[oldest]; other == nil || one.until.Before(other.until) {
				oldest = sum
			}
		}
		e.dropLocked(oldest)
	}
	e.tickets[sha256.Sum256([]byte(t))] = made
	return t, made.over
}

// dropLocked ends a ticket.
func (e *entry) dropLocked(sum [sha256.Size]byte) {
	if t := e.tickets[sum]; t != nil && !t.used {
		close(t.over)
	}
	delete(e.tickets, sum)
}

// voidWays ends every ticket and code that is on its way: whatever begins to run now
// could read them. Tabs that are in stay in.
func (e *entry) voidWays() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tries = 0
	for sum, t := range e.tickets {
		if !t.used {
			e.dropLocked(sum)
		}
	}
}

// newCode makes a code, and voids the one before.
func (e *entry) newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	code := fmt.Sprintf("%06d", n)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.voided {
		e.code, e.tries, e.until = sha256.Sum256([]byte(code)), codeTries, time.Now().Add(codeLife)
	}
	return code
}

// useTicket takes a ticket, and returns the secret of the tab that it lets in. Where it
// comes a second time somebody has it who should not: the tab that it let in is out, and
// returned. Which of the two was the customer's cannot be known.
func (e *entry) useTicket(ticket string, hurried bool) (secret string, doubted *tab, ok bool) {
	sum := sha256.Sum256([]byte(ticket))
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tickets[sum]
	switch {
	case t == nil:
		return "", nil, false
	case !time.Now().Before(t.until):
		e.dropLocked(sum)
		return "", nil, false
	case t.used:
		doubted = e.tabs[t.tab]
		delete(e.tabs, t.tab)
		delete(e.tickets, sum)
		return "", doubted, false
	}
	secret = e.letInLocked(hurried)
	t.used, t.tab = true, sha256.Sum256([]byte(secret))
	close(t.over)
	return secret, nil, true
}

// useCode takes a try at the code; left is how many there are behind it.
func (e *entry) useCode(code string, hurried bool) (secret string, left int, ok bool) {
	sum := sha256.Sum256([]byte(code))
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.tries == 0 || !time.Now().Before(e.until) {
		e.tries = 0
		return "", 0, false
	}
	e.tries--
	if subtle.ConstantTimeCompare(sum[:], e.code[:]) != 1 {
		return "", e.tries, false
	}
	e.tries = 0
	return e.letInLocked(hurried), 0, true
}

func (e *entry) letInLocked(hurried bool) string {
	for len(e.order) >= maxTabs {
		delete(e.tabs, e.order[0])
		e.order = e.order[1:]
	}
	s := secret()
	sum := sha256.Sum256([]byte(s))
	e.tabs[sum] = &tab{hurried: hurried}
	e.order = append(e.order, sum)
	return s
}

// tab is the one that holds a secret, or nil.
func (e *entry) tab(secret string) *tab {
	sum := sha256.Sum256([]byte(secret))
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tabs[sum]
}

// mayReopen reports whether enough time has passed since it did so last.
func (e *entry) mayReopen() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if e.voided || !e.reopened.IsZero() && now.Sub(e.reopened) < reopenPause {
		return false
	}
	e.reopened = now
	return true
}

// void lets nobody in any more.
func (e *entry) void() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.voided, e.tries, e.order = true, 0, nil
	for sum := range e.tickets {
		e.dropLocked(sum)
	}
	clear(e.tabs)
}
