package main

import (
	"encoding/json"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/relay"
	"supportd/relay/store"
)

// The operator sees which addresses are slowed, and unlocks one.
func TestW4_StatusAndUnlock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, problems, code := command(t, "", "status", "--data", dir); code != 2 || !strings.Contains(problems, "there is no relay's data here") {
		t.Errorf("%d %s", code, problems)
	}
	data, err := relay.OpenData(t.Context(), dir, true)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	now := time.Now()
	var misses []store.Miss
	for i := range relay.MaxMisses {
		misses = append(misses, store.Miss{Source: netip.MustParsePrefix("203.0.113.7/32"), At: now.Add(time.Duration(i-9) * time.Second)})
	}
	misses = append(misses, store.Miss{Source: netip.MustParsePrefix("2001:db8::/64"), At: now})
	if err := data.Store.AddMisses(t.Context(), misses, true, now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	status := func() (v api.Status) {
		out, problems, code := command(t, "", "status", "--data", dir, "--json")
		if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 {
			t.Fatalf("%d %v %s%s", code, err, out, problems)
		}
		return v
	}
	v := status()
	if v.Serving || len(v.Slowed) != 1 || v.Slowed[0].From != "203.0.113.7" || v.Slowed[0].Until.Sub(now).Round(time.Minute) != 10*time.Minute || v.Alarm.IsZero() {
		t.Errorf("%+v", v)
	}
	if out, _, code := command(t, "", "status", "--data", dir); code != 0 || !strings.Contains(out, "SERVING    no\n") || !strings.Contains(out, "203.0.113.7 until ") {
		t.Errorf("%d\n%s", code, out)
	}
	for _, c := range []struct {
		address string
		code    int
		says    string // the whole of standard output, or a part of standard error
	}{
		{"203.0.113.7", 0, "203.0.113.7 is not slowed any more\n"},
		{"203.0.113.7", 0, "203.0.113.7 was not slowed: no wrong number came from there in the last ten minutes\n"},
		{"2001:db8::77", 0, "2001:db8::/64 was not slowed; its wrong numbers (1) are forgotten\n"},
		{"203.0.113.0/24", 2, `"203.0.113.0/24" is no address such as`},
		{"somewhere", 2, "hint: \"support-relay status\" shows which addresses are slowed\n"},
		{"", 2, "is no address"},
	} {
		out, problems, code := command(t, "", "unlock", c.address, "--data", dir)
		if code != c.code || code == 0 && out != c.says || code != 0 && !strings.Contains(problems, c.says) {
			t.Errorf("%s: %d %q %q", c.address, code, out, problems)
		}
	}
	for _, args := range [][]string{{"unlock", "--data", dir}, {"unlock", "10.0.0.1", "10.0.0.2", "--data", dir}, {"status", "x", "--data", dir}, {"status"}} {
		if _, problems, code := command(t, "", args...); code != 2 {
			t.Errorf("%v: %d %s", args, code, problems)
		}
	}
	if v := status(); len(v.Slowed) != 0 || v.Alarm.IsZero() {
		t.Errorf("%+v", v)
	}
}
