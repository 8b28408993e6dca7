package transcript

import (
	"testing"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
)

// TestKorean holds that every text of the package is in Korean.
func TestKorean(t *testing.T) {
	cmdlinetest.Texts(t, ".", cmdlinetest.Says{"say": {0}, "answer()": nil, "endedBy()": nil}, korean, api.Korean(), cmdline.Korean())
}
