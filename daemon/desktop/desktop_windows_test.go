package desktop

import (
	"errors"
	"testing"

	"supportd/consent"
)

// TestOurOwnDesktop holds that there is one, or a reason that whoever asks a customer
// understands.
func TestOurOwnDesktop(t *testing.T) {
	d, err := Find(t.Context(), Options{Environ: []string{"USERNAME=mina", `USERPROFILE=C:\Users\mina`}})
	if err != nil {
		if !errors.Is(err, consent.ErrNobody) {
			t.Errorf("%v is no consent.ErrNobody", err)
		}
		t.Skipf("no desktop here: %v", err)
	}
	if d.User != "mina" || d.UID != -1 || d.Home != `C:\Users\mina` {
		t.Errorf("%+v", d)
	}
	if out, err := d.Command(t.Context(), `C:\windows\system32\cmd.exe`, "/c", "echo %USERNAME%").Output(); err != nil || string(out) != "mina\r\n" {
		t.Errorf("%q, %v", out, err)
	}
}
