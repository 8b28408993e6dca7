package relay

import (
	"os"
	"testing"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/text"
	"supportd/relay/store"
)

// TestKorean holds that every text of the relay for CSRs is in Korean.
func TestKorean(t *testing.T) {
	says := cmdlinetest.Says{"say": {0}, "tell": {0, 1}, "security.go": nil} // the log is English
	cmdlinetest.Texts(t, ".", says, korean, koreanHelp, api.Korean(), cmdline.Korean())
	cmdlinetest.Texts(t, ".", says, koreanHelp, korean, api.Korean(), cmdline.Korean())
}

// TestHelpAsGoldenText holds what an admin with plain ssh reads, as a terminal of 80 columns
// shows it in each language.
func TestHelpAsGoldenText(t *testing.T) {
	w := newWorld(t, nil)
	w.login("root", w.account("root", true))
	for _, l := range text.Languages() {
		var out cmdlinetest.Narrow
		cmd := &command{relay: w.relay, conn: w.connOf("root"), account: store.Account{Name: "root", Display: "김 관리", Admin: true}, out: &out, err: &out, speaker: speaker(l)}
		if code := cmdline.Run(t.Context(), cmd.app(), []string{"help"}, cmdline.Streams{Out: &out, Err: &out, Speaker: cmd.speaker}); code != cmdline.ExitOK {
			t.Fatalf("exit code %d\n%s", code, &out)
		}
		cmdlinetest.Golden(t, "help-80."+string(l), out.String(), os.Getenv("UPDATE_GOLDEN") != "")
	}
}

// Help fits a terminal of 80 columns, in both languages, and so does the list of commands.
func TestHelpIn80Columns(t *testing.T) {
	w := newWorld(t, nil)
	w.login("root", w.account("root", true))
	for _, s := range []*text.Speaker{nil, speaker(text.Korean)} {
		var out cmdlinetest.Narrow
		cmd := &command{relay: w.relay, conn: w.connOf("root"), account: store.Account{Name: "root", Admin: true}, out: &out, err: &out, speaker: s}
		cmdlinetest.Help(t, cmd.app, s)
		if err := cmd.help(cmd.app()); err != nil {
			t.Fatal(err)
		}
		cmdlinetest.Fits(t, "help", out.String())
	}
}
