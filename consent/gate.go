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

// Gate asks the customer, one question at a time, and remembers what they
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

// errPrompter stands for a prompter that panicked: no answer.
var errPrompter = errors.New("the prompter broke off")

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

// Ask returns the customer's answer to q. It blocks until there is one, at most
// as long as the questions before it and [AnswerTimeout] take. When ctx ends
// first the question is withdrawn, and a late yes has no effect. The answer is in the
// journal before Ask returns, but for refusals without a question beyond
// [MaxAskedPerMinute]: a blocked CSR must not fill the customer's disk.
func (g *Gate) Ask(ctx context.Context, q Question) Answer {
	g.mu.Lock()
	g.last++
	q.ID = g.last
	people := g.people
	g.mu.Unlock()

	a, done := g.decide(ctx, q)
	defer done() // the next question comes when this answer is remembered
	a.Question = q.ID
	if a.Decision.Allowed() && q.Kind == SysInfo {
		a.Withheld = a.Withheld.Union(g.opts.Withheld)
	}
	if ctx.Err() != nil || g.stop.Err() != nil || !g.arePeople(people) {
		a = Answer{Question: q.ID, Why: g.whyEnded()}
	}
	if (a.Why == BlockedBy || a.Why == Flooded) && g.tooOften(g.unasked, q.Who.Account) {
		return a
	}
	if err := g.opts.Record(q, a); err != nil && a.Decision.Allowed() {
		return Answer{Question: q.ID, Why: Unwritten}
	}
	if !g.remember(q, a, people) && a.Decision.Allowed() {
		return Answer{Question: q.ID, Why: Withdrawn} // it was written down, and nothing is done
	}
	return a
}

// arePeople reports whether nobody else has come to the screen since.
func (g *Gate) arePeople(people uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.people == people
}

func (g *Gate) whyEnded() Why {
	if g.stop.Err() != nil {
		return Stopped
	}
	return Withdrawn
}

// decide finds an answer. done gives back what it holds, e.g. the screen.
func (g *Gate) decide(ctx context.Context, q Question) (a Answer, done func()) {
	if a, ok := g.known(q); ok {
		return a, func() {}
	}
	if !g.enterQueue(q.Who.Account) {
		return Answer{Why: Flooded}, func() {}
	}
	select {
	case <-g.turn:
	case <-ctx.Done():
		g.leaveQueue(q.Who.Account)
		return Answer{Why: Withdrawn}, func() {}
	case <-g.stop.Done():
		g.leaveQueue(q.Who.Account)
		return Answer{Why: Stopped}, func() {}
	}
	a = g.decideOnScreen(ctx, q)
	g.leaveQueue(q.Who.Account)
	return a, func() { g.turn <- struct{}{} }
}

// decideOnScreen is decide for whoever has the turn.
func (g *Gate) decideOnScreen(ctx context.Context, q Question) Answer {
	// What was answered while this question waited may have settled it.
	if a, ok := g.known(q); ok {
		return a
	}
	if g.tooOften(g.asked, q.Who.Account) {
		return Answer{Why: Flooded}
	}
	if !g.rest(ctx) {
		return Answer{Why: g.whyEnded()}
	}
	a := g.show(ctx, q)
	if a.Why != Answered && a.Why != Unclear && a.Why != Unwritten {
		g.calm = time.Now().Add(Pause)
	}
	return a
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

// rest waits until a customer who was just answering a question that vanished
// has noticed that it did. It reports false when there is nothing to ask any more.
func (g *Gate) rest(ctx context.Context) bool {
	timer := time.NewTimer(time.Until(g.calm))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-g.stop.Done():
	}
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

func (g *Gate) setShown(q *Question) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shown = q
}

// show puts q on every prompter and returns the first answer that is bound to
// it. It waits for all prompters to return, so that two questions never share a screen.
func (g *Gate) show(ctx context.Context, q Question) Answer {
	if len(g.opts.Prompters) == 0 {
		return Answer{Why: Nobody}
	}
	q.Expires = time.Now().Add(AnswerTimeout)
	if g.opts.Begun != nil && g.opts.Begun(q) != nil {
		return Answer{Why: Unwritten}
	}
	g.setShown(&q)
	defer g.setShown(nil)
	asking, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(g.stop, func() { cancel(nil) })()
	asking, release := context.WithDeadline(asking, q.Expires)
	defer release()

	type result struct {
		answer Answer
		err    error
	}
	results := make(chan result, len(g.opts.Prompters))
	for _, p := range g.opts.Prompters {
		go func() {
			r := result{err: errPrompter}
			defer func() {
				if recover() != nil {
					r = result{err: errPrompter}
				}
				results <- r
			}()
			r.answer, r.err = p.Ask(asking, q)
			r.answer.Via = p.Name()
		}()
	}
	final := Answer{Why: Nobody}
	for range g.opts.Prompters {
		r := <-results
		switch {
		case final.Why == Answered, final.Why == Unclear:
		case r.err == nil && r.answer.Question == q.ID && asking.Err() == nil:
			final = r.answer
			if final.Why != Unclear || final.Decision.Allowed() {
				final.Why = Answered
			}
			if q.Kind.EveryTime() && final.Decision == AllowedForSession {
				final.Decision = AllowedOnce
			}
			if q.Kind == Words && final.Decision.Allowed() && (final.Picked < 1 || final.Picked > len(q.Choices)) {
				final = Answer{Why: Answered, Via: final.Via} // a yes to none of them is none
			}
			cancel(ErrElsewhere)
		case errors.Is(r.err, ErrLocked):
			if final.Why == Nobody {
				final = Answer{Why: Locked}
			}
		case !errors.Is(r.err, ErrNobody):
			final = Answer{Why: TimedOut}
		}
	}
	return final
}
