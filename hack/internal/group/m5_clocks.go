//go:build linux

package group

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
)

// clockAhead is how far the clock of one relay is ahead.
const clockAhead = 5 * time.Minute

// otherClocks has the clock of one relay go wrong. Go reads the clock from a page that the
// kernel maps, so neither libfaketime nor a filter of system calls comes between, and a time
// name space moves only the clocks that count from the start of the computer. So a relay is
// built in which time.Now adds the difference to the clock, and not to what times intervals,
// as when somebody sets it.
func (c *campaign) otherClocks(ctx context.Context) error {
	return c.each(ctx,
		func(c *campaign, ctx context.Context) error { return c.otherClock(ctx, clockAhead) },
		func(c *campaign, ctx context.Context) error { return c.otherClock(ctx, -clockAhead) })
}

func (c *campaign) otherClock(ctx context.Context, by time.Duration) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	wrong, right := s.nodes[0], s.nodes[1]
	if wrong.program, err = s.buildAhead(ctx, by); err != nil {
		return err
	}
	if err := wrong.Stop(); err != nil {
		return err
	}
	if err := wrong.start(ctx, wrong.Addr); err != nil {
		return err
	}
	if err := wrong.logIn(); err != nil {
		return err
	}
	if err := s.populate(ctx, min(c.Tunnels, few), time.Second); err != nil {
		return err
	}
	before, err := s.reset()
	if err != nil {
		return err
	}
	s.lost = 0
	did := fmt.Sprintf("the clock of one relay is wrong by %v", by)
	_, shown, _ := strings.Cut(wrong.Log.String(), "time=")
	shown, _, _ = strings.Cut(shown, " ")
	at, err := time.Parse(time.RFC3339, shown)
	s.row(did, "its log shows that", err == nil && (time.Since(at)+by).Abs() < 2*time.Minute, "%s, now it is %s", shown, time.Now().UTC().Format(time.RFC3339))
	// Several leases long nobody gives up anybody.
	if err := pause(ctx, 30*time.Second); err != nil {
		return err
	}
	after, err := s.reset()
	if err != nil {
		return err
	}
	ready := true
	for _, n := range s.nodes {
		ready = ready && n.ready(ctx) == 200
	}
	s.row("", "all relays stay ready, no tunnel ends, and every computer's events go on", ready && s.lost == 0 && after.Silent == 0,
		"%d of %d connected, %d lost, %d events", after.Connected, before.Connected, s.lost, after.Events)
	err = s.reachesAll(ctx)
	s.row("", "a CSR at each relay reaches a computer of each other one", err == nil, "%s", errText(err))
	if err := s.passesClock(ctx, wrong, right, before); err != nil {
		return err
	}
	return s.compare(ctx)
}

// passesClock stops the relay with the right clock past its lease, and lets it go on.
func (s *site) passesClock(ctx context.Context, wrong, right *node, before customers.Report) error {
	if err := right.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	gone, ok := until(ctx, time.Minute, func() bool {
		out, err := wrong.command("session show " + s.loads[1].Numbers[0] + " --json")
		return err == nil && strings.Contains(out, `"away"`)
	})
	s.row("and one with the right time is stopped", "its sessions are given up after two leases, not at once", ok && gone > 15*time.Second && gone <= 30*time.Second, "%.1f s", gone.Seconds())
	if err := right.signal(syscall.SIGCONT); err != nil {
		return err
	}
	var now customers.Report
	took, ok := until(ctx, time.Minute, func() bool {
		var err error
		now, _, err = s.ask(customers.Ask{})
		return err == nil && now.Connected == before.Connected && right.ready(ctx) == 200
	})
	s.row("", "all computers are connected when it goes on", ok, "%d of %d after %.1f s", now.Connected, before.Connected, took.Seconds())
	return s.oneOwner(ctx)
}

// buildAhead makes a relay whose clock is wrong.
func (s *site) buildAhead(ctx context.Context, by time.Duration) (program string, err error) {
	root, err := rig.Run(exec.CommandContext(ctx, "go", "env", "GOROOT"))
	if err != nil {
		return "", err
	}
	file := filepath.Join(strings.TrimSpace(root), "src/time/time.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(string(text), "func Now() Time {")
	line, _, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n")
	for found && !strings.HasPrefix(strings.TrimSpace(line), "sec, nsec, mono := ") {
		_, rest, found = strings.Cut(rest, "\n")
		line, _, _ = strings.Cut(rest, "\n")
	}
	if !found {
		return "", fmt.Errorf("%s: time.Now is not as it was", file)
	}
	changed := strings.Replace(string(text), line+"\n", line+"\n\tsec += aheadBy()\n", 1)
	return s.buildOther(ctx, file, changed+aheadText, "-ldflags", fmt.Sprintf("-X time.ahead=%d", int(by.Seconds())))
}

// aheadText is added to package time. The difference is given when the program is linked, so
// that everything is compiled once.
const aheadText = `
var ahead string

func aheadBy() (n int64) {
	for _, c := range []byte(ahead) {
		if c != '-' {
			n = n*10 + int64(c-'0')
		}
	}
	if len(ahead) > 0 && ahead[0] == '-' {
		n = -n
	}
	return n
}
`
