// Package api is what the relay's commands answer with --json: the rows, the
// states in them, and by what they can be sorted and filtered. The relay writes
// them, relay/client reads them, and supportctl shows them.
//
// Keys in JSON are stable: none is renamed or given another meaning, new ones may
// come. A row that was read is written again exactly as it came, so that keys of a
// newer relay are not lost. Every text in a row is foreign, and hostile until it
// is escaped.
package api

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// read decodes a row into its fields, and keeps what came.
func read(data []byte, fields any, came *json.RawMessage) error {
	*came = bytes.Clone(data)
	return json.Unmarshal(data, fields)
}

// allKeys is a struct in JSON with every key: null stands for what is empty, but for
// numbers, of which 0 is one.
func allKeys(fields any) ([]byte, error) {
	v := reflect.ValueOf(fields)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	between := "{"
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("json")
		if key == "" {
			continue
		}
		b.WriteString(between + `"` + key + `":`)
		between = ","
		if field := v.Field(i); field.IsZero() && field.Kind() != reflect.Int {
			b.WriteString("null")
			continue
		}
		if err := enc.Encode(v.Field(i).Interface()); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - len("\n"))
	}
	b.WriteString("}")
	return b.Bytes(), nil
}

// write returns a row as it came or, where it did not come from anywhere, its
// fields. Who writes JSON decides whether it is made fit for HTML.
func write(came json.RawMessage, fields any) ([]byte, error) {
	if came != nil {
		return came, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(fields)
	return b.Bytes(), err
}
