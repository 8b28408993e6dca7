package visit

import (
	"testing"

	"supportd/daemon/transcript"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
)

// TestKorean holds that everything which a CSR is told here is in Korean.
func TestKorean(t *testing.T) {
	says := cmdlinetest.Says{"tell": {0}, "deny": {0, 1}, "Hint()": nil, string(api.Waiting): nil, string(api.Active): nil, string(api.Away): nil, string(api.Ended): nil, "%s, %d s left, by %s": nil,
		author.ErrForged.Error(): nil, author.ErrSecondForged.Error(): nil, author.ErrSamePerson.Error(): nil}
	cmdlinetest.Texts(t, ". ../account ../power ../script ../script/process ../chat ../sysinfo/document", says, korean, transcript.Korean(), api.KoreanRules(), cmdline.Korean())
	if q, ok := api.Korean()["%s, %d s left, by %s"]; !ok || q != korean["%s, %d s left, by %s"] {
		t.Error("a question is told in other words than elsewhere")
	}
}
