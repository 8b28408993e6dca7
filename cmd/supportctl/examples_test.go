package main

import (
	"testing"

	"supportd/library/cmdline/cmdlinetest"
)

func TestEveryCommandHasAnExample(t *testing.T) {
	cmdlinetest.Examples(t, newBench(t).program.app, examples())
}
