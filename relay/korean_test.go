package relay

import (
	"testing"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
)

// TestKorean holds that every text of the relay for CSRs is in Korean.
func TestKorean(t *testing.T) {
	says := cmdlinetest.Says{"say": {0}, "tell": {0, 1}, "security.go": nil} // the log is English
	cmdlinetest.Texts(t, ".", says, korean, koreanHelp, api.Korean(), cmdline.Korean())
	cmdlinetest.Texts(t, ".", says, koreanHelp, korean, api.Korean(), cmdline.Korean())
}
