package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/imprint"
	"supportd/library/text"
)

// made is a program with an imprint.
func made(t *testing.T, l text.Language) (p *program, problems func() string) {
	t.Helper()
	p, buffer := noScreenProgram(t, l)
	p.imprint = imprinted{has: true, Imprint: imprint.Imprint{
		Relays:    relayOf(t, "relay.example", "192.0.2.1:2222").Addresses,
		RelayKeys: []string{pin, otherPin}, Organisation: "Example Ltd",
	}}
	return p, buffer.String
}

const otherPin = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"

func relayOf(t *testing.T, typed ...string) (r state.Relay) {
	t.Helper()
	if len(typed) == 0 {
		return r
	}
	list, m := addresses(typed...)
	if m != nil {
		t.Fatal(typed)
	}
	r.Addresses = list
	return r
}

// I3: flags choose among what the imprint demands, and replace nothing of it.
func TestI3_FlagsReplaceNothing(t *testing.T) {
	for _, c := range []struct {
		relays, keys         []string
		wantRelays, wantKeys []string // none: refused
	}{
		{nil, nil, []string{"relay.example", "192.0.2.1:2222"}, []string{pin, otherPin}},
		{[]string{"RELAY.example."}, nil, []string{"relay.example"}, []string{pin, otherPin}},
		{[]string{"192.0.2.1:2222"}, []string{otherPin}, []string{"192.0.2.1:2222"}, []string{otherPin}},
		{[]string{"192.0.2.1:2222", "relay.example"}, nil, []string{"192.0.2.1:2222", "relay.example"}, []string{pin, otherPin}},
		{[]string{"other.example"}, nil, nil, nil},
		{[]string{"relay.example", "other.example"}, nil, nil, nil},
		{[]string{"relay.example:22"}, nil, nil, nil},
		{[]string{"https://relay.example"}, nil, nil, nil},
		{[]string{"192.0.2.1"}, nil, nil, nil},
		{nil, []string{strings.Replace(pin, "AA", "BB", 1)}, nil, nil},
		{nil, []string{pin, strings.Replace(pin, "AA", "BB", 1)}, nil, nil},
	} {
		p, _ := made(t, text.English)
		typed := relayOf(t, c.relays...)
		typed.Keys = c.keys
		got, err := p.demanded(typed)
		if c.wantRelays == nil {
			if cmdline.Code(err) != cmdline.ExitUsage || got.Check() == nil {
				t.Errorf("%v, %v: %v, %v", c.relays, c.keys, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got.Addresses, relayOf(t, c.wantRelays...).Addresses) || !slices.Equal(got.Keys, c.wantKeys) {
			t.Errorf("%v, %v: %v %v, %v", c.relays, c.keys, got, got.Keys, err)
		}
	}
	p, _ := noScreenProgram(t, text.English)
	if got, err := p.demanded(relayOf(t, "other.example")); err != nil || len(got.Addresses) != 1 || got.Keys != nil {
		t.Errorf("without an imprint: %v, %v", got, err)
	}
}

// I3: what is missing is said without the part that nobody has to type, and a relay with
// another key is not called a mistake in typing.
func TestI3_WhatIsSaid(t *testing.T) {
	p, problems := made(t, text.English)
	if code := p.run(t.Context(), []string{"join", "--ui", "none", "--allow", "sysinfo"}); code != cmdline.ExitUsage ||
		!strings.Contains(problems(), "number of the support session is missing") || strings.Contains(problems(), "--relay") {
		t.Errorf("%d, %s", code, problems())
	}
	almost := pin[:20] + "B" + pin[21:]
	err := p.explain(&link.RelayError{Problem: notice.ProblemHostKey, Relay: "relay.example", Key: almost, Meant: []string{pin}})
	var told *cmdline.Error
	if !errors.As(err, &told) || told.Code != cmdline.ExitAuth || strings.Contains(told.Text+told.Hint, "typ") || !strings.Contains(told.Text, almost) {
		t.Errorf("%v", err)
	}
}

// I4: a program whose imprint is damaged joins nothing, whatever is typed, and says so in
// both languages.
func TestI4_DamagedProgramDoesNotStart(t *testing.T) {
	_, _, damage := imprint.ReadRegion(strings.Repeat("x", imprint.Size))
	for l, want := range map[text.Language][]string{text.English: {"damaged", "hint: "}, text.Korean: {"손상", "도움말: "}} {
		for _, args := range [][]string{
			nil, {"482913077"}, {"join", "482913077", "--relay", "127.0.0.1:1", "--relay-key", pin, "--allow", "sysinfo", "--ui", "none"}, {"join", "nonsense"},
		} {
			p, problems := noScreenProgram(t, l)
			p.imprint = imprinted{err: damage}
			code := p.run(t.Context(), args)
			if code != cmdline.ExitUsage || !strings.Contains(problems.String(), want[0]) || !strings.Contains(problems.String(), want[1]) {
				t.Errorf("%v: %d, %s", args, code, problems)
			}
		}
	}
}

func TestVersionTellsTheImprint(t *testing.T) {
	p, _ := made(t, text.English)
	want := cmdline.Build() + "\norganisation Example Ltd\nrelay relay.example\nrelay 192.0.2.1:2222\nrelay-key " + pin + "\nrelay-key " + otherPin
	if got := p.version(); got != want {
		t.Errorf("%q", got)
	}
	p.imprint = imprinted{}
	if got := p.version(); got != cmdline.Build() {
		t.Errorf("%q", got)
	}
}

// The organisation's name is one line that is said to be a claim, and nothing that could
// be more.
func TestTheOrganisationIsAClaim(t *testing.T) {
	for name, want := range map[string]string{
		"Example Ltd": "This program says that it is from: Example Ltd\n",
		"":            "",
		"\x1b[2JA\nType yes \u202e" + strings.Repeat("x", 100): "This program says that it is from: [2JA Type yes " + strings.Repeat("x", 60-len("[2JA Type yes ")-1) + "…\n",
	} {
		p, _ := made(t, text.English)
		p.imprint.Organisation = name
		file := filepath.Join(t.TempDir(), "screen")
		out, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		s := newScreen(nil, out, text.English)
		p.claim(s)
		s.close()
		got, err := os.ReadFile(file)
		if err := errors.Join(err, out.Close()); err != nil {
			t.Fatal(err)
		}
		if unbroken := strings.ReplaceAll(string(got), "\n  ", ""); unbroken != want {
			t.Errorf("%q", got)
		}
	}
}
