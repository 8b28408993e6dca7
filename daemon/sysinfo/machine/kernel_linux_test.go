package machine

import (
	"os"
	"path/filepath"
	"testing"
)

// The paths that are asked are the bytes that the kernel means.
func TestK3S9_RealMounts(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, "cp949 \xc7\xd1")
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Skip(err)
	}
	if s, err := askSpace(odd); err != nil || s.Size == 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
