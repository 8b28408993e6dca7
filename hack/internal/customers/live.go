//go:build linux

package customers

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/wire"
)

const (
	// Reachable is how many of those that live on a CSR can enter, the first ones: each has an
	// SSH server of its own.
	Reachable = 20
	// returnLeast and returnMost bound the pause before a computer comes back, as in
	// support-agent.
	returnLeast, returnMost = time.Second, 30 * time.Second
	// askAgain is how often a computer asks when to come back.
	askAgain = 20 * time.Second
	// maxWrong is how many wrong things are told.
	maxWrong = 20
)

// Ask is what those are asked that live on.
type Ask struct {
	// Reset has the counting begin anew after the answer.
	Reset bool
	// Journals asks for what each has handed over: from then on they have nothing new to say,
	// and the answer comes when all is acknowledged, or a minute has passed.
	Journals bool
}

// Report is how they are.
type Report struct {
	Connected int
	At        map[string]int // of these, by the relay's address
	Losses    int            // of connections
	Events    int            // that were acknowledged
	Silent    int            // computers of which none was
	Waiting   int            // events that were sent and not acknowledged
	Told      float64        // seconds within which they were to come back, at most
	Took      float64        // seconds until the last one that lost its relay was back
	Over      float64        // by how many seconds the latest one was later than it was told
	Slowest   float64        // seconds until an event was acknowledged over one connection
	Refused   map[string]int // what relays have said to those who came back
	Visits    int            // commands of CSRs that run on them
	Wrong     []string       // what must not be
	Journals  []Journal
}

// Sum is what several load processes have reported.
func Sum(each []Report) Report {
	all := Report{At: map[string]int{}, Refused: map[string]int{}}
	for _, r := range each {
		all.Connected += r.Connected
		all.Losses += r.Losses
		all.Events += r.Events
		all.Silent += r.Silent
		all.Waiting += r.Waiting
		all.Visits += r.Visits
		all.Told, all.Took = max(all.Told, r.Told), max(all.Took, r.Took)
		all.Over, all.Slowest = max(all.Over, r.Over), max(all.Slowest, r.Slowest)
		for addr, n := range r.At {
			all.At[addr] += n
		}
		for why, n := range r.Refused {
			all.Refused[why] += n
		}
		all.Wrong = append(all.Wrong, r.Wrong...)
		all.Journals = append(all.Journals, r.Journals...)
	}
	return all
}

// Journal is what a computer has handed over.
type Journal struct {
	Number string
	Seq    uint64
	Hash   journal.Hash // of the last event that was acknowledged
	// Next is of the event behind it that was sent, if there is one: it may be stored.
	Next journal.Hash
}

// Ask asks those of a load process that live on.
func (l *Load) Ask(a Ask) (r Report, err error) {
	if err = json.NewEncoder(l.stdin).Encode(a); err == nil {
		err = l.results.Decode(&r)
	}
	if err != nil {
		err = fmt.Errorf("the load process: %w", err)
	}
	return r, err
}

// living is a customer who comes back again and again.
type living struct {
	*customer
	spec Spec
	all  *lot

	// What follows is guarded by all.
	connected     string // the relay's address, "" is none
	last          journal.Event
	pending       *journal.Event
	took, over    time.Duration
	acked, losses int
	slowest       time.Duration
}

// lot are all of them.
type lot struct {
	mu      sync.Mutex // no other lock is taken under it
	all     []*living
	refused map[string]int
	wrong   []string
	quiet   bool
}

// live answers questions until there are none any more.
func (spec Spec) live(in *json.Decoder, all []*customer) error {
	c := &lot{refused: map[string]int{}}
	for _, one := range all {
		c.all = append(c.all, &living{customer: one, spec: spec, all: c, connected: spec.Addr, last: firstEvent()})
	}
	for _, l := range c.all {
		go l.run() // it ends with the process
	}
	out := json.NewEncoder(os.Stdout)
	for {
		var ask Ask
		if err := in.Decode(&ask); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if ask.Journals {
			c.settle()
		}
		if err := out.Encode(c.report(ask)); err != nil {
			return err
		}
	}
}

// settle waits until all that was sent is acknowledged, and nothing more is sent.
func (c *lot) settle() {
	c.mu.Lock()
	c.quiet = true
	c.mu.Unlock()
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		if r := c.report(Ask{}); r.Waiting == 0 && r.Connected == len(c.all) {
			return
		}
	}
}

func (c *lot) report(ask Ask) Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := Report{Visits: int(visits.Load()), At: map[string]int{}, Refused: maps.Clone(c.refused), Wrong: slices.Clone(c.wrong)}
	for _, l := range c.all {
		if l.connected != "" {
			r.Connected++
			r.At[l.connected]++
		}
		if l.pending != nil {
			r.Waiting++
		}
		if l.acked == 0 {
			r.Silent++
		}
		r.Losses += l.losses
		r.Events += l.acked
		r.Told = max(r.Told, l.within.Seconds())
		r.Took = max(r.Took, l.took.Seconds())
		r.Over = max(r.Over, l.over.Seconds())
		r.Slowest = max(r.Slowest, l.slowest.Seconds())
		if ask.Journals {
			j := Journal{Number: l.spec.Numbers[l.i], Seq: l.last.Seq, Hash: l.last.Hash}
			if l.pending != nil {
				j.Next = l.pending.Hash
			}
			r.Journals = append(r.Journals, j)
		}
		if ask.Reset {
			l.losses, l.acked, l.took, l.over, l.slowest = 0, 0, 0, 0, 0
		}
	}
	if ask.Reset {
		clear(c.refused)
	}
	return r
}

// run keeps a computer connected.
func (l *living) run() {
	for {
		conn, over := l.conn, make(chan struct{})
		go l.handOver(conn, over)
		go l.askReturn(conn, over)
		_ = conn.Wait()
		close(over)
		l.comeBack(time.Now())
	}
}

// comeBack connects again, as support-agent does.
func (l *living) comeBack(lost time.Time) {
	l.all.mu.Lock()
	home, within := l.connected, l.within
	l.connected = ""
	l.losses++
	l.all.mu.Unlock()
	most := min(max(returnLeast, within), returnMost)
	refused := ""
	for tries := 1; ; tries++ {
		time.Sleep(rand.N(most))
		spec := l.spec
		spec.Addr, spec.Others = l.ways(home, refused)
		conn, channels, err := spec.dial(l.customer, wire.CustomerUser)
		if err == nil {
			home = conn.RemoteAddr().String()
			if err = spec.stay(l.customer, conn, channels, true); err != nil {
				home, refused = "", home
				_ = conn.Close()
			}
		}
		l.all.mu.Lock()
		if err == nil {
			took := time.Since(lost)
			l.conn, l.connected = conn, home
			l.took, l.over = max(l.took, took), max(l.over, took-within)
			l.all.mu.Unlock()
			return
		}
		l.all.refused[problem(err)]++
		l.all.mu.Unlock()
		most = min(returnLeast<<min(tries, 10), returnMost)
	}
}

// ways are the addresses in the order in which they are tried: that which worked last, the
// others at random, and at the end one that has refused.
func (l *living) ways(last, refused string) (first string, others []string) {
	all := append([]string{l.spec.Addr}, l.spec.Others...)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	rank := map[string]int{last: -1, refused: 1}
	slices.SortStableFunc(all, func(a, b string) int { return rank[a] - rank[b] })
	return all[0], all[1:]
}

// problem is an error without what differs from one computer to the other.
func problem(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return text
}

func (l *living) askReturn(conn ssh.Conn, over <-chan struct{}) {
	for {
		if within, err := askReturn(conn); err == nil {
			l.all.mu.Lock()
			l.within = within
			l.all.mu.Unlock()
		}
		select {
		case <-time.After(askAgain/2 + rand.N(askAgain)):
		case <-over:
			return
		}
	}
}

// handOver hands over an event again and again, over one connection: at first at once
// where one is left from the connection before.
func (l *living) handOver(conn ssh.Conn, over <-chan struct{}) {
	pace := time.Duration(l.spec.Pace * float64(time.Second))
	for {
		l.all.mu.Lock()
		left := l.pending != nil
		l.all.mu.Unlock()
		wait := pace/2 + rand.N(pace+1)
		if left {
			wait = rand.N(time.Second)
		}
		select {
		case <-time.After(wait):
		case <-over:
			return
		}
		if err := l.deliver(conn); err != nil {
			l.all.mu.Lock()
			l.all.refused["journal: "+problem(err)]++
			l.all.mu.Unlock()
			return // support-agent tries again over its next connection
		}
	}
}

// deliver hands over one event, as a computer does that had nothing to say for a while, and
// compares what the relay has with what it has acknowledged.
func (l *living) deliver(conn ssh.Conn) error {
	began := time.Now()
	ch, requests, err := conn.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		return err
	}
	defer ch.Close()
	go ssh.DiscardRequests(requests) // ends with the channel
	answers := bufio.NewReaderSize(ch, 64)
	seq, err := readSeq(answers)
	if err != nil {
		return err
	}
	e := l.next(seq)
	if e == nil {
		return nil
	}
	line, err := e.Line()
	if err != nil {
		return err
	}
	if _, err := ch.Write(line); err != nil {
		return err
	}
	for seq < e.Seq {
		if seq, err = readSeq(answers); err != nil {
			return err
		}
	}
	l.ack(seq, time.Since(began))
	_ = ch.CloseWrite()
	_, _ = io.Copy(io.Discard, answers) // the relay takes another channel when it has ended this one
	return nil
}

func readSeq(r *bufio.Reader) (uint64, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(line), 10, 64)
}

// next is what to send to a relay that has everything up to seq; nil is nothing.
func (l *living) next(seq uint64) *journal.Event {
	l.all.mu.Lock()
	defer l.all.mu.Unlock()
	switch {
	case seq == l.last.Seq:
	case l.pending != nil && seq == l.pending.Seq: // it was stored, and the answer got lost
		l.last, l.pending = *l.pending, nil
		l.acked++
	default:
		if len(l.all.wrong) < maxWrong {
			l.all.wrong = append(l.all.wrong, fmt.Sprintf("%s: the relay has %d events, and has acknowledged %d", l.spec.Numbers[l.i], seq, l.last.Seq))
		}
		return nil
	}
	if l.pending == nil && !l.all.quiet {
		e := message()
		e.Seal(l.last)
		l.pending = &e
	}
	return l.pending
}

func (l *living) ack(seq uint64, took time.Duration) {
	l.all.mu.Lock()
	defer l.all.mu.Unlock()
	if l.pending == nil || l.pending.Seq != seq {
		l.all.wrong = append(l.all.wrong, fmt.Sprintf("%s: event %d was acknowledged, which was not sent", l.spec.Numbers[l.i], seq))
		return
	}
	l.last, l.pending = *l.pending, nil
	l.acked++
	l.slowest = max(l.slowest, took)
}
