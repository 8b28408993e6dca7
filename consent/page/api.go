package page

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

const (
	// api is where everything lies that needs the page's secret, and the two doors to it.
	api = "/api/"
	// secretHeader carries the secret. No cookie does: a cookie goes to every port.
	secretHeader = "X-Page-Secret"
	// maxBody bounds what a tab sends, in bytes: a message of 4 KiB, each of its
	// characters escaped.
	maxBody = 32 << 10
	// maxNumber bounds what was typed as a number, in bytes.
	maxNumber = 64
	// maxAway bounds what is allowed while the customer is away.
	maxAway = 4 * time.Hour
)

// outcome answers a tab. One of the fields is set where something was not done.
type outcome struct {
	Why     string `json:"why,omitempty"`     // the page has a text for it
	Problem string `json:"problem,omitempty"` // a sentence
	Left    int    `json:"left,omitempty"`    // tries of the code
	Secret  string `json:"secret,omitempty"`
	Text    string `json:"text,omitempty"`
}

// errBad is for what the page cannot have sent.
var errBad = errors.New("the page does not send this")

// route serves a request that may be made. It reports whether the answer has to be
// broken off.
func (s *Server) route(w http.ResponseWriter, r *http.Request) (broken bool) {
	switch r.URL.Path {
	case api + "enter":
		s.respond(w, r, s.enter)
		return false
	case api + "reopen":
		s.respond(w, r, s.reopen)
		return false
	}
	name, guarded := strings.CutPrefix(r.URL.Path, api)
	if !guarded {
		s.asset(w, r)
		return false
	}
	t := s.entry.tab(r.Header.Get(secretHeader))
	if t == nil {
		http.Error(w, "the page's secret is missing", http.StatusUnauthorized)
		return false
	}
	s.crowd.know(connectionOf(r).conn)
	switch r.URL.Path {
	case api + "stop":
		s.opts.Customer.Stop()
		s.respond(w, r, func(*http.Request) (outcome, error) { return outcome{}, nil })
	case api + "stream":
		s.feed(w, r, t)
	case api + "report":
		return s.report(w, r)
	case api + "have": // behind the answer: the server may end with it
		s.respond(w, r, func(*http.Request) (outcome, error) { return outcome{}, nil })
		_ = http.NewResponseController(w).Flush()
		s.hub.has(t)
	default:
		do := s.acts()[name]
		if do == nil {
			http.NotFound(w, r)
			return false
		}
		s.respond(w, r, func(r *http.Request) (outcome, error) { return do(r, t) })
	}
	return false
}

// acts are what a tab may do besides Stop.
func (s *Server) acts() map[string]func(*http.Request, *tab) (outcome, error) {
	return map[string]func(*http.Request, *tab) (outcome, error){
		"answer": s.takeAnswer, "confirm": s.confirm, "number": s.number, "say": s.say,
		"compare": s.compare, "takeback": s.takeBack, "allow": s.allow, "file": s.file,
	}
}

// respond sends the outcome of an act.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, act func(*http.Request) (outcome, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	o, err := act(r)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		answer, err := json.Marshal(o)
		if err != nil {
			panic(err) // it is ours and fits
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer)
	}
}

// read takes one JSON value with these fields and no others.
func read[T any](r *http.Request) (v T, err error) {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return v, err
		}
		return v, errBad
	}
	if _, err := dec.Token(); err != io.EOF {
		return v, errBad
	}
	return v, nil
}

// enter exchanges a ticket or a code for the secret of a tab.
func (s *Server) enter(r *http.Request) (o outcome, err error) {
	asked, err := read[struct {
		Ticket string `json:"ticket"`
		Code   string `json:"code"`
	}](r)
	if err != nil {
		return o, err
	}
	runs := s.hub.runs()
	if asked.Ticket != "" {
		secret, doubted, ok := s.entry.useTicket(asked.Ticket, runs)
		if o.Secret = secret; !ok {
			o.Why = "ticket"
		}
		if doubted != nil {
			s.hub.expel(doubted)
			if s.opts.Doubted != nil {
				s.opts.Doubted()
			}
		}
		return o, nil
	}
	var ok bool
	if o.Secret, o.Left, ok = s.entry.useCode(asked.Code, runs); !ok {
		o.Why = "code"
	}
	return o, nil
}

// runs reports whether a script runs.
func (h *hub) runs() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state.Run != nil
}

func (s *Server) reopen(*http.Request) (outcome, error) {
	if !s.entry.mayReopen() {
		return outcome{Why: "soon"}, nil
	}
	s.opts.Customer.Reopen()
	return outcome{}, nil
}

func (s *Server) takeAnswer(r *http.Request, t *tab) (o outcome, err error) {
	given, err := read[reply](r)
	if err != nil {
		return o, err
	}
	var sound bool
	if o.Why, sound = s.answer(r.Context(), t, given); !sound {
		return o, errBad
	}
	return o, nil
}

// confirm takes what was said to a phase that asks.
func (s *Server) confirm(r *http.Request, t *tab) (o outcome, err error) {
	said, err := read[struct {
		Phase  Phase `json:"phase"`
		Yes    bool  `json:"yes"`
		Steady int64 `json:"steady"`
	}](r)
	if err != nil {
		return o, err
	}
	if !slices.Contains([]Phase{PhaseCall, PhaseKey, PhaseRestarted}, said.Phase) {
		return o, errBad
	}
	h := &s.hub
	h.mu.Lock()
	switch {
	case h.state.Phase != said.Phase || t.phase != said.Phase:
		o.Why = whyClosed
	case said.Steady < steady.Milliseconds() || time.Since(t.phased) < steady:
		o.Why = whyEarly
	case said.Yes && t.hurried:
		o.Why = whyHurried
	case said.Yes && h.state.Run != nil:
		o.Why = whyRun
	}
	h.mu.Unlock()
	if o.Why == "" {
		s.opts.Customer.Confirm(said.Phase, said.Yes)
	}
	return o, nil
}

// mayAct is why a tab may not speak for the customer, or "".
func (s *Server) mayAct(t *tab) string {
	if t.hurried {
		return whyHurried
	}
	return ""
}

func (s *Server) number(r *http.Request, t *tab) (o outcome, err error) {
	typed, err := read[struct {
		Number string `json:"number"`
	}](r)
	if err != nil || len(typed.Number) > maxNumber {
		return o, errors.Join(err, errBad)
	}
	if o.Why = s.mayAct(t); o.Why != "" {
		return o, nil
	}
	if phase := s.hub.phase(); phase != PhaseNumber {
		o.Why = whyClosed
		return o, nil
	}
	o.Problem = s.opts.Customer.Number(typed.Number)
	return o, nil
}

func (h *hub) phase() Phase {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state.Phase
}

func (s *Server) say(r *http.Request, t *tab) (o outcome, err error) {
	said, err := read[struct {
		Text string `json:"text"`
	}](r)
	if err != nil {
		return o, err
	}
	if o.Why = s.mayAct(t); o.Why == "" {
		o.Problem = s.opts.Customer.Say(said.Text)
	}
	return o, nil
}

// compare begins to compare safety words, which shows a question.
func (s *Server) compare(r *http.Request, t *tab) (o outcome, err error) {
	asked, err := read[struct {
		Key string `json:"key"`
	}](r)
	if err != nil {
		return o, err
	}
	if o.Why = s.mayAct(t); o.Why == "" {
		o.Problem = s.opts.Customer.Compare(asked.Key)
	}
	return o, nil
}

func (s *Server) takeBack(r *http.Request, _ *tab) (o outcome, err error) {
	back, err := read[struct {
		ID string `json:"id"`
	}](r)
	if err != nil {
		return o, err
	}
	o.Problem = s.opts.Customer.TakeBack(back.ID)
	return o, nil
}

// allow allows what there is to allow for some minutes, or with none takes it back.
func (s *Server) allow(r *http.Request, t *tab) (o outcome, err error) {
	asked, err := read[struct {
		Minutes int64 `json:"minutes"`
		Steady  int64 `json:"steady"`
	}](r)
	if err != nil || asked.Minutes < 0 || asked.Minutes > int64(maxAway/time.Minute) {
		return o, errors.Join(err, errBad)
	}
	if asked.Minutes == 0 {
		o.Problem = s.opts.Customer.Allow(nil, time.Time{})
		return o, nil
	}
	h := &s.hub
	h.mu.Lock()
	kinds := slices.DeleteFunc(slices.Clone(h.state.MayAllow), consent.Kind.EveryTime)
	switch {
	case t.hurried:
		o.Why = whyHurried
	case h.state.Run != nil:
		o.Why = whyRun
	case h.asked != nil: // only outside of any question
		o.Why = "question"
	case asked.Steady < steady.Milliseconds():
		o.Why = whyEarly
	case len(kinds) == 0:
		o.Why = whyClosed
	}
	h.mu.Unlock()
	if o.Why == "" {
		o.Problem = s.opts.Customer.Allow(kinds, time.Now().Add(time.Duration(asked.Minutes)*time.Minute))
	}
	return o, nil
}

// file is the text of a file that the question shows.
func (s *Server) file(r *http.Request, _ *tab) (o outcome, err error) {
	asked, err := read[struct {
		ID   uint64 `json:"id"`
		File int    `json:"file"`
	}](r)
	if err != nil || asked.File < 0 {
		return o, errors.Join(err, errBad)
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.hub.asked == nil || s.hub.asked.q.ID != asked.ID {
		o.Why = whyClosed
		return o, nil
	}
	content, ok := file(s.hub.asked.q, asked.File)
	if !ok {
		return o, errBad
	}
	o.Text = text.EscapeLines(content)
	return o, nil
}

// errLong is for a report that is longer than [MaxReport].
var errLong = errors.New("the report is too long for the page")

// bounded passes on at most so many bytes.
type bounded struct {
	to   io.Writer
	left int
}

// Write implements [io.Writer].
func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errLong
	}
	b.left -= len(p)
	return b.to.Write(p)
}

// report sends the customer's copy. One that is not whole is broken off.
func (s *Server) report(w http.ResponseWriter, r *http.Request) (broken bool) {
	s.hub.mu.Lock()
	end := s.hub.state.End
	has := s.hub.state.Phase == PhaseEnded && end != nil && end.Report
	s.hub.mu.Unlock()
	if !has {
		http.NotFound(w, r)
		return false
	}
	w.Header().Set("Content-Type", "application/octet-stream") // it is kept, and never opened here
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendPatience))
	if err := s.opts.Customer.Report(r.Context(), &bounded{w, MaxReport}); err != nil {
		s.opts.Log.Warn("the page has no copy of the report", "err", err)
		return true
	}
	return false
}
