package consent

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	// AnswerTimeout is how long a customer has: long enough to read a list of
	// scripts aloud to the CSR, short enough that an empty chair is soon a No.
	AnswerTimeout = 60 * time.Second
	// MaxWaiting bounds the questions of all CSRs that wait behind the one on the
	// screen; one more is denied at once.
	MaxWaiting = 8
	// MaxAskedPerMinute bounds how often one CSR may put a question on the screen:
	// nobody should say yes to be left in peace.
	MaxAskedPerMinute = 10
	// Pause lies between a question that vanished unanswered and the next one: who
	// was typing yes to the one must not have typed it to the other.
	Pause = 2 * time.Second
)

// Options make a [Gate].
type Options struct {
	// Prompters are asked together; the first answer wins. None means that every
	// question which is not granted beforehand is denied with [Nobody].
	Prompters []Prompter
	// Record writes a question with its answer to the journal. It is required. An
	// allowed answer that cannot be recorded becomes a No.
	Record func(Question, Answer) error
	// Begun writes to the journal that a question is put on the screen from now on, with
	// the time until which it stands; nil is nobody. One that cannot be written is not
	// shown, and denied.
	Begun func(Question) error
	// AtStart are the kinds that the customer allowed when they joined. Kinds that
	// are asked every time have no effect in it.
	AtStart []Kind
	// Withheld applies to every answer about system information.
	Withheld Withheld
}

// Gate asks the customer, one question at a time (ask.go), and remembers what they
// allowed. It is safe for concurrent use.
type Gate struct {
	opts Options
	turn chan struct{} // holds one token: whoever has it may use the screen
	stop context.Context
	halt context.CancelFunc
	calm time.Time // when the next question may be shown; belongs to the turn

	mu      sync.Mutex // no other lock is taken under it
	last    uint64
	waiting map[string]int // questions that are shown or wait, by account
	shown   *Question      // the one on the screen, or nil
	grants  []grant
	granted uint64                 // counts them
	people  uint64                 // counts how often others came to the screen
	blocked map[string]bool        // by account, whatever key it has
	asked   map[string][]time.Time // by account, within the last minute
	unasked map[string][]time.Time // likewise: refused without being shown
}

// NewGate makes a gate; Record is required.
func NewGate(opts Options) (*Gate, error) {
	if opts.Record == nil {
		return nil, errors.New("consent: Record is required")
	}
	g := &Gate{
		opts: opts, turn: make(chan struct{}, 1), waiting: map[string]int{},
		blocked: map[string]bool{}, asked: map[string][]time.Time{}, unasked: map[string][]time.Time{},
	}
	g.stop, g.halt = context.WithCancel(context.Background()) // [Gate.Stop] ends it, and nothing else
	g.turn <- struct{}{}
	for _, k := range opts.AtStart {
		if !k.EveryTime() {
			g.addLocked(grant{Grant{Kind: k, AtStart: true}, Answer{Decision: AllowedOnce, Why: AtStart}})
		}
	}
	return g, nil
}

// Stop is the customer's Stop: every open question is answered No, every grant
// is taken back, and every later question is denied without being shown.
func (g *Gate) Stop() {
	g.halt()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.grants = nil
}

// Forget takes back everything that was allowed, at the start too, and blocks
// nobody any more: somebody else answers from now on. What was asked before is
// withdrawn, also where the answer is on its way.
func (g *Gate) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.people++
	g.grants = nil
	clear(g.blocked)
}

// arePeople reports whether nobody else has come to the screen since.
func (g *Gate) arePeople(people uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.people == people
}

// known answers without asking, where the customer has already said enough.
func (g *Gate) known(q Question) (Answer, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.stop.Err() != nil:
		return Answer{Why: Stopped}, true
	case g.blocked[q.Who.Account]:
		return Answer{Why: BlockedBy}, true
	}
	if a, ok := g.allowedWhole(q); ok {
		return a, true
	}
	return g.grantedLocked(q)
}

// grantedLocked looks for what the customer allowed until the support session
// ends. What they withheld from any of it stays withheld.
func (g *Gate) grantedLocked(q Question) (a Answer, found bool) {
	for _, past := range g.grants {
		if !past.whole() && past.Question.covers(q) {
			found = true
			a = Answer{Decision: AllowedForSession, Why: Granted, Withheld: a.Withheld.Union(past.answer.Withheld)}
		}
	}
	return a, found
}

// remember keeps an answer, and reports whether those who gave it still sit at the
// screen: what others said binds nobody.
func (g *Gate) remember(q Question, a Answer, people uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case people != g.people:
		return false
	case a.Decision == Blocked:
		g.blocked[q.Who.Account] = true
	case a.Decision == AllowedForSession && a.Why == Answered && !q.Kind.EveryTime() && g.stop.Err() == nil:
		g.addLocked(grant{Grant{Kind: q.Kind, Question: q}, a})
	}
	return true
}

// Granted lists what the customer has allowed a CSR until the support session ends.
func (g *Gate) Granted(who Person) []Question {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Question
	for _, past := range g.grants {
		if !past.whole() && past.Question.Who.Fingerprint == who.Fingerprint {
			all = append(all, past.Question)
		}
	}
	return all
}

// Blocks reports whether the customer wants nothing more from this CSR: no
// question, and no message either.
func (g *Gate) Blocks(who Person) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.blocked[who.Account]
}

// Waits reports whether a question of an account is shown, or waits for its turn.
func (g *Gate) Waits(account string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting[account] > 0
}

func (g *Gate) enterQueue(account string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := 0
	for _, n := range g.waiting {
		all += n
	}
	if all >= MaxWaiting {
		return false
	}
	g.waiting[account]++
	return true
}

func (g *Gate) leaveQueue(account string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting[account]--; g.waiting[account] == 0 {
		delete(g.waiting, account)
	}
}

// tooOften counts one more for an account, and reports whether it is more than
// the account may have in a minute.
func (g *Gate) tooOften(times map[string][]time.Time, account string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	recent := slices.DeleteFunc(times[account], func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	if len(recent) >= MaxAskedPerMinute {
		times[account] = recent
		return true
	}
	times[account] = append(recent, now)
	return false
}

// Standing is the question that is on the screen, with the time until which it can be
// answered.
func (g *Gate) Standing() (q Question, stands bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shown == nil {
		return Question{}, false
	}
	return *g.shown, true
}
