//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

// The whole of a support session on the customer's page, in both languages.
func TestY7_Y13_ASupportSessionOnThePage(t *testing.T) {
	f := newFront(t)
	for _, l := range []struct{ language, allowed, withAlice string }{
		{"C", "Alice Kim (alice) may see this information about this computer until the support session ends: operating system.", "Connected to this computer: Alice Kim (alice)"},
		{"ko_KR", "Alice Kim (alice) 상담원은 지원이 끝날 때까지 이 컴퓨터의 다음 정보를 볼 수 있습니다: 운영 체제.", "이 컴퓨터에 연결한 사람: Alice Kim (alice)"},
	} {
		t.Run(l.language, func(t *testing.T) {
			v := newVisitor(t, f, l.language)
			v.joins()

			if out := v.answers("q-once", 0, "sysinfo", "os"); !strings.Contains(out, "Linux") {
				t.Errorf("what is shown: %s", out)
			}
			v.sends(map[string]string{"1.sh": "#!/bin/sh\necho one\n", "2.sh": "#!/bin/sh\necho two\n", "3.sh": "#!/bin/sh\necho three\n", "4.sh": "#!/bin/sh\necho $$ >" + filepath.Join(v.dir, "pid") + "\nexec sleep 4242.15\n"})
			run := v.csr("run", "1.sh", "2.sh", "3.sh")
			v.until("document.querySelectorAll('#q-programs > li').length === 3")
			v.press("q-once")
			v.wants(run, 0, "one", "two", "three")
			v.answers("q-no", 5, "sysinfo", "memory")

			v.answers("q-always", 0, "sysinfo", "os")
			v.shows("allowed", l.allowed)
			v.picture("allowed-" + l.language)
			v.wants(v.csr("sysinfo", "os"), 0, "Linux")
			v.do(chromedp.Click(chromedp.CSS("#allowed button")))
			v.until("document.querySelectorAll('#allowed li').length === 0")
			v.answers("q-no", 5, "sysinfo", "os")

			v.wants(v.csr("chat", "--send", "Hello from Alice"), 0)
			v.shows("chat", "Hello from Alice")
			v.do(chromedp.SendKeys(chromedp.CSS("#message"), "안녕 Alice"), chromedp.Click(chromedp.CSS("#chat-form button")))
			v.shows("chat", "안녕 Alice")

			running := v.csr("run", "4.sh")
			v.seen("question")
			v.press("q-once")
			v.seen("running")
			v.picture("running-" + l.language)
			v.stops(running)
			v.seen("end")
			v.shows("end-summary", l.withAlice)
			v.seen("copy")
			v.ends()
			v.picture("ended-" + l.language)
			v.keepsCopy()
			v.wasOnThePage()
		})
	}
}

// stops presses Stop while a script runs: within a second of the press nothing of it does.
func (v *visitor) stops(running <-chan told) {
	v.t.Helper()
	pid := 0
	testkit.Eventually(v.t, "the script runs", func() bool {
		said, err := os.ReadFile(filepath.Join(v.dir, "pid"))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(said)))
		}
		return err == nil
	})
	value[bool](v, "document.getElementById('stop').addEventListener('click', () => { window.stopped = Date.now(); }, true) === undefined")
	v.do(clickStop())
	testkit.Eventually(v.t, "nothing runs", func() bool { return syscall.Kill(pid, 0) != nil })
	gone := time.Now()
	select {
	case <-running: // told why, or cut off
	case <-time.After(rig.Patience):
		v.t.Fatal("the CSR's command goes on")
	}
	if took := gone.Sub(time.UnixMilli(int64(value[float64](v, "window.stopped")))); took > testkit.Soon {
		v.t.Errorf("Stop took %v", took)
	}
}

// keepsCopy takes the copy of the report from the page, when the program is gone.
func (v *visitor) keepsCopy() {
	v.t.Helper()
	kept := filepath.Join(v.dir, "kept")
	v.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: kept})
		return err
	}), chromedp.Click(chromedp.CSS("#copy")))
	testkit.Eventually(v.t, "the copy is there", func() bool {
		found, err := filepath.Glob(filepath.Join(kept, "*.html"))
		if err != nil || len(found) != 1 {
			return false
		}
		data, err := os.ReadFile(found[0])
		return err == nil && bytes.Contains(data, []byte("Alice Kim")) && bytes.Contains(data, []byte("</html>"))
	})
}

// wasOnThePage holds that every answer came from the page, and that the program has left
// the journal alone behind, and no file of a way in.
func (v *visitor) wasOnThePage() {
	v.t.Helper()
	for _, a := range v.journaled() {
		if a.Answer.Via != "page" && a.Answer.Why == "answered" {
			v.t.Errorf("%+v", a.Answer)
		}
	}
	left, err := os.ReadDir(filepath.Join(v.dir, "state"))
	if err != nil {
		v.t.Fatal(err)
	}
	for _, e := range left {
		if !strings.HasSuffix(e.Name(), ".jsonl") && e.Name() != "lock" {
			v.t.Errorf("%s is left in the state directory", e.Name())
		}
	}
	files, err := os.ReadDir(filepath.Join(v.dir, "home", "Downloads"))
	if err != nil || len(files) > 0 {
		v.t.Errorf("%v is left in the downloads, %v", files, err)
	}
}

// A relay whose key the customer was not told is compared by voice: its fingerprint stands
// on the page in groups of four, and whole in a fold.
func TestY13_ACheckCodeIsComparedByVoice(t *testing.T) {
	f := newFront(t)
	want, err := f.relay.Admin(t.Context(), "fingerprint")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"C", "ko_KR"} {
		v := arrives(t, f)
		v.starts(exec.CommandContext(t.Context(), programs().Agent, string(v.number), "--relay", f.relay.Addr, "--ui", "page", "--state", v.state),
			"HOME="+filepath.Join(v.dir, "home"), "LC_ALL="+language+".UTF-8", "BROWSER="+filepath.Join(v.dir, "browser"), "OPENED="+filepath.Join(v.dir, "opened"))
		v.open()
		v.seen("c-check")
		groups := value[[]string](v, "[...document.querySelectorAll('#c-groups code')].map((c) => c.innerText)")
		if len(groups) != 11 || len(groups[0]) != 4 || "SHA256:"+strings.Join(groups, "") != strings.TrimSpace(want) {
			t.Errorf("the groups are %q, and the fingerprint is %s", groups, want)
		}
		if whole := value[string](v, "document.getElementById('c-whole').textContent"); whole != strings.TrimSpace(want) {
			t.Errorf("in one piece it is %s", whole)
		}
		v.picture("key-" + language)
		v.press("c-yes")
		v.seen("session")
		v.do(chromedp.Reload())
		v.seen("locked-stop")
		v.picture("closed-" + language)
		v.do(chromedp.Click(chromedp.CSS("#reopen")))
		v.open()
		v.do(clickStop())
		v.ends()
	}
}
