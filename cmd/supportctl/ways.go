package main

import (
	"os"
	"strings"

	"supportd/library/disk"
	"supportd/library/reach"
)

// wayFile holds the way to the relay that worked last, beside the profile: it is
// written by every command, the profile by login alone. It is a hint that is tried
// first, and nothing depends on it.
const wayFile = "way"

// dialer finds the ways to a relay: directly, or by this computer's proxy.
func (p *program) dialer() *reach.Dialer {
	d := &reach.Dialer{Proxy: reach.System(p.env)}
	d.SetLast(p.lastWay())
	return d
}

// maxWay bounds the file in bytes.
const maxWay = 4 << 10

func (p *program) lastWay() string {
	if p.dir == "" {
		return ""
	}
	way, _ := disk.Read(p.path(wayFile), maxWay) // none, or one that cannot be read, is no hint
	return strings.TrimSpace(string(way))
}

// keepWay writes down the way that has worked, where somebody is logged in. If
// that fails, the next command tries the ways in another order.
func (p *program) keepWay(d *reach.Dialer) {
	if p.readsOnly || p.dir == "" || d.Last() == "" || d.Last() == p.lastWay() {
		return
	}
	if _, err := os.Stat(p.path(profileFile)); err == nil {
		_ = writeFile(p.path(wayFile), []byte(d.Last()+"\n"), 0o600, true)
	}
}

// manyWays reports whether an address stands for more than SSH on one port, so
// that stock ssh needs our help to get there.
func manyWays(a reach.Address) bool { return a.Web || a.Port == "" }

// sameRelay reports whether two addresses, as profiles have them, are of one
// relay, whatever the way.
func sameRelay(a, b string) bool {
	one, err := reach.ParseAddress(a)
	other, err2 := reach.ParseAddress(b)
	return a == b || err == nil && err2 == nil && one.Host == other.Host
}
