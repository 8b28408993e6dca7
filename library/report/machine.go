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

// JSON writes the report as one object, with the header under "report", the
// events, and the seal or null. What could deceive a reader or drive a terminal
// is escaped as JSON allows, so that this form cannot be verified: [Source.Write]
// makes the one that can.
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
	if err := put(`{"report":`, s.Header); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	before := ",\n\"events\":[\n"
	none := before + "],\n"
	for e, err := range s.Events() {
		if err == nil {
			err = put(before, e)
		}
		if err != nil {
			return err
		}
		before, none = ",\n", "\n],\n"
	}
	if err := put(none+"\"seal\":", s.Seal); err != nil {
		return err
	}
	_, err := b.WriteString("}\n")
	return errors.Join(err, b.Flush())
}
