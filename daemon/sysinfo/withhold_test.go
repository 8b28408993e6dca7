package sysinfo

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
)

// both writes a document in both formats.
func both(t *testing.T, d Document) (text, js string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := errors.Join(WriteText(&a, d), WriteJSON(&b, d)); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}

// tell is what a computer of a person called canaryname says in many places.
func tell(_ context.Context, _ *machine, s *sheet) error {
	s.set("user", "canaryname", UserNames)
	s.set("full_name", "Canary Human", UserNames)
	s.set("serial", "SN-CANARY-77", Serials)
	s.set("home", "/home/canaryname/Documents")
	s.set("windows_home", `C:\Users\CanaryName\Desktop`)
	s.set("by_id", "/dev/disk/by-id/ata-DISK_SN-CANARY-77-part1")
	s.set("gateway", "192.0.2.77", Addresses)
	s.set("message", "canaryname logged in from 192.0.2.77 port 22, 2001:db8::77 and 02:fc:00:00:00:77 at 08:15:30")
	s.fail("failed", errors.New("open /home/canaryname/x: no"))
	t := s.table("list", col("owner", UserNames), col("address", Addresses), col("command"))
	t.add("canaryname", "2001:db8::77", "vi /home/canaryname/letter")
	t.add("root", "198.51.100.77", "sshd: canaryname [priv]")
	t.fail(errors.New("not all of canaryname"))
	return errors.New("incomplete for Canary Human")
}

func TestWithheldClassesAreNowhere(t *testing.T) {
	for _, c := range []struct {
		classes []Class
		gone    []string
		stays   []string
	}{
		{[]Class{UserNames}, []string{"canaryname", "canary human"}, []string{"192.0.2.77", "SN-CANARY-77", "[user name withheld]", "08:15:30"}},
		{[]Class{Serials}, []string{"sn-canary-77"}, []string{"192.0.2.77", "canaryname", "[serial withheld]"}},
		{[]Class{Addresses}, []string{"192.0.2.77", "198.51.100.77", "2001:db8", "02:fc"}, []string{"SN-CANARY-77", "canaryname", "[address withheld]", "08:15:30"}},
		{Classes(), []string{"canaryname", "canary human", "sn-canary-77", "192.0.2.77", "2001:db8", "02:fc"}, []string{"withheld"}},
	} {
		var collector Collector
		// one category only knows the name, all others must not say it either
		all := everywhere(func(_ context.Context, _ *machine, s *sheet) error {
			s.set("early", "mail for canaryname at /home/canaryname, disk SN-CANARY-77")
			return nil
		})
		all[Users] = tell
		streamed := Document{}
		d := collector.collect(t.Context(), Options{
			WithholdClasses: c.classes,
			OnSection:       func(s Section) { streamed.Sections = append(streamed.Sections, s) },
		}, all, fakeMachine(nil))
		text, js := both(t, d)
		live, _ := both(t, streamed)
		for _, gone := range c.gone {
			for where, out := range map[string]string{"text": text, "JSON": js, "stream": live} {
				if strings.Contains(strings.ToLower(out), gone) {
					t.Errorf("%v withheld, but the %s has %q", c.classes, where, gone)
				}
			}
		}
		for _, stays := range c.stays {
			if !strings.Contains(text, stays) {
				t.Errorf("%v withheld, and %q is gone too:\n%s", c.classes, stays, text)
			}
		}
		if !strings.Contains(js, `"withheld": true`) {
			t.Errorf("%v: the JSON does not say what is withheld", c.classes)
		}
	}
}

func TestWithheldCategoryIsNotCollected(t *testing.T) {
	all := everywhere(say("fine"))
	all[Processes] = func(context.Context, *machine, *sheet) error {
		t.Error("collected")
		return nil
	}
	var c Collector
	d := c.collect(t.Context(), Options{WithholdCategories: []Category{Processes}}, all, fakeMachine(nil))
	if s := sectionOf(t, d, Processes); !s.Withheld || len(s.Items)+len(s.Tables) > 0 {
		t.Errorf("%+v", s)
	}
	text, js := both(t, d)
	if !strings.Contains(text, "withheld by the customer") || !strings.Contains(js, `"withheld": true`) {
		t.Error("it is not shown as withheld")
	}
}

func TestRedactorEdges(t *testing.T) {
	r := newRedactor(Classes(), people{names: []string{"kim", "al", `PC\minsu`, "김철수", ""}, service: []string{"www-data"}})
	for text, want := range map[string]string{
		"kimchi and kim":         "kimchi and [user name withheld]",
		"KIM":                    "[user name withheld]",
		"all of al":              "all of [user name withheld]",
		"minsus-pc":              "[user name withheld]s-pc",
		"/home/김철수/x":            "/home/[user name withheld]/x",
		"www-data, root":         "www-data, root",
		"::1 and fe80::1%lo0":    "[address withheld] and [address withheld]",
		"10:20:30 std::move":     "10:20:30 std::move",
		"2001:db8::77: no route": "[address withheld] no route",
		"[::ffff:192.0.2.1]:22":  "[[address withheld]]:22",
		"02-FC-00-00-00-01":      "[address withheld]",
		"at 2026-11-23 10:20:30": "at 2026-11-23 10:20:30",
		"version 1.2.3":          "version 1.2.3",
		"root=UUID=0e984725-c51c-4bf4-9960-e1c80e27aba0": "root=UUID=[serial withheld]",
	} {
		if got := r.text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestRealMachineWithholdsItsAddresses(t *testing.T) {
	var c Collector
	d := c.Collect(t.Context(), Options{WithholdClasses: Classes(), Environment: os.Environ()})
	text, js := both(t, d)
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		secrets := []string{i.HardwareAddr.String()}
		found, _ := i.Addrs()
		for _, a := range found {
			ip, _, _ := strings.Cut(a.String(), "/")
			secrets = append(secrets, ip)
		}
		for _, s := range secrets {
			if len(s) > 3 && (strings.Contains(text, s) || strings.Contains(js, s)) {
				t.Errorf("%s of %s is in the document", s, i.Name)
			}
		}
	}
}
