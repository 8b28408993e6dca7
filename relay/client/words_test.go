package client

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/library/words"
)

// wordsHost is the computer's side of an exchange. Tests change what it says.
type wordsHost struct {
	mu     sync.Mutex
	w      *world
	nonce  []byte
	known  bool
	asked  int
	answer func(opening []byte) (bool, []byte) // nil opens honestly
	pair   words.Pair
}

func (h *wordsHost) keys() words.Keys {
	return words.KeysOf(h.w.computerKey.PublicKey(), h.w.csr.PublicKey())
}

func newWordsHost(w *world) *wordsHost {
	h := &wordsHost{w: w, nonce: words.NewNonce()}
	w.requests[wire.WordsCommitRequest] = func(context.Context, *sshd.Conn, []byte) (bool, []byte) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.asked++
		m := wire.WordsCommit{Version: wire.WordsVersion}
		if !h.known {
			m.Sum = h.keys().Commit(h.nonce)
		}
		return true, m.Marshal()
	}
	w.requests[wire.WordsRequest] = func(_ context.Context, _ *sshd.Conn, payload []byte) (bool, []byte) {
		h.mu.Lock()
		defer h.mu.Unlock()
		opening := wire.WordsOpening{Nonce: h.nonce}.Marshal()
		if h.answer != nil {
			return h.answer(opening)
		}
		m, err := wire.ParseWordsAnswer(payload)
		if err != nil {
			return false, nil
		}
		h.known, h.pair = true, h.keys().Draw(testNumber, h.nonce, m.Nonce)
		return true, opening
	}
	return h
}

// reachWith connects to the relay and the computer, with a place for words.
func (w *world) reachWith(dir string) *Computer {
	w.t.Helper()
	o := w.options()
	o.WordsDir = dir
	r, err := Dial(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { r.Close() })
	c, err := r.Reach(w.t.Context(), testNumber)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

// What the CSR has heard belongs to both keys, and is kept; other words end it for good, and
// for stock ssh, too.
func TestZ1_WhatTheCSRHasHeard(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	newWordsHost(w)
	told := make(chan bool, 2)
	w.requests[wire.WordsVerdictRequest] = func(_ context.Context, _ *sshd.Conn, payload []byte) (bool, []byte) {
		m, err := wire.ParseWordsVerdict(payload)
		told <- m.Same
		return err == nil, nil
	}
	is := func(host ssh.PublicKey, want Kept) {
		t.Helper()
		if got, err := KeptVerdict(dir, testNumber, host, w.csr.PublicKey()); err != nil || got != want {
			t.Errorf("kept is %v, %v, want %v", got, err, want)
		}
	}
	other := testkit.NewKey(t).PublicKey()
	c := w.reachWith(dir)
	if c.Words().Confirmed() {
		t.Fatal("nobody has compared anything")
	}
	is(c.Identity, KeptNothing)
	if err := c.Hear(true); err != nil || !<-told || !c.Words().Confirmed() {
		t.Fatalf("%v, %+v", err, c.Words())
	}
	if again := w.reachWith(dir).Words(); !again.Heard {
		t.Errorf("%+v", again)
	}
	is(c.Identity, KeptSame)
	is(other, KeptOther)
	wantError(t, c.Hear(false), cmdline.ExitAuth, errDiffer, "the customer has other safety words")
	if <-told {
		t.Error("the computer was told that they are the same")
	}
	is(c.Identity, KeptOther)
	_, err := w.meetWith(dir)
	wantError(t, err, cmdline.ExitAuth, errDiffer, "somebody sits between you and the computer")
}

// Z1, Z7: a computer has one key. Who has compared words with one is not brought to another,
// whether that has words or not; and what was heard before is of no other's words.
func TestZ1_Z7_AnotherComputerThanWasCompared(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	newWordsHost(w)
	c := w.reachWith(dir)
	if words := c.Words(); !words.New || words.Others {
		t.Errorf("%+v", words)
	}
	change := func(f func(*wordsFile)) {
		t.Helper()
		path := filepath.Join(dir, string(testNumber)+".json")
		kept, err := readWords(path)
		f(&kept)
		data, problem := json.Marshal(kept)
		if err := errors.Join(err, problem, os.WriteFile(path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	other := ssh.FingerprintSHA256(testkit.NewKey(t).PublicKey())
	change(func(f *wordsFile) { f.Pairs = append(f.Pairs, wordsPair{Host: other, CSR: f.Pairs[0].CSR}) })
	c = w.reachWith(dir)
	if words := c.Words(); words.New || !words.Others {
		t.Errorf("%+v", words)
	}
	certified := c.Words()
	certified.Certified = true
	if certified.Confirmed() {
		t.Error("a password goes to a computer that takes a certificate, and that is another one than before")
	}
	if certified.Others = false; !certified.Confirmed() {
		t.Error("no password goes to the only computer, which takes a certificate")
	}
	if err := c.Hear(true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.meetWith(dir); err != nil { // the one that was compared
		t.Fatal(err)
	}
	change(func(f *wordsFile) { f.Pairs[0].Host = ssh.FingerprintSHA256(testkit.NewKey(t).PublicKey()) })
	_, err := w.meetWith(dir)
	wantError(t, err, cmdline.ExitAuth, errAnother, "not the computer whose safety words you have compared")
	delete(w.requests, wire.WordsCommitRequest)
	_, err = w.meetWith(dir)
	wantError(t, err, cmdline.ExitAuth, errAnother, "somebody sits in between")
}

// meetWith connects to the relay and the computer, with a place for words.
func (w *world) meetWith(dir string) (Words, error) {
	w.t.Helper()
	o := w.options()
	o.WordsDir = dir
	r, err := Dial(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	c, err := r.Reach(w.t.Context(), testNumber)
	if err != nil {
		return Words{}, err
	}
	defer c.Close()
	return c.Words(), nil
}

// tried is what is on the disk: what a program that is killed comes back with.
func tried(t *testing.T, dir string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, string(testNumber)+".json"))
	var f wordsFile
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		t.Error(err)
	}
	return f.Tried
}

// Both sides have the same words; the second connection exchanges nothing.
func TestZ1_BothSidesHaveTheSameWords(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	h := newWordsHost(w)
	got, err := w.meetWith(dir)
	if err != nil || !got.New || got.Why != nil || got.Pair != h.pair || got.Digits != h.keys().Digits() {
		t.Fatalf("%+v, %v, want %v", got, err, h.pair)
	}
	again, err := w.meetWith(dir)
	if err != nil || again.New || again.Pair != got.Pair || h.asked != 1 {
		t.Errorf("%+v, %v, asked %d times", again, err, h.asked)
	}
	if elsewhere, err := w.meetWith(t.TempDir()); err != nil || !errors.Is(elsewhere.Why, ErrWordsElsewhere) {
		t.Errorf("%+v, %v", elsewhere, err)
	}
}

// Without an exchange it is said: no program, and nobody in between, gets around it in
// silence.
func TestZ1_NoWordsAreSaid(t *testing.T) {
	w := newWorld(t)
	got, err := w.meetWith(t.TempDir())
	if err != nil || !errors.Is(got.Why, ErrNoWords) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Another opening than what was committed to burns the pair: now, and whenever it is met
// again.
func TestZ1_AWrongOpeningBurnsThePair(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	h := newWordsHost(w)
	h.answer = func([]byte) (bool, []byte) { return true, wire.WordsOpening{Nonce: words.NewNonce()}.Marshal() }
	for range 2 {
		_, err := w.meetWith(dir)
		wantError(t, err, cmdline.ExitAuth, errBurnt, "somebody sits between", "end the session")
	}
	if h.asked != 1 {
		t.Errorf("asked %d times", h.asked)
	}
}

// Three aborts are all there are for a number: each is counted before the nonce leaves, and
// a fourth is not tried, whatever key the computer shows by then.
func TestZ7_ThreeAttemptsForANumber(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	h := newWordsHost(w)
	count := 0
	h.answer = func([]byte) (bool, []byte) {
		if count++; tried(t, dir) != count {
			t.Errorf("the nonce of attempt %d came, and %d are on the disk", count, tried(t, dir))
		}
		return false, nil
	}
	for range wire.MaxWordsTried {
		_, err := w.meetWith(dir)
		wantError(t, err, cmdline.ExitUnreachable, ErrLost, "broken off")
	}
	h.answer = nil
	for range 2 {
		_, err := w.meetWith(dir)
		wantError(t, err, cmdline.ExitAuth, ErrWordsTried, "no more are tried", "start a new one")
	}
	if count != wire.MaxWordsTried {
		t.Errorf("%d answers", count)
	}
}

// What cannot be written down is not sent.
func TestZ1_NoPlaceForTheCount(t *testing.T) {
	w, dir := newWorld(t), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h := newWordsHost(w)
	h.answer = func([]byte) (bool, []byte) { t.Error("an answer came"); return false, nil }
	if _, err := w.meetWith(dir); err == nil {
		t.Error("it went on")
	}
}
