package reach

import (
	"context"
	"os/exec"
	"time"
)

// scutilTime bounds the program that prints the settings, which answers from
// memory.
const scutilTime = time.Second

// systemSettings are those of the network that is in use, as scutil(8) prints them.
func systemSettings() settings {
	// Background: whoever asks for a proxy gives none, and the time is short.
	ctx, cancel := context.WithTimeout(context.Background(), scutilTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/sbin/scutil", "--proxy")
	cmd.WaitDelay = scutilTime
	out, err := cmd.Output()
	if err != nil {
		return settings{}
	}
	return macSettings(string(out))
}
