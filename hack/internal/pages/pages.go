//go:build linux

// Package pages opens every page that a customer may see, in each language, on small
// and large screens, light and dark, takes a picture of each, and holds that none is
// wider than its screen, asks anything of anybody else, or has faults that axe (for
// people who see, hear or move otherwise) or the HTML validator finds. hack/soak runs it.
// Whether a page is understood, only a person who looks at the pictures can tell.
package pages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/text"
)

// A number that can be one, and one that cannot.
const (
	aNumber     = "482913077"
	wrongNumber = "482913078"
)

// What browsers say of the computers they run on.
const (
	windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	mac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"
	linux   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	phone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
	unknown = "Mozilla/5.0 (Something; else)"
	// There is no program for this one.
	linuxARM = "Mozilla/5.0 (X11; Linux aarch64; rv:130.0) Gecko/20100101 Firefox/130.0"
)

// state is a page as somebody may see it.
type state struct {
	name, base, path, agent string
	status                  int
	open                    bool // everything that is folded is opened
	before                  func() error
	then                    func(tab context.Context) error // done on the page before it is looked at
}

// Look takes the pictures into the directory out. It fails where something does not
// hold, and says what could not be looked at for want of a tool.
func Look(ctx context.Context, p rig.Programs, dir, out string, progress io.Writer) (err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	h, err := newHouse(ctx, p, dir)
	defer func() { h.close() }()
	if err != nil {
		return err
	}
	tools := findTools(ctx, dir, progress)
	tab, end, err := openTab(ctx, dir)
	if err != nil {
		return err
	}
	defer end()
	l := &look{tab: tab, tools: tools, out: out, progress: progress}
	for _, lang := range text.Languages() {
		for _, s := range h.states(lang) {
			if err := l.take(s, lang); err != nil {
				return fmt.Errorf("%s, %s: %w", s.name, lang, err)
			}
		}
	}
	l.validate(ctx)
	fmt.Fprintf(progress, "%d pictures of %d pages are in %s: look at them\n", l.pictures, len(l.sources), out)
	if l.faults > 0 {
		return fmt.Errorf("%d faults", l.faults)
	}
	return nil
}

// house is a relay that has everything, one that has nothing to give, and one whose
// programs are on another host.
type house struct {
	programs          rig.Programs
	full, bare, other *rig.Relay
	at                map[*rig.Relay]string // the address of its pages
	alice             rig.CSR
	key, dir, served  string
	ends              []func()
}

func (h *house) close() {
	for _, end := range h.ends {
		end()
	}
	for _, r := range []*rig.Relay{h.full, h.bare, h.other} {
		if r != nil {
			r.Kill()
		}
	}
}

func newHouse(ctx context.Context, p rig.Programs, dir string) (*house, error) {
	h := &house{programs: p, dir: dir, served: filepath.Join(dir, "programs"), at: map[*rig.Relay]string{}}
	first, err := rig.StartRelay(ctx, p, filepath.Join(dir, "full"), "", nil)
	if err != nil {
		return h, err
	}
	key, err := first.Admin(ctx, "fingerprint")
	if err = errors.Join(err, first.Stop(), os.Mkdir(h.served, 0o700)); err != nil {
		return h, err
	}
	h.key = strings.TrimSpace(key)
	for _, target := range []string{"windows/amd64", "darwin/arm64", "linux/" + runtime.GOARCH} {
		if err := h.imprint(ctx, target, first.Addr); err != nil {
			return h, err
		}
	}
	start := func(name string, flags ...string) (r *rig.Relay) {
		if err != nil {
			return nil
		}
		listen := ""
		if name == "full" {
			listen = first.Addr
		}
		if r, err = rig.StartRelay(ctx, p, filepath.Join(dir, name), listen, nil, append(flags, "--web", "127.0.0.1:0")...); err == nil {
			h.at[r], err = r.Web(ctx)
		}
		return r
	}
	h.full = start("full", "--names", first.Addr, "--programs", h.served, "--organisation", "Example Ltd", "--contact", "+44 20 7946 0000, Monday to Friday, 9 to 17")
	h.bare = start("bare")
	h.other = start("other", "--programs", "https://downloads.example/supportd", "--organisation", "한빛 컴퓨터", "--contact", "02-000-0000")
	if err == nil {
		h.alice, err = rig.NewCSR(ctx, h.full, "alice", "Alice Kim", filepath.Join(dir, "alice"))
	}
	return h, err
}

// imprint builds a program for a system, and makes it one of this relay.
func (h *house) imprint(ctx context.Context, target, relay string) error {
	os_, arch, _ := strings.Cut(target, "/")
	stock, name := filepath.Join(h.dir, "stock-"+os_), filepath.Join(h.served, "support-agent-"+os_+"-"+arch)
	if os_ == "windows" {
		name += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", stock, "./cmd/support-agent")
	build.Env = append(os.Environ(), "GOOS="+os_, "GOARCH="+arch, "CGO_ENABLED=0")
	if _, err := rig.Run(build); err != nil {
		return err
	}
	_, err := rig.Run(exec.CommandContext(ctx, h.programs.Relay, "imprint", stock, "--relay", relay, "--relay-key", h.key, "--organisation", "Example Ltd", "--out", name))
	return err
}

// states are all pages, each with what makes it so. Four of them are wrong numbers, and
// a fifth is too many.
func (h *house) states(lang text.Language) []state {
	full, bare, other := "http://"+h.at[h.full], "http://"+h.at[h.bare], "http://"+h.at[h.other]
	number := "/j/" + aNumber
	all := []state{
		{name: "ask", base: full, path: "/", agent: windows},
		{name: "windows", base: full, path: number, agent: windows},
		{name: "windows-open", base: full, path: number, agent: windows, open: true},
		{name: "mac", base: full, path: number, agent: mac},
		{name: "mac-open", base: full, path: number, agent: mac, open: true},
		{name: "linux", base: full, path: number, agent: linux},
		{name: "linux-open", base: full, path: number, agent: linux, open: true},
		{name: "phone", base: full, path: number, agent: phone},
		{name: "phone-open", base: full, path: number, agent: phone, open: true},
		{name: "unknown", base: full, path: number, agent: unknown},
		{name: "missing", base: full, path: number, agent: linuxARM, open: true},
		{name: "copied", base: full, path: number, agent: mac, then: copyLine},
		{name: "stop", base: full, path: "/stop", agent: windows},
		{name: "nothing", base: full, path: "/nothing", agent: windows, status: 404},
		{name: "not-ready", base: full, path: "/d/" + aNumber + "/windows-amd64", agent: windows, status: 503, before: h.touch},
		{name: "wrong-digits", base: full, path: "/j?number=48291307", agent: windows, status: 400},
		{name: "wrong-check", base: full, path: "/j/" + wrongNumber, agent: windows, status: 400},
		{name: "bare-ask", base: bare, path: "/", agent: windows},
		{name: "bare-number", base: bare, path: number, agent: windows},
		{name: "bare-number-open", base: bare, path: number, agent: windows, open: true},
		{name: "bare-phone", base: bare, path: number, agent: phone},
		{name: "linked-windows", base: other, path: number, agent: windows},
		{name: "linked-mac", base: other, path: number, agent: mac},
		{name: "linked-linux", base: other, path: number, agent: linux, open: true},
	}
	all = append(all, h.joining(full)...)
	if lang != text.Languages()[0] { // after it nothing of these is seen any more
		for _, l := range text.Languages() {
			all = append(all, state{name: "too-many-" + string(l), base: full, path: "/j/" + wrongNumber + "?lang=" + string(l), agent: windows, status: 429, before: h.slip})
		}
	}
	return all
}

// touch makes a program one that is being replaced.
func (h *house) touch() error {
	now := time.Now()
	return os.Chtimes(filepath.Join(h.served, "support-agent-windows-amd64.exe"), now, now)
}

// slip asks for a wrong number.
func (h *house) slip() error {
	_, err := rig.Run(exec.Command("curl", "--silent", "--output", "/dev/null", "http://"+h.at[h.full]+"/j/"+wrongNumber))
	return err
}
