package main

import (
	"os"
	"testing"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/text"
	"supportd/relay/client"
)

// TestKorean holds that every text of the program is in Korean.
func TestKorean(t *testing.T) {
	says := cmdlinetest.Says{"say": {0}, "note": {0}}
	cmdlinetest.Texts(t, ".", says, korean, koreanKeys, koreanHelp, client.Korean(), api.Korean(), cmdline.Korean())
	cmdlinetest.Texts(t, ".", says, koreanKeys, korean, koreanHelp, client.Korean(), api.Korean(), cmdline.Korean())
	cmdlinetest.Texts(t, ".", says, koreanHelp, korean, koreanKeys, client.Korean(), api.Korean(), cmdline.Korean())
}

// TestHelpAsGoldenText holds what a support rep reads for the work of a day, as a terminal
// of 80 columns shows it in each language.
func TestHelpAsGoldenText(t *testing.T) {
	for _, l := range text.Languages() {
		s := text.NewSpeaker(l, koreanHelp, korean, koreanKeys, client.Korean(), api.Korean(), cmdline.Korean())
		p := &program{std: cmdline.Streams{Speaker: s}, env: func(string) string { return "" }}
		cmdlinetest.Golden(t, "help-80."+string(l), cmdlinetest.HelpOf(t, p.app, s,
			"--help", "session start --help", "session list --help", "sysinfo --help", "script run --help", "report show --help"), os.Getenv("UPDATE_GOLDEN") != "")
	}
}

// Help fits a terminal of 80 columns, in both languages, and so do its topics.
func TestHelpIn80Columns(t *testing.T) {
	for _, s := range []*text.Speaker{nil, text.NewSpeaker(text.Korean, koreanHelp, korean, koreanKeys, client.Korean(), api.Korean(), cmdline.Korean())} {
		p := &program{std: cmdline.Streams{Speaker: s}, env: func(string) string { return "" }}
		cmdlinetest.Help(t, p.app, s)
		for _, topic := range []string{"exit-codes", "environment"} {
			var out cmdlinetest.Narrow
			std := cmdline.Streams{Out: &out, Err: &out, Speaker: s}
			cmdline.Run(t.Context(), p.app(), []string{"help", topic}, std)
			cmdlinetest.Fits(t, topic, out.String())
		}
	}
}
