package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"supportd/library/text"
)

// ErrKeys is wrapped by the error for an event whose data programs may read
// differently.
var ErrKeys = errors.New("its data can be read in two ways")

// maxKey bounds a key in bytes; ours have up to twenty.
const maxKey = 64

// CheckKeys reports whether everybody reads the same in the event's data. What
// RFC 8259, section 4, leaves open, programs do in their own way: encoding/json
// takes "Text" for "text", even with a letter that only looks alike, and the last
// one of two; others the exact one, or the first. So a key has lower-case letters,
// digits, "_" and "-" only, and stands once in its object. Data that is no JSON is
// an error, too.
func (e *Event) CheckKeys() error {
	dec := json.NewDecoder(bytes.NewReader(e.Data))
	dec.UseNumber()
	var open []*object // from the outermost
	for {
		token, err := dec.Token()
		if err != nil {
			return fmt.Errorf("%w: %v", ErrKeys, err) // no end of a file, which whoever reads one would take it for
		}
		if o := last(open); o != nil && o.keys != nil {
			if key, isText := token.(string); isText && !o.value {
				if err := o.add(key); err != nil {
					return err
				}
				continue
			}
			o.value = false
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &object{keys: map[string]bool{}})
		case json.Delim('['):
			open = append(open, &object{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return nil
		}
	}
}

// object is one that is being read; keys is nil for an array.
type object struct {
	keys  map[string]bool
	value bool // what comes next is the value of a key
}

func last(open []*object) *object {
	if len(open) == 0 {
		return nil
	}
	return open[len(open)-1]
}

func (o *object) add(key string) error {
	switch {
	case key == "" || len(key) > maxKey || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
		return fmt.Errorf("%w: the key %q", ErrKeys, text.Plain(key, maxKey))
	case o.keys[key]:
		return fmt.Errorf("%w: the key %q stands there twice", ErrKeys, key)
	}
	o.keys[key], o.value = true, true
	return nil
}
