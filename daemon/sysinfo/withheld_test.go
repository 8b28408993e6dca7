package sysinfo

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

// A document whose time is over shows nothing that was not looked through.
func TestK1P29_NoTimeToLookShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		all := everywhere(say("kim"))
		all[document.Printers] = func(ctx context.Context, _ *machine.Machine, s *document.Sheet) error { <-ctx.Done(); return ctx.Err() }
		var c Collector
		d := c.collect(ctx, Options{WithholdClasses: document.Classes()}, all, machinetest.New(nil))
		if s := machinetest.SectionOf(t, d, document.Users); len(s.Items) > 0 || s.Reason != errNotSearched.Error() {
			t.Errorf("%+v", s)
		}
	})
}

// tell is what a computer of a person called canaryname says in many places.
func tell(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
	s.Set("user", "canaryname", document.UserNames)
	s.Set("full_name", "Canary Human", document.UserNames)
	s.Set("serial", "SN-CANARY-77", document.Serials)
	s.Set("home", "/home/canaryname/Documents")
	s.Set("windows_home", `C:\Users\CanaryName\Desktop`)
	s.Set("by_id", "/dev/disk/by-id/ata-DISK_SN-CANARY-77-part1")
	s.Set("gateway", "192.0.2.77", document.Addresses)
	s.Set("message", "canaryname logged in from 192.0.2.77 port 22, 2001:db8::77 and 02:fc:00:00:00:77 at 08:15:30")
	s.Fail("failed", errors.New("open /home/canaryname/x: no"))
	t := s.Table("list", document.Col("owner", document.UserNames), document.Col("address", document.Addresses), document.Col("command"))
	t.Add("canaryname", "2001:db8::77", "vi /home/canaryname/letter")
	t.Add("root", "198.51.100.77", "sshd: canaryname [priv]")
	t.Fail(errors.New("not all of canaryname"))
	return errors.New("incomplete for Canary Human")
}

func TestWithheldClassesAreNowhere(t *testing.T) {
	for _, c := range []struct {
		classes []document.Class
		gone    []string
		stays   []string
	}{
		{[]document.Class{document.UserNames}, []string{"canaryname", "canary human"}, []string{"192.0.2.77", "SN-CANARY-77", "[user name withheld]", "08:15:30"}},
		{[]document.Class{document.Serials}, []string{"sn-canary-77"}, []string{"192.0.2.77", "canaryname", "[serial withheld]"}},
		{[]document.Class{document.Addresses}, []string{"192.0.2.77", "198.51.100.77", "2001:db8", "02:fc"}, []string{"SN-CANARY-77", "canaryname", "[address withheld]", "08:15:30"}},
		{document.Classes(), []string{"canaryname", "canary human", "sn-canary-77", "192.0.2.77", "2001:db8", "02:fc"}, []string{"withheld"}},
	} {
		var collector Collector
		// one category only knows the name, all others must not say it either
		all := everywhere(func(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
			s.Set("early", "mail for canaryname at /home/canaryname, disk SN-CANARY-77")
			return nil
		})
		all[document.Users] = tell
		streamed := document.Document{}
		d := collector.collect(t.Context(), Options{
			WithholdClasses: c.classes,
			OnSection:       func(s document.Section) { streamed.Sections = append(streamed.Sections, s) },
		}, all, machinetest.New(nil))
		text, js := machinetest.Both(t, d)
		live, _ := machinetest.Both(t, streamed)
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
	all[document.Processes] = func(context.Context, *machine.Machine, *document.Sheet) error {
		t.Error("collected")
		return nil
	}
	var c Collector
	d := c.collect(t.Context(), Options{WithholdCategories: []document.Category{document.Processes}}, all, machinetest.New(nil))
	if s := machinetest.SectionOf(t, d, document.Processes); !s.Withheld || len(s.Items)+len(s.Tables) > 0 {
		t.Errorf("%+v", s)
	}
	text, js := machinetest.Both(t, d)
	if !strings.Contains(text, "withheld by the customer") || !strings.Contains(js, `"withheld": true`) {
		t.Error("it is not shown as withheld")
	}
}

func TestRealMachineWithholdsItsAddresses(t *testing.T) {
	var c Collector
	d := c.Collect(t.Context(), Options{WithholdClasses: document.Classes(), Environment: os.Environ()})
	text, js := machinetest.Both(t, d)
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

// Every text of every probe goes through the mask, log messages too.
func TestNoSecretFromAnyProbe(t *testing.T) {
	const secret = "Tr0ub4dor"
	var c Collector
	d := c.collect(t.Context(), Options{}, everywhere(say("login failed: password="+secret+" at https://kim:"+secret+"@host/")), machinetest.New(nil))
	text, js := machinetest.Both(t, d)
	if strings.Contains(text, secret) || strings.Contains(js, secret) {
		t.Error("a secret came through")
	}
}
