package sysinfo

import (
	"bytes"
	"context"
	"encoding/json"

	"howett.net/plist"

	"supportd/daemon/sysinfo/document"
)

// entry is an object of system_profiler, whose keys are not translated.
type entry map[string]any

func (e entry) text(key string) string {
	t, _ := e[key].(string)
	return t
}

// number is a number of JSON or of a property list; nil when there is none.
func (e entry) number(key string) any {
	switch n := e[key].(type) {
	case float64:
		return int64(n)
	case uint64, int64:
		return n
	}
	return nil
}

func (e entry) object(key string) entry {
	o, _ := e[key].(map[string]any)
	return o
}

func (e entry) list(key string) (all []entry) {
	items, _ := e[key].([]any)
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

// profile asks system_profiler for one kind of data.
func (m *machine) profile(ctx context.Context, kind string) ([]entry, error) {
	out, err := m.tool(ctx, "system_profiler", "-json", "-detailLevel", "full", kind)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, err
	}
	return entry(answer).list(kind), nil
}

// one is the first entry of a kind.
func (m *machine) one(ctx context.Context, kind string) (entry, error) {
	all, err := m.profile(ctx, kind)
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, document.ErrUnknown
	}
	return all[0], nil
}

// properties reads a property list; nil when there is none.
func (m *machine) properties(file string) entry {
	text, err := m.read(file)
	if err != nil {
		return nil
	}
	var values map[string]any
	if plist.NewDecoder(bytes.NewReader(text)).Decode(&values) != nil {
		return nil
	}
	return values
}
