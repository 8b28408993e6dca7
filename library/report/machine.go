package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"supportd/library/text"
)

// CSV writes the events for a spreadsheet: number, time, kind, actor,
// and what it tells. No cell can become a formula.
func (s Source) CSV(w io.Writer, style Style) error {
	b := bufio.NewWriterSize(w, 16<<10)
	if style.BOM {
		if _, err := b.WriteString(text.BOM); err != nil {
			return err
		}
	}
	out, t := csv.NewWriter(b), newTeller(style.Language)
	row := func(cells ...string) error {
		for i := range cells {
			cells[i] = text.Cell(cells[i])
		}
		return out.Write(cells)
	}
	if err := row("number", "seq", "time", "kind", "actor", "text"); err != nil {
		return err
	}
	out.Flush()
	if err := b.Flush(); err != nil {
		return err
	}
	for e, err := range s.Events() {
		if err != nil {
			return err
		}
		err = row(string(s.Header.Number), strconv.FormatUint(e.Seq, 10), e.Time.Format(time.RFC3339Nano), e.Kind, e.Actor, t.tell(e))
		if err != nil {
			return err
		}
	}
	out.Flush()
	return errors.Join(out.Error(), b.Flush())
}

// brokenProof stands where a proof would, for what is not as it was written.
const brokenProof Proof = "broken"

// relaysWord is what a program has to know of a header before it believes it.
type relaysWord struct {
	// RelaySays are the names in the header that are the relay's word alone.
	RelaySays []string
	// Differs is true where the header says something else of the end than Ending.
	Differs bool
	// Ending is what the journal's last event says, nil where it has none.
	Ending *ending
}

// ending is the end of a session as its computer says it.
type ending struct {
	Time   time.Time `json:"time"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// relaysWord parts the header as [Source.facts] does for people.
func (s Source) relaysWord() relaysWord {
	h, end := s.Header, s.ending()
	w := relaysWord{RelaySays: []string{}}
	if end.Seq > 0 {
		by, reason, _ := endedBy(end)
		w.Ending, w.Differs = &ending{end.Time, by, reason}, h.differs(end)
	}
	if h.bare {
		return w
	}
	_, owner := s.presence().Session()
	nothing := h.Pruned != nil && (h.Pruned.End == nil || s.Seal == nil)
	ofEnd := end.Seq == 0 || w.Differs
	for _, field := range []struct {
		name   string
		stands bool
	}{
		{"number", nothing}, {"id", h.ID != ""}, {"state", end.Seq == 0 || h.State != Ended || nothing}, {"ticket", h.Ticket != ""}, {"name", h.Name != ""}, {"note", h.Note != ""},
		{"owner", nothing || h.Pruned == nil && owner == ""}, {"created", !h.Created.IsZero()},
		{"ended", ofEnd && !h.Ended.IsZero()}, {"ended_by", ofEnd && h.EndedBy != ""}, {"reason", ofEnd && h.Reason != ""},
		{"customer", nothing && h.Customer != ""}, {"host", nothing && h.Host != ""}, {"os", nothing && h.OS != ""},
		{"joined", nothing && !h.Joined.IsZero()}, {"entered", nothing && len(h.Entered) > 0},
		{"connected_seconds", nothing && h.Connected > 0}, {"restarts", nothing && h.Restarts > 0}, {"pruned", h.Pruned != nil},
	} {
		if field.stands {
			w.RelaySays = append(w.RelaySays, field.name)
		}
	}
	return w
}

// JSON writes the report as one object: the header under "report", what in it is the
// relay's word, the events, the seal or null, and how far they are proved. What could
// deceive a reader or drive a terminal is escaped as JSON allows, so that this form
// cannot be verified: [Source.Write] makes the one that can.
func (s Source) JSON(w io.Writer) error {
	b := bufio.NewWriterSize(w, 16<<10)
	put := func(before string, v any) error {
		s, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = b.WriteString(before + text.EscapeJSON(string(s)))
		return err
	}
	word := s.relaysWord()
	if err := errors.Join(put(`{"report":`, s.Header), put(",\n\"relay_says\":", word.RelaySays),
		put(",\n\"header_differs\":", word.Differs), put(",\n\"ending\":", word.Ending)); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	before := ",\n\"events\":[\n"
	none := before + "],\n"
	var c checker
	var broken error
	for e, err := range s.Events() {
		if err == nil {
			err = put(before, e)
		}
		if broken == nil {
			broken = c.next(e)
		}
		if err != nil {
			return err
		}
		before, none = ",\n", "\n],\n"
	}
	var v Verdict
	if broken == nil {
		v, broken = c.finish(s.Header, s.Seal)
	}
	proof := v.Proof
	if broken != nil {
		proof = brokenProof
	}
	err := errors.Join(put(none+"\"seal\":", s.Seal), put(",\n\"proof\":", proof),
		put(",\n\"proof_text\":", newTeller(text.English).whose(v, broken)))
	_, endErr := b.WriteString("}\n")
	return errors.Join(err, endErr, b.Flush())
}
