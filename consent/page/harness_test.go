package page_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/hack/testkit"
	"supportd/library/text"
)

// customer is what a program does when a person acts on the page: it notes it.
type customer struct {
	mu       sync.Mutex
	did      []string
	problem  string
	report   string
	allowed  []consent.Kind
	until    time.Time
	onSay    func(string)
	stopped  chan struct{}
	stopping sync.Once
}

func newCustomer() *customer {
	return &customer{stopped: make(chan struct{}), report: "<!DOCTYPE html><title>report</title>"}
}

func (c *customer) note(did ...string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.did = append(c.did, strings.Join(did, " "))
	return c.problem
}

// has reports whether something was done.
func (c *customer) has(did string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.did {
		if d == did {
			return true
		}
	}
	return false
}

func (c *customer) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.did...)
}

func (c *customer) Stop() {
	c.note("stop")
	c.stopping.Do(func() { close(c.stopped) })
}

func (c *customer) Confirm(phase page.Phase, yes bool) {
	c.note("confirm", string(phase), map[bool]string{true: "yes", false: "no"}[yes])
}
func (c *customer) Number(typed string) string { return c.note("number", typed) }
func (c *customer) Say(message string) string {
	problem := c.note("say", message)
	if c.onSay != nil && problem == "" {
		c.onSay(message)
	}
	return problem
}
func (c *customer) TakeBack(id string) string { return c.note("takeback", id) }
func (c *customer) Compare(key string) string { return c.note("compare", key) }
func (c *customer) Allow(kinds []consent.Kind, until time.Time) string {
	c.mu.Lock()
	c.allowed, c.until = kinds, until
	c.mu.Unlock()
	return c.note("allow")
}
func (c *customer) Reopen() { c.note("reopen") }
func (c *customer) Report(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, c.report)
	return err
}

// served is a page that is served until the test ends.
type served struct {
	*page.Server
	customer *customer
	host     string
	log      *testkit.Buffer
	over     chan error

	mu    sync.Mutex
	asked []asked
}

func serve(t *testing.T, opts page.Options) *served {
	t.Helper()
	s := &served{customer: newCustomer(), log: &testkit.Buffer{}, over: make(chan error, 1)}
	opts.Customer, opts.Log = s.customer, slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if s.Server, err = page.New(opts); err != nil {
		t.Fatal(err)
	}
	s.host = strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/")
	go func() { s.over <- s.Serve(context.Background()) }()
	t.Cleanup(func() {
		s.Close()
		client.CloseIdleConnections()
		if err := <-s.over; err != nil {
			t.Error(err)
		}
	})
	return s
}

// request is one that the page itself could make, unless it is changed.
func (s *served) request(t *testing.T, what, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"api/"+what, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://"+s.host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// do sends a request and returns the status and the body.
func do(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// client follows nothing, and asks no proxy.
var client = &http.Client{
	Transport:     &http.Transport{},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// post sends what a tab with this secret would.
func (s *served) post(t *testing.T, secret, what string, body any) (int, map[string]any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := s.request(t, what, string(raw))
	r.Header.Set("X-Page-Secret", secret)
	status, answer := do(t, r)
	made := map[string]any{}
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(answer), &made); err != nil {
			t.Fatalf("%s: %q %v", what, answer, err)
		}
	}
	return status, made
}

// enter lets a tab in with a new ticket.
func (s *served) enter(t *testing.T) (secret string) {
	t.Helper()
	address, _ := s.Ticket()
	_, ticket, _ := strings.Cut(address, "#")
	_, o := s.post(t, "", "enter", map[string]string{"ticket": ticket})
	secret, _ = o["secret"].(string)
	if secret == "" {
		t.Fatalf("the ticket lets nobody in: %v", o)
	}
	return secret
}

// feed is a stream of a tab.
type feed struct {
	lines chan map[string]any // closed at its end
	end   context.CancelFunc
}

func (s *served) stream(t *testing.T, secret string) *feed {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := s.request(t, "stream", "{}").WithContext(ctx)
	r.Header.Set("X-Page-Secret", secret)
	answer, err := client.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(err, answer)
	}
	f := &feed{make(chan map[string]any, 1000), cancel}
	go func() {
		defer close(f.lines)
		defer answer.Body.Close()
		for dec := json.NewDecoder(answer.Body); ; {
			var line map[string]any
			if dec.Decode(&line) != nil {
				return
			}
			f.lines <- line
		}
	}()
	t.Cleanup(cancel)
	return f
}

// until returns the first line that has a field.
func (f *feed) until(t *testing.T, field string) map[string]any {
	t.Helper()
	late := time.After(testkit.Patience)
	for {
		select {
		case line, ok := <-f.lines:
			if !ok {
				t.Fatalf("the stream ended before any %s", field)
			}
			if line[field] != nil {
				made, _ := line[field].(map[string]any)
				return made
			}
		case <-late:
			t.Fatalf("there was no %s", field)
		}
	}
}

// ended waits for the end of the stream.
func (f *feed) ended(t *testing.T) {
	t.Helper()
	late := time.After(testkit.Patience)
	for {
		select {
		case _, ok := <-f.lines:
			if !ok {
				return
			}
		case <-late:
			t.Fatal("the stream goes on")
		}
	}
}

// alice is the support rep of the tests.
func alice() consent.Person {
	return consent.Person{Name: "Alice Kim", Account: "alice", Fingerprint: "SHA256:abc"}
}

// joined is a support session that goes on.
func joined(l text.Language) page.State {
	return page.State{
		Language: l, Phase: page.PhaseJoined, Organisation: "Example", Contact: "0000 1234", Number: "482 913 077", Owner: alice(),
		People: []consent.Person{alice()}, MayAllow: []consent.Kind{consent.SysInfo, consent.Script},
	}
}

// asked is a question that was put on the page.
type asked struct {
	answer chan consent.Answer
	err    chan error
	cancel context.CancelFunc
}

func (s *served) ask(t *testing.T, q consent.Question, within time.Duration) asked {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	a := asked{make(chan consent.Answer, 1), make(chan error, 1), cancel}
	q.Expires = time.Now().Add(within)
	go func() {
		answer, err := s.Ask(ctx, q)
		a.answer <- answer
		a.err <- err
	}()
	t.Cleanup(cancel)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, a)
	return a
}

func (a asked) wait(t *testing.T) (consent.Answer, error) {
	t.Helper()
	select {
	case answer := <-a.answer:
		return answer, <-a.err
	case <-time.After(testkit.Patience):
		t.Fatal("nobody has answered")
	}
	return consent.Answer{}, nil
}

// open reports whether the question still stands.
func (a asked) open() bool { return len(a.answer) == 0 }

func look(id uint64) consent.Question {
	return consent.Question{ID: id, Kind: consent.SysInfo, Who: alice(), Reason: "the printer"}
}

func scripts(id uint64) consent.Question {
	sum := strings.Repeat("0123456789abcdef", 4)
	return consent.Question{ID: id, Kind: consent.Script, Who: alice(), Own: "kim", Programs: []consent.Program{
		{File: consent.File{Name: "fix-printer.sh", Size: 1234, SHA256: sum, Text: "#!/bin/sh\nlpstat -p\ncancel -a\n"},
			With: []consent.File{{Name: "driver.bin", Size: 40960, SHA256: sum}}},
		{File: consent.File{Name: "check.sh", Size: 31, SHA256: sum, Text: "#!/bin/sh\necho done\n"}},
	}}
}

// withdraw takes back the question that stands.
func (s *served) withdraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		a.cancel()
	}
	s.asked = nil
}
