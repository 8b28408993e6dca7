package machine

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"supportd/daemon/sysinfo/document"
)

func TestMissingTool(t *testing.T) {
	_, err := runTool(t.Context(), "no-such-tool-of-supportd")
	if err == nil || document.Why(err) != "no-such-tool-of-supportd is not installed" {
		t.Errorf("%v", err)
	}
	if _, err := runTool(t.Context(), "../../"+os.Args[0]); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("a path is no tool: %v", err)
	}
}

func TestReasonsAreForPeople(t *testing.T) {
	for want, err := range map[string]error{
		"it took too long":           context.DeadlineExceeded,
		"not present on this system": &os.PathError{Op: "open", Path: "/x", Err: os.ErrNotExist},
		"needs administrator rights": os.ErrPermission,
		"nft: boom":                  &ToolError{Name: "nft", Err: errors.New("boom")},
		"nft took too long":          &ToolError{Name: "nft", Err: context.DeadlineExceeded},
	} {
		if got := document.Why(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
