package web

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"supportd/library/inbound"
	"supportd/library/reach"
	"supportd/library/wire"
)

const aHandle = "00112233445566778899aabbccddeeff"

// told is what a page with a handle reads, from an address.
func (s *site) told(addr, handle string) string {
	_, body := s.ask(addr, browse(joinedPath+handle)+"\r\n")
	return body
}

// fetch downloads a program, as a page with a handle does.
func (s *site) fetch(addr, number, handle string) {
	s.t.Helper()
	if resp, _ := s.ask(addr, browse("/d/"+number+"/windows-amd64?handle="+handle)+"\r\n"); resp.StatusCode != http.StatusOK {
		s.t.Fatal(resp.Status)
	}
}

// W16: the page is told that the computer has joined, by its handle alone, and only
// where the computer came from where the download went.
func TestW16_OnlyTheBrowserThatDownloadedIsTold(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	from := inbound.Source(addrOf(visitor))
	const guesser, neighbour = "203.0.113.9:1", "198.51.100.1:9"
	s.fetch(visitor, aNumber, aHandle)
	s.fetch(guesser, aNumber, strings.Repeat("1", 32))
	s.fetch(visitor, otherNumber, strings.Repeat("2", 32))
	if got := s.told(visitor, aHandle); got != "no" {
		t.Errorf("before the computer joins: %q", got)
	}
	s.server.Joined(aNumber, from)
	for name, c := range map[string]struct{ addr, handle, want string }{
		"the page":                            {visitor, aHandle, "yes"},
		"the page, from another port":         {neighbour, aHandle, "yes"},
		"who guessed the number elsewhere":    {guesser, strings.Repeat("1", 32), "no"},
		"who has the page's handle, too":      {guesser, aHandle, "no"},
		"a page with another number":          {visitor, strings.Repeat("2", 32), "no"},
		"a handle that nobody has":            {visitor, strings.Repeat("3", 32), "no"},
		"the number in place of the handle":   {visitor, aNumber, ""},
		"a handle of other letters":           {visitor, strings.ToUpper(aHandle), ""},
		"a handle that is too long":           {visitor, aHandle + "0", ""},
		"no handle":                           {visitor, "", ""},
		"a handle with something behind it":   {visitor, aHandle + "/x", ""},
		"a handle that is escaped in part":    {visitor, "%30" + aHandle[1:], "yes"},
		"a handle, and the number in a query": {visitor, aHandle + "?number=" + aNumber, "yes"},
	} {
		got := s.told(c.addr, c.handle)
		if strings.Contains(got, "There is nothing at this address") {
			got = ""
		}
		if got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
	// What is downloaded after the computer has joined waits like any other.
	late := strings.Repeat("4", 32)
	s.fetch(visitor, aNumber, late)
	if got := s.told(visitor, late); got != "no" {
		t.Errorf("a download afterwards: %q", got)
	}
	if log := s.log.String(); strings.Contains(log, aNumber) || strings.Contains(log, aHandle) {
		t.Error(log)
	}
}

// W16: which numbers pages wait for is known, until each of them has been told or is too old.
func TestW16_WhichNumbersPagesWaitFor(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	if s.server.Awaits(aNumber) {
		t.Error("nobody has downloaded anything")
	}
	const elsewhere = "198.51.100.9:1"
	s.fetch(visitor, aNumber, aHandle)
	s.fetch(elsewhere, aNumber, strings.Repeat("1", 32))
	if !s.server.Awaits(aNumber) || s.server.Awaits("482913079") {
		t.Error("it is not this number, or not this alone")
	}
	s.server.Joined(aNumber, inbound.Source(addrOf(visitor)))
	if !s.server.Awaits(aNumber) {
		t.Error("the page elsewhere does not wait any more")
	}
	s.server.Joined(aNumber, inbound.Source(addrOf(elsewhere)))
	if s.server.Awaits(aNumber) {
		t.Error("a page waits that has been told")
	}
	s.fetch(visitor, aNumber, strings.Repeat("2", 32))
	if !s.server.Awaits(aNumber) || s.server.joins.awaits(aNumber, time.Now().Add(handleLife)) {
		t.Error("the next download does not wait, or for ever")
	}
}

// W16: the answers to those who wait, and to those who have no business here, are the
// same to the byte, but for the date.
func TestW16_TheSameAnswerForEveryHandle(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	s.fetch(visitor, aNumber, aHandle)
	plain := func(handle string) string {
		resp, body := s.ask(visitor, browse(joinedPath+handle)+"\r\n")
		resp.Header.Del("Date")
		return fmt.Sprint(resp.Status, resp.Header, body)
	}
	if waits, unknown := plain(aHandle), plain(strings.Repeat("3", 32)); waits != unknown || !strings.Contains(waits, "no-store") {
		t.Errorf("%s\n%s", waits, unknown)
	}
}

// W16: HEAD, a handle of another form and a proxy that tells no source begin nothing.
func TestW16_WhatIsNoDownload(t *testing.T) {
	programs, _ := newPrograms(t)
	proxies, err := reach.ParseProxies([]string{"192.0.2.10"})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *Options) { o.Programs, o.Proxies = programs, proxies })
	const proxy, at = "192.0.2.10:1", "/d/" + aNumber + "/windows-amd64?handle="
	head := s.dial(visitor)
	go io.WriteString(head, strings.Replace(browse(at+aHandle), "GET", "HEAD", 1)+"\r\n")
	if resp, err := http.ReadResponse(bufio.NewReader(head), &http.Request{Method: http.MethodHead}); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	s.ask(visitor, browse(at+strings.ToUpper(aHandle))+"\r\n")
	s.ask(visitor, browse(at+strings.Repeat("0", 300))+"\r\n")
	s.ask(visitor, browse("/d/"+aNumber+"/run.sh?handle="+aHandle)+"\r\n")
	s.ask(visitor, browse("/d/"+aNumber+"/nothing?handle="+aHandle)+"\r\n")
	s.ask(visitor, browse("/d/482913078/windows-amd64?handle="+aHandle)+"\r\n")
	s.ask(visitor, browse("/d/support-agent-windows-amd64.exe?handle="+aHandle)+"\r\n")
	s.fetch(proxy, aNumber, aHandle)
	if n := len(s.server.joins.all); n > 0 {
		t.Errorf("%d sources are kept", n)
	}
	s.ask(proxy, browse(at+aHandle)+"X-Forwarded-For: 203.0.113.7\r\n\r\n")
	s.server.Joined(aNumber, inbound.Source(addrOf("203.0.113.7:1")))
	_, body := s.ask(proxy, browse(joinedPath+aHandle)+"X-Forwarded-For: 203.0.113.7\r\n\r\n")
	if body != "yes" {
		t.Errorf("behind a proxy that tells the source: %q", body)
	}
}

// W16: what is kept is bounded in number and time.
func TestW16_HandlesAreBounded(t *testing.T) {
	var j joins
	now := time.Now()
	handle := func(i int) string { return fmt.Sprintf("%032x", i) }
	one := prefixOf(0)
	for i := range maxHandles + 1 {
		j.begin(one, handle(i), aNumber, now)
		j.begin(one, handle(i), otherNumber, now) // the same handle again changes nothing
	}
	j.join(one, aNumber, now)
	if j.joined(one, handle(0), now) || !j.joined(one, handle(1), now) || !j.joined(one, handle(maxHandles), now) || len(j.all[one]) != maxHandles {
		t.Errorf("%d handles of a source are kept", len(j.all[one]))
	}
	for i := range maxHandleSources + 10 {
		j.begin(prefixOf(i+1), handle(i), aNumber, now)
	}
	if n := len(j.all); n > maxHandleSources {
		t.Errorf("%d sources are kept", n)
	}
	later := now.Add(handleLife)
	last := prefixOf(maxHandleSources + 10)
	if j.join(last, aNumber, later); j.joined(last, handle(maxHandleSources+9), later) {
		t.Error("a handle lives for ever")
	}
	for i := range maxHandleSources { // nobody fresh has to go for those that are too old
		j.begin(prefixOf(i+10_000), handle(i), wire.Number(aNumber), later)
	}
	j.join(prefixOf(10_000), aNumber, later)
	if !j.joined(prefixOf(10_000), handle(0), later) || len(j.all) != maxHandleSources {
		t.Errorf("a fresh one was forgotten; %d sources are kept", len(j.all))
	}
}
