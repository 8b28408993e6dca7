//go:build !pam

package account

import (
	"errors"
	"io"
	"os"
)

// hasPAM says that this program cannot speak with PAM itself, only through su.
const hasPAM = false

// RunBroker needs PAM; nothing starts it in this build.
func RunBroker(_ io.Reader, out *os.File) error {
	return answer(out, &Failure{Why: Unsupported, Err: errors.New("built without PAM (build tag pam)")})
}
