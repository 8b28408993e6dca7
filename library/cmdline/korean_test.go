package cmdline_test

import (
	"testing"

	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
)

// TestKorean holds that every text of the package is in Korean.
func TestKorean(t *testing.T) {
	cmdlinetest.Texts(t, ".", cmdlinetest.Says{"refuse": {1}, "part": {0}}, cmdline.Korean())
}
