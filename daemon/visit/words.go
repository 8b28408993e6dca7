package visit

import (
	"context"
	"errors"
	"sync"
	"time"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/library/words"
)

var errWords = errors.New("the exchange of safety words was not kept to")

// exchanges are the exchanges of safety words that are under way, one for a CSR's key at
// a time. The zero exchanges is ready for use, by any number of goroutines.
type exchanges struct {
	mu   sync.Mutex           // taken before the locks of the session, the journal and the UI; not together with that of access
	open map[string]*exchange // by the key's fingerprint
	seen map[string]bool      // whose digits the customer has been told, likewise
}

// exchange is one attempt.
type exchange struct {
	conn    *sshd.Conn
	who     consent.Person
	attempt int
	nonce   []byte
	sum     []byte
	done    chan struct{} // closed at its end
	stop    func()        // the watch over its time and its connection
}

// commitWords begins an exchange for a pair of keys that has no words, and answers with the
// commitment. Another connection of the same key waits here, and begins none when that one
// has agreed. The attempt is on the disk before anything is said.
func (s *Server) commitWords(ctx context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	who, err := s.mayBeHere(c)
	if err != nil || len(payload) > 0 {
		return false, nil
	}
	nothing := wire.WordsCommit{Version: wire.WordsVersion}.Marshal()
	for {
		e, wait := s.beginWords(c, who)
		switch {
		case e != nil:
			return true, wire.WordsCommit{Version: wire.WordsVersion, Sum: e.sum}.Marshal()
		case wait == nil:
			return true, nothing
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return false, nil
		}
	}
}

// beginWords counts an attempt. It returns nothing where there are words or no attempt
// is left, and what to wait for where an exchange of the same key is under way.
func (s *Server) beginWords(c *sshd.Conn, who consent.Person) (*exchange, <-chan struct{}) {
	x := &s.exchanges
	x.mu.Lock()
	defer x.mu.Unlock()
	key := who.Fingerprint
	if open := x.open[key]; open != nil {
		if open.conn == c { // a second one inside the first
			s.endWordsLocked(open, nil)
			return nil, nil
		}
		return nil, open.done
	}
	e := &exchange{conn: c, who: who, nonce: words.NewNonce(), done: make(chan struct{})}
	s.Session.Change(func(saved *state.Saved) {
		if _, known := saved.Words.Of(key); !known && saved.Words.Offered < wire.MaxWordsOffered {
			saved.Words.Offered++
			e.attempt = saved.Words.Offered
		}
	})
	if e.attempt == 0 {
		return nil, nil
	}
	if err := s.Session.Save(); err != nil { // it stays counted
		s.Log.Error("an attempt at safety words could not be written down", "err", err)
		return nil, nil
	}
	keys, ok := s.wordsKeys(c)
	if !ok {
		return nil, nil
	}
	e.sum = keys.Commit(e.nonce)
	if x.open == nil {
		x.open = map[string]*exchange{}
	}
	x.open[key] = e
	failed := func() {
		defer panics.Keep(s.Log, "the end of an exchange of safety words", nil)
		x.mu.Lock()
		defer x.mu.Unlock()
		s.endWordsLocked(e, nil)
	}
	late, gone := time.AfterFunc(wire.WordsTime, failed), context.AfterFunc(c.Context(), failed)
	e.stop = func() { late.Stop(); gone() }
	return e, nil
}

// wordsKeys are both ends of a connection.
func (s *Server) wordsKeys(c *sshd.Conn) (words.Keys, bool) {
	hosts := s.HostKeys()
	if len(hosts) == 0 || c.Key() == nil {
		return words.Keys{}, false
	}
	return words.KeysOf(hosts[0].PublicKey(), c.Key()), true
}

// endWordsLocked ends an exchange once. Without a pair it has failed: the connection is
// closed, and the attempt stays counted. The lock of exchanges is held.
func (s *Server) endWordsLocked(e *exchange, pair *words.Pair) (agreed bool) {
	x := &s.exchanges
	if x.open[e.who.Fingerprint] != e {
		return false
	}
	delete(x.open, e.who.Fingerprint)
	e.stop()
	defer close(e.done)
	var before []state.WordsPair
	if pair != nil {
		s.Session.Change(func(saved *state.Saved) {
			before = saved.Words.Pairs
			saved.Words.Pairs = append(before[:len(before):len(before)], state.WordsPair{Key: e.who.Fingerprint, Pair: *pair})
		})
		err := s.Session.Save()
		if err != nil {
			s.Log.Error("safety words could not be written down", "err", err)
		}
		agreed = err == nil
	}
	if err := s.Journal.Append(e.who.Account, journal.WordsExchange{Who: e.who, Attempt: e.attempt, Agreed: agreed}); err != nil {
		s.Log.Error("an exchange of safety words is not in the journal", "err", err)
		agreed = false
	}
	if !agreed {
		if pair != nil {
			s.Session.Change(func(saved *state.Saved) { saved.Words.Pairs = before })
		}
		e.conn.End(errWords)
	}
	return agreed
}

// openWords takes the client's nonce and opens the commitment. Now the customer sees the
// words. An answer without a commitment, a second one or a damaged one closes the
// connection.
func (s *Server) openWords(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	x := &s.exchanges
	x.mu.Lock()
	defer x.mu.Unlock()
	var e *exchange
	for _, open := range x.open {
		if open.conn == c {
			e = open
		}
	}
	if e == nil {
		c.End(errWords)
		return false, nil
	}
	m, err := wire.ParseWordsAnswer(payload)
	keys, ok := s.wordsKeys(c)
	if err != nil || !ok {
		s.endWordsLocked(e, nil)
		return false, nil
	}
	pair := keys.Draw(s.Session.Saved().Number, e.nonce, m.Nonce)
	if !s.endWordsLocked(e, &pair) {
		return false, nil
	}
	if s.hasLetIn(e.who) { // else they read of it when they have said yes
		s.UI.Notify(s.wordsNotice(e.who, state.WordsPair{Pair: pair}))
	}
	return true, wire.WordsOpening{Nonce: e.nonce}.Marshal()
}

// tellDigits shows the customer, once for each key, what is compared with a CSR who uses
// stock ssh: that can commit to nothing, so there are no words.
func (s *Server) tellDigits(v *visit) {
	c := v.channel.Conn
	if _, ours := wire.BannerVersion(string(c.SSH().ClientVersion())); ours {
		return
	}
	keys, ok := s.wordsKeys(c)
	if !ok {
		return
	}
	x := &s.exchanges
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.seen[v.who.Fingerprint] {
		return
	}
	if x.seen == nil {
		x.seen = map[string]bool{}
	}
	x.seen[v.who.Fingerprint] = true
	s.UI.Notify(notice.Digits{Who: v.who, Digits: keys.Digits()})
}
