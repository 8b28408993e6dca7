// Package osstring carries paths, arguments and environments between our processes
// as JSON. To a Unix system they are bytes; package encoding/json would put U+FFFD
// in the place of every byte that is no UTF-8, and a home directory with such a
// name could not be found any more.
package osstring

import "encoding/json"

// String is a string of the operating system, in JSON as base64.
type String string

// MarshalJSON implements [json.Marshaler].
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal([]byte(s)) }

// UnmarshalJSON implements [json.Unmarshaler].
func (s *String) UnmarshalJSON(data []byte) error {
	var b []byte
	err := json.Unmarshal(data, &b)
	*s = String(b)
	return err
}

// Of makes a list for JSON of one for the system, and List the other way round.
func Of(list []string) []String {
	out := make([]String, len(list))
	for i, s := range list {
		out[i] = String(s)
	}
	return out
}

// List undoes [Of].
func List(list []String) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
