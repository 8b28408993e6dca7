//go:build linux

package ordeal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"supportd/consent"
	"supportd/consent/page"
	local "supportd/daemon/journal"
	"supportd/library/journal"
)

// most is how much later a screen answers than another one at the same instant.
const most = 5 * time.Millisecond

// desks is how many customers answer beside each other.
const desks = 20

// Answers asks questions, each on three screens at once: a page that is served, and two
// that stand for terminal and box. All three answer each at the same instant, with other
// words. It returns an error unless the journal has one answer for each question, from one
// screen, and what the CSR was told is that.
func Answers(ctx context.Context, dir string, times int, progress io.Writer) error {
	each := (times + desks - 1) / desks
	problems := make(chan error, desks)
	won := make(chan map[string]int, desks)
	var working sync.WaitGroup
	for n := range desks {
		working.Go(func() {
			ways, err := answersAt(ctx, filepath.Join(dir, fmt.Sprint("desk", n)), each)
			problems <- err
			won <- ways
		})
	}
	working.Wait()
	close(problems)
	close(won)
	all, total := map[string]int{}, 0
	for ways := range won {
		for way, n := range ways {
			all[way] += n
			total += n
		}
	}
	for err := range problems {
		if err != nil {
			return err
		}
	}
	if len(all) < 3 {
		return fmt.Errorf("only %v ever was first: nothing was tried", all)
	}
	_, err := fmt.Fprintf(progress, "%d questions, each answered on three screens at once: one answer and one way each, %v\n", total, all)
	return err
}

// desk is one customer with three screens.
type desk struct {
	server *page.Server
	secret string
	lines  *json.Decoder // of the page's stream
	ready  chan uint64   // a screen other than the page shows this question
	now    chan struct{} // closed when all answer; another one for each question
}

// other is a screen that answers when it is told.
type other struct {
	name string
	says consent.Decision
	at   *desk
}

// Name implements [consent.Prompter].
func (o other) Name() string { return o.name }

// Ask implements [consent.Prompter].
func (o other) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	now := o.at.now
	o.at.ready <- q.ID
	select {
	case <-now:
		time.Sleep(rand.N(most)) // as long as the page's answer is on its way
		return consent.Answer{Question: q.ID, Decision: o.says}, nil
	case <-ctx.Done():
		return consent.Answer{}, context.Cause(ctx)
	}
}

// nobody does nothing on the page but answer.
type nobody struct{}

func (nobody) Stop()                                   {}
func (nobody) Confirm(page.Phase, bool)                {}
func (nobody) Number(string) string                    { return "" }
func (nobody) Say(string) string                       { return "" }
func (nobody) Compare(string) string                   { return "" }
func (nobody) TakeBack(string) string                  { return "" }
func (nobody) Allow([]consent.Kind, time.Time) string  { return "" }
func (nobody) Reopen()                                 {}
func (nobody) Report(context.Context, io.Writer) error { return errors.New("there is none") }

// answersAt asks questions at one desk, and counts which screen was first.
func answersAt(ctx context.Context, dir string, times int) (ways map[string]int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	j, name, err := local.Create(root, time.Now())
	if err != nil {
		return nil, err
	}
	defer j.Close()
	d := &desk{ready: make(chan uint64)}
	if d.server, err = page.New(page.Options{Customer: nobody{}, Log: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, err
	}
	served := make(chan error, 1)
	go func() { served <- d.server.Serve(ctx) }()
	defer func() { cancel(); err = errors.Join(err, <-served) }()
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	gate, err := consent.NewGate(consent.Options{
		Prompters: []consent.Prompter{d.server, other{"terminal", consent.AllowedOnce, d}, other{"box", consent.Denied, d}},
		Record: func(q consent.Question, a consent.Answer) error {
			return j.Append(q.Who.Account, journal.ConsentAnswer{Question: q, Answer: a})
		},
	})
	if err != nil {
		return nil, err
	}
	told := map[uint64]consent.Answer{}
	for n := range times {
		account := fmt.Sprint("csr", n/consent.MaxAskedPerMinute) // nobody asks too often
		answered := make(chan consent.Answer, 1)
		d.now = make(chan struct{})
		go func() {
			answered <- gate.Ask(ctx, consent.Question{Kind: consent.SysInfo, Who: consent.Person{Account: account, Fingerprint: account}})
		}()
		if err := d.answer(ctx); err != nil {
			return nil, err
		}
		a := <-answered
		told[a.Question] = a
	}
	return counted(filepath.Join(dir, name), told, times)
}

// post sends what a tab sends.
func (d *desk) post(ctx context.Context, what string, body any) (*http.Response, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.server.URL()+"api/"+what, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", strings.TrimSuffix(d.server.URL(), "/"))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if d.secret != "" {
		r.Header.Set("X-Page-Secret", d.secret)
	}
	return http.DefaultClient.Do(r)
}

// open enters the page and begins its stream, which ends with ctx.
func (d *desk) open(ctx context.Context) error {
	address, _ := d.server.Ticket()
	_, ticket, _ := strings.Cut(address, "#")
	answer, err := d.post(ctx, "enter", map[string]string{"ticket": ticket})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var in struct{ Secret string }
	if err := json.NewDecoder(answer.Body).Decode(&in); err != nil || in.Secret == "" {
		return fmt.Errorf("the page lets nobody in: %w", err)
	}
	d.secret = in.Secret
	stream, err := d.post(ctx, "stream", struct{}{})
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { stream.Body.Close() })
	d.lines = json.NewDecoder(stream.Body)
	return nil
}

// answer waits until all screens show the question, and answers on all of them.
func (d *desk) answer(ctx context.Context) error {
	id := uint64(0)
	for id == 0 {
		var line struct{ Question *struct{ ID uint64 } }
		if err := d.lines.Decode(&line); err != nil {
			return fmt.Errorf("the page's stream: %w", err)
		}
		if line.Question != nil {
			id = line.Question.ID
		}
	}
	<-d.ready
	<-d.ready
	const read = 510 * time.Millisecond // the page takes nothing sooner
	time.Sleep(read)
	sent := make(chan error, 1)
	go func() {
		<-d.now
		answer, err := d.post(ctx, "answer", map[string]any{"id": id, "decision": "allowed-once", "withheld": map[string]any{}, "steady": 600})
		if err == nil {
			err = answer.Body.Close()
		}
		sent <- err
	}()
	close(d.now)
	return <-sent
}

// counted holds that the journal has one answer for each question, as it was told.
func counted(path string, told map[uint64]consent.Answer, times int) (ways map[string]int, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	ways = map[string]int{}
	seen := map[uint64]bool{}
	for line := range bytes.Lines(data) {
		var e journal.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, err
		}
		a := journal.Of[journal.ConsentAnswer](e)
		was := told[a.Question.ID]
		switch {
		case e.Kind != journal.KindConsentAnswer, seen[a.Question.ID]:
			return nil, fmt.Errorf("the journal has %s twice, or something else", line)
		case a.Answer.Why != consent.Answered, a.Answer.Via == "", a.Answer.Via != was.Via, a.Answer.Decision != was.Decision:
			return nil, fmt.Errorf("the journal has %+v, and %+v was told", a.Answer, was)
		}
		seen[a.Question.ID] = true
		ways[a.Answer.Via]++
	}
	if len(seen) != times {
		return nil, fmt.Errorf("%d questions, %d answers", times, len(seen))
	}
	return ways, nil
}
