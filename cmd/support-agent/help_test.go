package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/library/text"
)

func TestEveryCommandHasAnExample(t *testing.T) {
	p := &program{lang: text.English}
	all := examples()
	all["join"] = "join " + all["join"] // the program puts the word there
	cmdlinetest.Examples(t, func() *cli.App { return all.AddTo(p.app(), "support-agent") }, all)
}

func TestManual(t *testing.T) {
	var out bytes.Buffer
	p := &program{lang: text.Korean}
	if code := cmdline.Run(t.Context(), p.app(), []string{"help", "man"}, cmdline.Streams{Out: &out, Err: &out}); code != cmdline.ExitOK {
		t.Fatal(code)
	}
	for _, want := range []string{".TH SUPPORT\\-AGENT 1", ".SS join [NUMBER...]\n", "Example:\n.B support\\-agent 482 913 077", ".SH EXIT CODES", "130  interrupted"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the manual lacks %q", want)
		}
	}
	if strings.Contains(out.String(), "supervise") {
		t.Error("a hidden command is in the manual")
	}
}
