package main

import (
	"testing"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/cmdline/cmdlinetest"
	"supportd/relay/client"
)

// TestKorean holds that every text of the program is in Korean.
func TestKorean(t *testing.T) {
	says := cmdlinetest.Says{"say": {0}, "note": {0}}
	cmdlinetest.Texts(t, ".", says, korean, koreanHelp, client.Korean(), api.Korean(), cmdline.Korean())
	cmdlinetest.Texts(t, ".", says, koreanHelp, korean, client.Korean(), api.Korean(), cmdline.Korean())
}
