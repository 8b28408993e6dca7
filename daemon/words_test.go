package daemon

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/library/words"
)

// askWords begins an exchange as our client does.
func askWords(t *testing.T, c *ssh.Client) (wire.WordsCommit, bool) {
	t.Helper()
	ok, reply, err := c.SendRequest(wire.WordsCommitRequest, true, nil)
	if err != nil || !ok {
		return wire.WordsCommit{}, false
	}
	m, err := wire.ParseWordsCommit(reply)
	if err != nil {
		t.Fatal(err)
	}
	return m, true
}

// answerWords sends a nonce, and returns what was opened.
func answerWords(c *ssh.Client, nonce []byte) (wire.WordsOpening, bool) {
	ok, reply, err := c.SendRequest(wire.WordsRequest, true, wire.WordsAnswer{Version: wire.WordsVersion, Nonce: nonce}.Marshal())
	if err != nil || !ok {
		return wire.WordsOpening{}, false
	}
	m, err := wire.ParseWordsOpening(reply)
	return m, err == nil
}

// kept is what the session file says now: what a daemon that is killed comes back with.
func (w *world) kept() state.Saved {
	w.t.Helper()
	data, err := os.ReadFile(w.resumeFile())
	var saved state.Saved
	if err == nil {
		err = json.Unmarshal(data, &saved)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return saved
}

// offered is how many attempts are counted there.
func (w *world) offered() int { return w.kept().Words.Offered }

// keysOf are the keys of this computer and of a CSR.
func (w *world) keysOf(csr ssh.Signer) words.Keys {
	w.t.Helper()
	host, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(w.kept().Identity).Public())
	if err != nil {
		w.t.Fatal(err)
	}
	return words.KeysOf(host, csr.PublicKey())
}

// Z1, P11: a key that the relay names later can have words, for the question about it. But it
// ends nothing by them, says nothing in its CSR's name, and nothing of it is on the screen
// before the customer has let it in.
func TestZ1_P11_AKeyThatIsNotLetInHasHeardNothing(t *testing.T) {
	w := newWorld(t, nil)
	second := testkit.NewKey(t)
	w.relay.authorize(entry("alice", w.alice), entry("alice", second))
	c, err := w.connect(second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if m, ok := askWords(t, c); !ok || len(m.Sum) == 0 {
		t.Fatal("no commitment")
	}
	if _, ok := answerWords(c, words.NewNonce()); !ok {
		t.Fatal("not opened")
	}
	for _, same := range []bool{true, false} {
		if ok, _, err := c.SendRequest(wire.WordsVerdictRequest, true, wire.WordsVerdict{Version: wire.WordsVersion, Same: same}.Marshal()); ok || err != nil {
			t.Errorf("same: %t, and it is taken: %v", same, err)
		}
	}
	told := func() (n int) {
		w.ui.mu.Lock()
		defer w.ui.mu.Unlock()
		for _, one := range w.ui.all {
			if _, is := one.(notice.Words); is {
				n++
			}
		}
		return n
	}
	if n := told(); n > 0 {
		t.Errorf("the customer has read of words with it %d times", n)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := run(t, c, "status"); got.code != cmdline.ExitOK {
		t.Fatalf("%+v", got)
	}
	if q := <-w.screen.questions; q.Kind != consent.CSRJoin {
		t.Errorf("asked %+v", q)
	}
	await(t, w.ui, anyOf[notice.Words])
	for _, e := range w.events() {
		if e.Kind == journal.KindWordsVerdict {
			t.Errorf("the journal has what %s has heard: %s", e.Actor, e.Data)
		}
	}
	if ok, _, _ := c.SendRequest(wire.WordsVerdictRequest, true, wire.WordsVerdict{Version: wire.WordsVersion}.Marshal()); !ok {
		t.Error("and who is let in may not say that the words differ")
	}
	var differ *state.WordsDiffer
	if err := w.ended(); !errors.As(err, &differ) || differ.By != "alice" {
		t.Errorf("%v", err)
	}
}

// Z1, Z7: aborts at every step are counted before the commitment leaves this computer, and
// neither a new connection nor a restart gives an attempt back. Nothing is shown of them.
func TestZ1_Z7_EightAttemptsInASupportSession(t *testing.T) {
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
	aborts := []func(*ssh.Client){
		func(c *ssh.Client) { c.Close() },
		func(c *ssh.Client) { answerWords(c, []byte("short")) },
		func(c *ssh.Client) { askWords(t, c) }, // a second one inside the first
		func(c *ssh.Client) { _, _, _ = c.SendRequest(wire.WordsRequest, true, nil) },
	}
	for i := range wire.MaxWordsOffered {
		if i == wire.MaxWordsOffered/2 {
			w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
			w.goDown(p)
			<-w.screen.questions
			w.comeUp(p, "two")
			w.relay.authorize(entry("alice", w.alice))
		}
		c := w.csr()
		m, ok := askWords(t, c)
		if !ok || len(m.Sum) == 0 || w.offered() != i+1 {
			t.Fatalf("attempt %d: %v, %v; on the disk are %d", i+1, m, ok, w.offered())
		}
		aborts[i%len(aborts)](c)
		_ = c.Wait() // the daemon closes it, too
		attempt := i + 1
		testkit.Eventually(t, "the end of the attempt in the journal", func() bool {
			for _, e := range w.events() {
				if x := journal.Of[journal.WordsExchange](e); e.Kind == journal.KindWordsExchange && x.Attempt == attempt && !x.Agreed {
					return true
				}
			}
			return false
		})
	}
	c := w.csr()
	if m, ok := askWords(t, c); !ok || len(m.Sum) != 0 || w.offered() != wire.MaxWordsOffered {
		t.Errorf("after the last attempt: %v, %v; on the disk are %d", m, ok, w.offered())
	}
	if got := run(t, c, "status"); got.code != 0 { // all else goes on
		t.Errorf("%+v", got)
	}
	w.ui.mu.Lock()
	defer w.ui.mu.Unlock()
	for _, n := range w.ui.all {
		if shown, is := n.(notice.Words); is {
			t.Errorf("words of an attempt that was broken off were shown: %+v", shown)
		}
	}
}

// An answer that nobody has asked for, or a second one, closes the connection.
func TestZ1_AnAnswerOutOfTurn(t *testing.T) {
	w := newWorld(t, unattended)
	c := w.csr()
	if _, ok := answerWords(c, words.NewNonce()); ok {
		t.Error("an answer without a commitment was opened")
	}
	_ = c.Wait()
	c = w.csr()
	m, _ := askWords(t, c)
	nonce := words.NewNonce()
	opening, ok := answerWords(c, nonce)
	keys := w.keysOf(w.alice)
	if !ok || !keys.Opens(m.Sum, opening.Nonce) {
		t.Fatalf("not opened: %v", ok)
	}
	shown := await(t, w.ui, anyOf[notice.Words])
	if want := keys.Draw(testNumber, opening.Nonce, nonce); shown.Pair != want {
		t.Errorf("shown %v, want %v", shown.Pair, want)
	}
	if _, ok := answerWords(c, nonce); ok {
		t.Error("a second answer was opened")
	}
	_ = c.Wait()
}

// Connections of one key at the same time make one exchange, and the pair outlives a
// restart of the computer.
func TestZ1_OneExchangeForAKey(t *testing.T) {
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
	const many = 6
	var wait sync.WaitGroup
	var mu sync.Mutex
	committed := 0
	for range many {
		c := w.csr()
		wait.Go(func() {
			m, ok := askWords(t, c)
			if !ok || len(m.Sum) == 0 {
				return
			}
			mu.Lock()
			committed++
			mu.Unlock()
			answerWords(c, words.NewNonce())
		})
	}
	wait.Wait()
	if committed != 1 || w.offered() != 1 {
		t.Fatalf("%d exchanges, %d counted", committed, w.offered())
	}
	first := await(t, w.ui, anyOf[notice.Words])
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	w.goDown(p)
	<-w.screen.questions
	w.comeUp(p, "two")
	w.relay.authorize(entry("alice", w.alice))
	c := w.csr()
	if again := await(t, w.ui, anyOf[notice.Words]); again.Pair != first.Pair {
		t.Errorf("after the restart %v is shown, and it was %v", again.Pair, first.Pair)
	}
	if m, ok := askWords(t, c); !ok || len(m.Sum) != 0 {
		t.Errorf("a known pair is exchanged again: %v, %v", m, ok)
	}
}

// A client that says nothing is cut off, and that attempt is used up.
func TestZ1_AnExchangeHasTenSeconds(t *testing.T) {
	w := newWorld(t, unattended)
	c := w.csr()
	began := time.Now()
	if m, ok := askWords(t, c); !ok || len(m.Sum) == 0 {
		t.Fatal(m, ok)
	}
	_ = c.Wait()
	if took := time.Since(began); took < wire.WordsTime || took > 3*wire.WordsTime {
		t.Errorf("cut off after %v", took)
	}
}
