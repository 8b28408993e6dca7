package page

import (
	"encoding/json"
	"net/http"
	"time"
)

const (
	// beat is how often a stream says that it is alive.
	beat = 15 * time.Second
	// sendPatience bounds how long a browser may not take what is sent: one that sleeps
	// or was frozen is gone, and comes back by itself.
	sendPatience = 20 * time.Second
)

// message is one line of a stream; one field is set.
type message struct {
	State     *stateView    `json:"state,omitempty"`
	Question  *questionView `json:"question,omitempty"`
	Closed    *closed       `json:"closed,omitempty"`
	Event     *eventView    `json:"event,omitempty"`
	Chat      *chatView     `json:"chat,omitempty"`
	Output    *outputView   `json:"output,omitempty"`
	Beat      bool          `json:"beat,omitempty"`
	Elsewhere bool          `json:"elsewhere,omitempty"` // this tab is fed no more
	Bye       bool          `json:"bye,omitempty"`       // the program goes, as it should
}

// feed is the stream of a tab: lines of JSON, until the browser goes or the server ends.
func (s *Server) feed(w http.ResponseWriter, r *http.Request, t *tab) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // the request is read; what is left is to notice its end
	w.Header().Set("Content-Type", "application/x-ndjson")
	st := s.hub.join(t)
	defer s.hub.quit(st)
	alive := time.NewTicker(beat)
	defer alive.Stop()
	for {
		lines := s.hub.next(st)
		s.hub.shows(st, lines) // before it does: an answer may be as quick as the stream
		if !s.send(w, control, lines) {
			return
		}
		if s.hub.shows(st, lines) {
			return
		}
		if len(lines) > 0 {
			continue // there may be more
		}
		select {
		case <-st.wake:
		case <-alive.C:
			if !s.send(w, control, []message{{Beat: true}}) {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.ending.Done():
			return
		}
	}
}

// send writes lines, and reports whether the browser has taken them.
func (s *Server) send(w http.ResponseWriter, control *http.ResponseController, lines []message) bool {
	if len(lines) == 0 {
		return true
	}
	_ = control.SetWriteDeadline(time.Now().Add(sendPatience))
	enc := json.NewEncoder(w)
	for _, line := range lines {
		if err := enc.Encode(line); err != nil {
			return false
		}
	}
	return control.Flush() == nil
}

// next is what a stream has not sent yet.
func (h *hub) next(st *stream) (lines []message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := &st.sent
	if was.version != h.version {
		was.version = h.version
		lines = append(lines, message{State: h.state.view(st.tab.hurried)})
	}
	if was.turn != h.turns {
		was.turn = h.turns
		if h.asked != nil {
			lines = append(lines, message{Question: h.asked.view.at(time.Now())})
		} else if h.closed != nil {
			lines = append(lines, message{Closed: h.closed})
		}
	}
	for _, i := range h.items {
		if i.seq > was.item {
			was.item = i.seq
			lines = append(lines, i.message())
		}
	}
	if out := h.nextOutputLocked(was); out != nil {
		lines = append(lines, message{Output: out})
	}
	switch {
	case st.elsewhere:
		lines = append(lines, message{Elsewhere: true})
	case h.leaving && !was.bye:
		was.bye = true
		lines = append(lines, message{Bye: true})
	}
	return lines
}

// nextOutputLocked is the output that was not sent yet.
func (h *hub) nextOutputLocked(was *sent) *outputView {
	o := &h.output
	if was.run == o.run && was.output == o.end {
		return nil
	}
	missing := o.end - was.output
	fresh := was.run != o.run || missing > uint64(len(o.bytes))
	out := &outputView{Fresh: fresh, Text: lines(o.bytes)}
	if !fresh {
		out.Text = lines(o.bytes[len(o.bytes)-int(missing):])
	}
	was.run, was.output = o.run, o.end
	return out
}

// shows notes what a tab is being shown, and since when; it reports whether this was the
// last that the stream sends.
func (h *hub) shows(st *stream, sent []message) (last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range sent {
		switch {
		case m.Question != nil:
			st.tab.question, st.tab.asked = m.Question.ID, time.Now()
			if h.asked != nil && h.asked.q.ID == m.Question.ID {
				h.asked.shown = true
				h.asked.q.Shown()
			}
		case m.State != nil && (st.tab.phase != m.State.Phase || st.newPhase):
			st.newPhase = st.tab.phase != m.State.Phase // it is noted once more when it was sent
			st.tab.phase, st.tab.phased = m.State.Phase, time.Now()
		}
		last = last || m.Elsewhere
	}
	return last
}
