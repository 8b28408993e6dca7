//go:build unix

package process

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"supportd/daemon/internal/osstring"
)

// R3: paths and the environment are bytes, also on their way to the supervisor.
func TestK4R3_AJobOfBytesThatAreNoUTF8(t *testing.T) {
	const odd = "/home-\xff\xc7\xd1"
	j := Job{Argv: []string{"/bin/sh", odd + "/package/x.sh"}, Dir: odd, Env: []string{"TMPDIR=" + odd + "/tmp"}, RunDir: odd, Moved: &movedFiles{From: osstring.String(odd)}}
	data, err := json.Marshal(j)
	var back Job
	if err = errors.Join(err, json.Unmarshal(data, &back)); err != nil || !reflect.DeepEqual(back, j) {
		t.Errorf("%+v, %v, want %+v", back, err, j)
	}
}
