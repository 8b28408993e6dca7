package machine

import (
	"bytes"
	"context"
	"encoding/json"

	"howett.net/plist"

	"supportd/daemon/sysinfo/document"
)

// Profile is an object of system_profiler, whose keys are not translated.
type Profile map[string]any

// Text is a text by its key, "" when there is none.
func (e Profile) Text(key string) string {
	t, _ := e[key].(string)
	return t
}

// Number is a number of JSON or of a property list; nil when there is none.
func (e Profile) Number(key string) any {
	switch n := e[key].(type) {
	case float64:
		return int64(n)
	case uint64, int64:
		return n
	}
	return nil
}

// Object is an object by its key, nil when there is none.
func (e Profile) Object(key string) Profile {
	o, _ := e[key].(map[string]any)
	return o
}

// List is a list of objects by its key.
func (e Profile) List(key string) (all []Profile) {
	items, _ := e[key].([]any)
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

// Profile asks system_profiler for one kind of data.
func (m *Machine) Profile(ctx context.Context, kind string) ([]Profile, error) {
	out, err := m.Tool(ctx, "system_profiler", "-json", "-detailLevel", "full", kind)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, err
	}
	return Profile(answer).List(kind), nil
}

// FirstProfile is the first entry of a kind.
func (m *Machine) FirstProfile(ctx context.Context, kind string) (Profile, error) {
	all, err := m.Profile(ctx, kind)
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, document.ErrUnknown
	}
	return all[0], nil
}

// Properties reads a property list; nil when there is none.
func (m *Machine) Properties(file string) Profile {
	text, err := m.Read(file)
	if err != nil {
		return nil
	}
	var values map[string]any
	if plist.NewDecoder(bytes.NewReader(text)).Decode(&values) != nil {
		return nil
	}
	return values
}
