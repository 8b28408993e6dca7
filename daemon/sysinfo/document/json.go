package document

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"supportd/library/text"
)

// The JSON of a document. Names are stable; a value's unit stands beside it,
// times are RFC 3339 and durations seconds; a value that is null is not known,
// and "reason" or "withheld" says why.
type (
	documentJSON struct {
		Host      string        `json:"host"`
		Collected time.Time     `json:"collected"`
		Sections  []sectionJSON `json:"sections"`
	}
	sectionJSON struct {
		Category    Category    `json:"category"`
		Title       string      `json:"title"`
		Withheld    bool        `json:"withheld,omitempty"`
		Reason      string      `json:"reason,omitempty"`
		Omitted     int         `json:"omitted,omitempty"`
		TookSeconds float64     `json:"took_seconds"`
		Items       []itemJSON  `json:"items"`
		Tables      []tableJSON `json:"tables"`
	}
	itemJSON struct {
		Name     string `json:"name"`
		Value    any    `json:"value"`
		Unit     Unit   `json:"unit,omitempty"`
		Withheld bool   `json:"withheld,omitempty"`
		Reason   string `json:"reason,omitempty"`
	}
	tableJSON struct {
		Name    string           `json:"name"`
		Columns []columnJSON     `json:"columns"`
		Rows    []map[string]any `json:"rows"`
		Omitted int              `json:"omitted,omitempty"`
		Reason  string           `json:"reason,omitempty"`
	}
	columnJSON struct {
		Name     string `json:"name"`
		Unit     Unit   `json:"unit,omitempty"`
		Withheld bool   `json:"withheld,omitempty"`
	}
)

// WriteJSON writes a document as one JSON object. Characters that could drive a
// terminal or deceive a reader stand as \u escapes, so the bytes may be shown
// and still decode to exactly what the computer said.
func WriteJSON(w io.Writer, d Document) error {
	out := documentJSON{Host: d.Host, Collected: d.Collected, Sections: []sectionJSON{}}
	for _, s := range d.Sections {
		out.Sections = append(out.Sections, s.json())
	}
	raw, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return fmt.Errorf("write system information: %w", err)
	}
	_, err = w.Write(append(asciiHostile(raw), '\n'))
	return err
}

func (s Section) json() sectionJSON {
	out := sectionJSON{
		Category: s.Category, Title: s.Category.Title(), Withheld: s.Withheld, Reason: s.Reason, Omitted: s.Omitted,
		TookSeconds: s.Took.Seconds(), Items: []itemJSON{}, Tables: []tableJSON{},
	}
	for _, it := range s.Items {
		out.Items = append(out.Items, itemJSON{it.Name, plain(it.Value), it.Unit, it.Withheld, it.Reason})
	}
	for _, t := range s.Tables {
		out.Tables = append(out.Tables, t.json())
	}
	return out
}

func (t Table) json() tableJSON {
	out := tableJSON{Name: t.Name, Columns: []columnJSON{}, Rows: []map[string]any{}, Omitted: t.Omitted, Reason: t.Reason}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, columnJSON{c.Name, c.Unit, c.Withheld})
	}
	for _, row := range t.Rows {
		cells := make(map[string]any, len(row))
		for i, v := range row {
			cells[t.Columns[i].Name] = plain(v)
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// plain is a value as JSON has it.
func plain(v any) any {
	switch v := v.(type) {
	case time.Duration:
		return v.Seconds()
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return v
}

// asciiHostile writes hostile characters as \u escapes. Outside of strings JSON
// has none but its own newlines.
func asciiHostile(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		switch {
		case r == '\n' || !text.Hostile(r):
			out = append(out, raw[i:i+size]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}
