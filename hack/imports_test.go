// Package hack_test holds what no compiler holds: who may import whom, what a
// customer's download may contain, where the process and its streams may be
// touched, and that every bad input of the catalogue has its test.
package hack_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "supportd/"

// layer is a row of the import table: what a package may import of this module,
// and of other modules where that is limited too. Test files count as well,
// because a test that crosses layers is an end-to-end test and belongs in
// hack/e2e.
type layer struct {
	pkg     string   // without the module's path; DIR/... is everything below DIR
	may     []string // packages of this module, in the same form
	foreign []string // packages of other modules; nil is no limit, empty is none
	why     string
}

func layers() []layer {
	none := []string{}
	below := []string{"daemon/sysinfo/document", "daemon/sysinfo/formats", "daemon/sysinfo/machine", "daemon/sysinfo/machinetest"} // of a collector
	return []layer{
		{"consent", []string{"library/text"}, none, "what a customer is asked and what they answered can be audited by itself"},
		{"consent/page", []string{"consent", "library/panics", "library/text"}, none,
			"it shows and takes answers, and knows no session: what a person does goes to an interface; only its tests drive a browser"},
		{"consent/dialog", []string{"consent", "consent/dialog/internal/...", "library/text"}, []string{"golang.org/x/sys/windows"},
			"it shows a question and knows no session: where the desktop is, and whether a script runs, it is told"},
		{"consent/dialog/internal/x11", nil, none, "a display is foreign: what is read of it can be audited by itself"},
		{"library", []string{"consent", "library/author", "library/text", "library/filename"}, []string{"golang.org/x/text/..."},
			"the rules for scripts hold without any server; names are compared without regard to Unicode form"},
		{"library/author", []string{"library/sshd", "library/sshsig", "library/text"}, []string{"golang.org/x/crypto/ssh"},
			"supportctl signs scripts, relay, supportctl and the customer's computer prove it by the same rules"},
		{"library/api", []string{"library", "library/author", "library/cmdline", "library/cmdline/cmdlinetest", "library/text", "library/report", "library/wire", "library/journal"}, none,
			"the relay writes these rows, the CSR's side reads them; only its tests use cmdlinetest"},
		{"library/text", nil, []string{"github.com/mattn/go-runewidth"}, "the floor of everything that people read"},
		{"library/disk", nil, []string{"golang.org/x/sys/..."}, "what must be found after a power cut, for every program"},
		{"library/filename", []string{"library/text"}, []string{"golang.org/x/text/..."},
			"one rule for the library and every customer's computer"},
		{"library/sshsig", nil, []string{"golang.org/x/crypto/ssh"}, "who signs a journal or a list and who proves it do the same"},
		{"library/csrca", []string{"library/filename", "library/sshd", "library/sshsig", "library/text", "library/wire"}, []string{"golang.org/x/crypto/ssh"},
			"which certificates let a CSR in: relay and customer's computer decide by the same rules"},
		{"library/imprint", []string{"library/csrca", "library/reach", "library/text", "library/wire"}, []string{"golang.org/x/crypto/ssh"},
			"support-relay writes it, support-agent reads it"},
		{"library/imprint/executable", []string{"library/imprint", "library/reach"}, none,
			"what an operator needs and a customer does not download; only its tests use addresses"},
		{"library/wire", nil, []string{"golang.org/x/crypto/ssh"}, "all programs share it, so it is small"},
		{"library/words", []string{"library/text", "library/wire"}, []string{"golang.org/x/crypto/ssh", "golang.org/x/text/..."},
			"both ends compute what people compare by the same rules; only its tests use norm"},
		{"library/journal", []string{"consent", "library/sshsig", "library/text", "library/wire"}, []string{"golang.org/x/crypto/ssh"},
			"one schema for those who write events and those who read them"},
		{"library/report", []string{"consent", "library/text", "library/wire", "library/journal"}, []string{"golang.org/x/crypto/ssh"},
			"relay, CSR and customer read and prove the same report"},
		{"library/panics", nil, none, "every goroutine that serves another party uses it"},
		{"library/inbound", nil, none, "SSH servers and the web port share it: it knows addresses and time, and no protocol"},
		{"library/sshd", []string{"library/wire", "library/panics", "library/inbound"},
			[]string{"github.com/gliderlabs/ssh", "golang.org/x/crypto/...", "golang.org/x/sys/cpu"},
			"one hardened server for both ends"},
		{"library/reach", []string{"library/text", "library/panics", "library/wire", "library/inbound"},
			[]string{"github.com/coder/websocket", "github.com/pires/go-proxyproto", "golang.org/x/net/...", "golang.org/x/sys/..."},
			"bytes from here to a relay and back: it knows nothing of SSH but its first four"},
		{"library/sshd/sshdtest", []string{"library/sshd"}, []string{"golang.org/x/crypto/ssh"}, "a server for the tests of those who speak to one"},
		{"library/cmdline/cmdlinetest", []string{"library/cmdline", "library/text"}, []string{"github.com/urfave/cli/v2"}, "what the tests of several programs say about their commands"},
		{"library/cmdline", []string{"library/cmdline/cmdlinetest", "library/text"},
			[]string{"github.com/xrash/smetrics", "github.com/urfave/cli/v2", "github.com/kballard/go-shellquote", "golang.org/x/sys/unix", "golang.org/x/sys/windows", "golang.org/x/term"},
			"one command contract for all programs; only its tests use cmdlinetest"},
		{"relay", []string{"relay/backup", "relay/store", "relay/unjoined", "library/..."}, nil,
			"the relay meets daemon and client in library/… only"},
		{"relay/unjoined", []string{"library/inbound"}, none, "what bounds strangers can be audited by itself: it knows sources and times, no session"},
		{"relay/backup", []string{"library/disk", "library/text"}, []string{}, "the form of a file that may be hostile: it knows no database and no keys"},
		{"relay/ops", []string{"relay", "library/api"}, none, "numbers for the operator's machines: it asks the relay and changes nothing"},
		{"relay/store/postgres", nil, []string{"github.com/jackc/pgx/v5/pgconn"}, "a driver for database/sql: it knows no table"},
		{"relay/store", []string{"consent", "library", "library/...", "relay/store/postgres"}, nil, "rows in, rows out; consent's types stand in the events that its tests store"},
		{"relay/web", []string{"library/disk", "library/imprint/...", "library/inbound", "library/panics", "library/reach", "library/sshd", "library/text", "library/wire"},
			[]string{"golang.org/x/crypto/...", "golang.org/x/text/...", "github.com/coder/websocket"},
			"strangers speak to it: it hands connections on, and knows no account and no session; only its tests use sshd"},
		{"relay/client", []string{"library/..."}, nil, "a CSR's program has nothing of the server"},
		{"daemon", []string{"consent", "daemon/...", "library/..."}, nil, "a customer's computer has nothing of the server"},
		{"daemon/link", []string{"consent", "daemon/journal", "daemon/notice", "daemon/state", "library/..."}, nil,
			"the way to the relay: what comes through it goes to an interface, and it asks nobody"},
		{"daemon/visit", []string{"consent", "daemon/account", "daemon/chat", "daemon/internal/...", "daemon/journal", "daemon/notice", "daemon/power",
			"daemon/script", "daemon/script/process", "daemon/state", "daemon/sysinfo", "daemon/sysinfo/document", "daemon/transcript", "library/..."}, nil,
			"what CSRs can do here: it knows the relay as an interface, never the way there"},
		{"daemon/script", []string{"consent", "daemon/internal/...", "daemon/script/process", "library", "library/..."}, nil,
			"it stages, plans and orders runs; how processes are held it leaves to the package below"},
		{"daemon/script/process", []string{"daemon/internal/...", "library", "library/..."}, nil,
			"the processes of one script: it knows no staging area, no plan and no run"},
		{"daemon/chat", []string{"daemon/journal", "daemon/lineedit", "daemon/transcript", "library/..."}, nil,
			"one CSR's chat: it reads the journal and a channel, and knows neither the gate nor who may speak"},
		{"daemon/transcript", []string{"consent", "library/..."}, nil, "words for CSRs: it reads events, and knows no connection"},
		{"daemon/notice", []string{"consent", "library/journal", "library/words"}, []string{}, "what the customer's program is told: types only"},
		{"daemon/state", []string{"consent", "daemon/journal", "library/..."}, nil, "the floor of the rooms: it keeps files and the session, and asks nobody"},
		{"daemon/journal", []string{"consent", "library/..."}, nil, "a room below the daemon: it appends and hands over, and asks nobody"},
		{"daemon/sysinfo/secrets", nil, none, "what is masked can be audited by itself: texts in, texts out"},
		{"daemon/sysinfo/document", []string{"daemon/sysinfo/secrets", "library/text", "library/api"}, none,
			"a document knows nothing of where its values come from"},
		{"daemon/sysinfo/withhold", []string{"daemon/sysinfo/document"}, []string{"golang.org/x/text/..."},
			"what a customer keeps back can be audited by itself; names are compared without regard to Unicode form"},
		{"daemon/sysinfo/formats", []string{"daemon/sysinfo/machinetest"}, []string{"howett.net/plist"}, "parsers: bytes in, values out; only their tests use machinetest"},
		{"daemon/sysinfo/machine", []string{"daemon/sysinfo/document", "daemon/sysinfo/formats", "daemon/sysinfo/machinetest"}, nil,
			"what a collector asks: it knows no collector; only its tests use machinetest"},
		{"daemon/sysinfo/machinetest", []string{"daemon/sysinfo/document", "daemon/sysinfo/machine", "library/text"}, none, "a computer made of files, for tests"},
		{"daemon/sysinfo/hardware", below, nil, "a collector asks the machine and no other collector"},
		{"daemon/sysinfo/network", below, nil, "a collector asks the machine and no other collector"},
		{"daemon/sysinfo/users", below, nil, "a collector asks the machine and no other collector"},
		{"daemon/sysinfo/software", append([]string{"daemon/sysinfo/secrets", "daemon/sysinfo/users"}, below...), nil,
			"it shows command lines, and asks who the users are"},
		{"daemon/sysinfo/system", append([]string{"daemon/sysinfo/secrets", "daemon/sysinfo/users", "daemon/sysinfo/hardware"}, below...), nil,
			"the summary says who uses which computer"},
		{"daemon/sysinfo", []string{"daemon/sysinfo/..."}, none, "it starts the collectors: nothing below imports it"},
		{"daemon/...", []string{"consent", "daemon/internal/...", "library", "library/..."}, nil, "every other room below the daemon knows no other room"},
		{"cmd/support-relay", []string{"relay", "relay/backup", "relay/ops", "relay/store", "relay/web", "library/..."}, nil, "the relay's program"},
		{"cmd/support-agent", []string{"consent/...", "daemon/...", "library/..."}, nil, "the customer's program"},
		{"hack/testkit/logindtest", nil, []string{"github.com/godbus/dbus/v5"}, "a login manager for the tests of every package"},
		{"cmd/supportctl", []string{"consent", "relay/client", "library/...", "cmd/supportctl/console"}, nil, "the CSR's program"},
		{"cmd/supportctl/console", []string{"consent", "library/..."},
			[]string{"charm.land/..."},
			"it draws and takes keys: what it shows and does comes through interfaces, so that no test of it needs a relay"},
		{"hack/testkit", nil, []string{"golang.org/x/crypto/ssh", "golang.org/x/sys/unix"}, "the tests of every package may use it"},
		{"hack/...", []string{"..."}, nil, "end-to-end tests and tools meet everything"},
	}
}

// onlyTests are packages of other modules that a package's tests may import, and the
// package itself may not.
func onlyTests() map[string][]string {
	return map[string][]string{
		"consent/page":           {"github.com/chromedp/..."}, // a browser
		"library/reach":          {"golang.org/x/crypto/ssh"},
		"cmd/supportctl/console": {"github.com/charmbracelet/x/xpty", "golang.org/x/term"}, // a real terminal
	}
}

// owner says which packages alone may import a package directly.
type owner struct {
	of, by []string
	why    string
}

func owners() []owner {
	return []owner{
		{[]string{"github.com/shirou/gopsutil/...", "github.com/jaypipes/ghw/..."},
			[]string{"daemon/sysinfo/machine", "daemon/sysinfo/hardware", "daemon/sysinfo/network", "daemon/sysinfo/software", "daemon/sysinfo/users"},
			"what they cannot read without cgo becomes \"not available\" where it is collected, and nowhere above"},
		{[]string{module + "daemon/sysinfo/machinetest", module + "library/sshd/sshdtest", module + "library/cmdline/cmdlinetest"}, nil, "they are for tests only"},
		{[]string{"database/sql/...", "modernc.org/...", "github.com/pressly/goose/...", "github.com/jackc/..."}, []string{"relay/store/...", "hack/e2e"},
			"one schema and one query dialect; the end-to-end tests lay older databases before the relay"},
		{[]string{"github.com/gliderlabs/ssh"}, []string{"library/sshd"},
			"its defaults let strangers in: one package closes them"},
		{[]string{"github.com/urfave/cli/..."}, []string{"library/cmdline/...", "relay", "daemon/visit", "cmd/..."},
			"commands are declared where they are served, and run through cmdline"},
		{[]string{"github.com/coder/websocket/...", "golang.org/x/net/..."}, []string{"library/reach"},
			"a connection is a net.Conn everywhere else, whatever it came through"},
		{[]string{"github.com/pires/go-proxyproto/..."}, []string{"library/reach"}, "whose word about a source counts is decided once"},
		{[]string{module + "library/reach"}, []string{"cmd/...", "daemon", "daemon/link", "daemon/state", "library/imprint", "relay", "relay/client", "relay/web"},
			"the way there is chosen in one place of each program"},
		{[]string{"github.com/mattn/go-runewidth"}, []string{"library/text"},
			"how wide a text is must not depend on the locale of one of the programs"},
		{[]string{"charm.land/..."}, []string{"cmd/supportctl/console"}, "one program has a full screen, and only its console draws"},
		{[]string{"os/signal", "flag"}, []string{"cmd/...", "hack/..."}, "a process belongs to its program"},
	}
}

// link bans packages from everything that a program is built of.
type link struct {
	program string
	never   []string
	why     string
}

func links() []link {
	database := []string{"database/sql/...", "modernc.org/...", "github.com/pressly/goose/...", "github.com/jackc/..."}
	screen := []string{"charm.land/...", "github.com/charmbracelet/bubbletea/...", "github.com/charmbracelet/lipgloss/..."}
	return []link{
		{"cmd/support-agent", database, "a customer downloads it: no database"},
		{"cmd/support-agent", screen, "a customer downloads it: no terminal-UI library"},
		{"cmd/support-agent", []string{"github.com/gin-gonic/...", "github.com/labstack/...", "github.com/go-chi/...", "html/template"},
			"a customer downloads it: no web framework"},
		{"cmd/support-agent", []string{module + "relay", module + "relay/..."},
			"a customer's computer has nothing of the server"},
		{"cmd/support-agent", []string{module + "library/imprint/executable"}, "a customer's computer has nothing that makes other programs of it"},
		{"cmd/support-relay", screen, "a server has no screen"},
		{"cmd/support-relay", []string{"google.golang.org/protobuf/...", "github.com/prometheus/..."}, "numbers in a text of 20 lines cost 2.4 MB with them"},
		{"cmd/support-relay", []string{module + "daemon/...", "github.com/shirou/gopsutil/..."}, "the relay looks into no computer"},
		// A package of colours can be stored in databases: database/sql/driver alone holds interfaces.
		{"cmd/supportctl", append([]string{"database/sql"}, database[1:]...), "a CSR's program asks the relay"},
		{"cmd/supportctl", []string{module + "daemon/...", module + "relay", module + "relay/store"}, "a CSR's program asks the relay"},
		{"cmd/...", []string{"testing"}, "a product carries no tests"},
	}
}

// pkg is what "go list -json" says about a package.
type pkg struct {
	ImportPath  string
	Standard    bool
	Imports     []string
	TestImports []string
	XTest       []string `json:"XTestImports"`
}

// list runs "go list" for one system, and without cgo as we build for it.
func list(t *testing.T, goos string, args ...string) map[string]pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Standard,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list for %s: %v", goos, err)
	}
	found := map[string]pkg{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found[p.ImportPath] = p
	}
}

// systems are those whose files differ.
func systems() []string { return []string{"linux", "windows", "darwin"} }

// covers reports whether one of the patterns stands for path; DIR/... stands for
// DIR too.
func covers(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		dir, below := strings.CutSuffix(p, "...")
		return p == path || below && (strings.HasPrefix(path, dir) || path+"/" == dir)
	})
}

// layerOf finds the row for a package: its own, else the longest that covers it.
func layerOf(path string) (found layer, ok bool) {
	for _, l := range layers() {
		if l.pkg == path {
			return l, true
		}
		if covers([]string{l.pkg}, path) && len(l.pkg) > len(found.pkg) {
			found, ok = l, true
		}
	}
	return found, ok
}

func TestImportTable(t *testing.T) {
	for _, goos := range systems() {
		known := list(t, goos, "-deps", "-test", "./...")
		for path, p := range list(t, goos, "./...") {
			path = strings.TrimPrefix(path, module)
			l, ok := layerOf(path)
			if !ok {
				t.Errorf("%s has no row in the import table: where does it belong?", path)
				continue
			}
			for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTest) {
				if covers([]string{"hack/testkit", "hack/testkit/..."}, strings.TrimPrefix(imported, module)) && !slices.Contains(p.Imports, imported) {
					continue
				}
				ours, isOurs := strings.CutPrefix(imported, module)
				switch {
				case isOurs && ours != path && !covers(l.may, ours):
					t.Errorf("%s imports %s, but may not: %s", path, ours, l.why)
				case !isOurs && l.foreign != nil && !known[imported].Standard && !covers(l.foreign, imported) && !(covers(onlyTests()[path], imported) && !slices.Contains(p.Imports, imported)):
					t.Errorf("%s imports %s, but may not: %s", path, imported, l.why)
				}
				for _, o := range owners() {
					if covers(o.of, imported) && !covers(o.by, path) && !strings.HasPrefix(path, "hack/") && slices.Contains(p.Imports, imported) {
						t.Errorf("%s imports %s, which only %v may: %s", path, imported, o.by, o.why)
					}
				}
			}
		}
	}
}

func TestWhatProgramsLink(t *testing.T) {
	for _, goos := range systems() {
		for program := range list(t, goos, "./cmd/...") {
			linked := list(t, goos, "-deps", program)
			for _, l := range links() {
				if !covers([]string{l.program}, strings.TrimPrefix(program, module)) {
					continue
				}
				for path := range linked {
					if covers(l.never, path) {
						t.Errorf("%s for %s: %s\n\t%s", program, goos, l.why, strings.Join(chain(linked, program, path), "\n\t  imports "))
					}
				}
			}
		}
	}
}

// chain is the shortest way by which from comes to import to.
func chain(all map[string]pkg, from, to string) []string {
	ways := map[string][]string{from: {from}}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		at := next[0]
		if at == to {
			break
		}
		for _, imported := range all[at].Imports {
			if ways[imported] == nil {
				ways[imported] = append(slices.Clone(ways[at]), imported)
				next = append(next, imported)
			}
		}
	}
	return ways[to]
}
