package client

import (
	"testing"

	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
)

// TestKorean holds that every text of the package is in Korean.
func TestKorean(t *testing.T) {
	cmdlinetest.Texts(t, ".", cmdlinetest.Says{"say": {1}, "of": {1}}, korean, cmdline.Korean())
}
