package wire

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestNumber(t *testing.T) {
	for range 2000 {
		n := NewNumber()
		if got, err := ParseNumber(n.Spoken()); err != nil || got != n {
			t.Fatalf("%s: %v, %v", n, got, err)
		}
		// Every wrong digit and every swap of neighbours is caught.
		for i := range len(n) {
			for d := byte('0'); d <= '9'; d++ {
				wrong := []byte(n)
				if wrong[i] == d {
					continue
				}
				wrong[i] = d
				if _, err := ParseNumber(string(wrong)); err == nil {
					t.Fatalf("%s was accepted for %s", wrong, n)
				}
			}
			if i > 0 && n[i] != n[i-1] {
				swapped := []byte(n)
				swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
				if _, err := ParseNumber(string(swapped)); err == nil {
					t.Fatalf("%s was accepted for %s", swapped, n)
				}
			}
		}
	}
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{"482913077", nil},
		{"482 913 077", nil},
		{"482-913-077", nil},
		{" 482 913-077 ", nil},
		{"482913071", ErrNumberCheck},
		{"48291307", ErrNumberShape},
		{"4829130770", ErrNumberShape},
		{"048291307", ErrNumberShape},
		{"", ErrNumberShape},
		{"48291307x", ErrNumberShape},
		{"-oProxyCommand=x", ErrNumberShape}, // K3
		{"$(id)", ErrNumberShape},
		{"٤٨٢٩١٣٠٧٧", ErrNumberShape},
		{strings.Repeat("4", 1_000_000), ErrNumberShape},
	} {
		if _, err := ParseNumber(c.in); !errors.Is(err, c.want) {
			t.Errorf("ParseNumber(%.20q): %v, want %v", c.in, err, c.want)
		}
	}
}

func TestParseHost(t *testing.T) {
	for in, ok := range map[string]bool{
		"482913077": true, "482913077.support": true, "482913077.SUPPORT": true,
		"482-913-077.support": false, "127.0.0.1": false, "::1": false, "169.254.169.254": false,
		"482913077.support.support": false, "localhost": false, "": false, "482913077.": false,
	} {
		if _, err := ParseHost(in); (err == nil) != ok {
			t.Errorf("ParseHost(%q): %v", in, err)
		}
	}
}

func TestMessagesRoundTrip(t *testing.T) {
	check := func(name string, want any, got any, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	j := Join{1, "482913077", "김민지", "PC-0417", "Debian", "v1"}
	gotJ, err := ParseJoin(j.Marshal())
	check("join", j, gotJ, err)
	w := Welcome{CodeOK, "", "482913077", "Kim", "kim", []byte{1, 2}, 600, 1 << 40, 0, 7, []string{"b.relay.example:443"}}
	gotW, err := ParseWelcome(w.Marshal())
	check("welcome", w, gotW, err)
	a := Authorize{[]Entry{{"a", "A", []byte("k1")}, {"b", "B", []byte{}}}}
	gotA, err := ParseAuthorize(a.Marshal())
	check("authorize", a, gotA, err)
	back := Return{30_000}
	gotBack, err := ParseReturn(back.Marshal())
	check("return", back, gotBack, err)
	away := Away{AwayRebooting}
	gotAway, err := ParseAway(away.Marshal())
	check("away", away, gotAway, err)
	reboot := Reboot{120, "업데이트"}
	gotReboot, err := ParseReboot(reboot.Marshal())
	check("reboot", reboot, gotReboot, err)
	logon := Logon{"admin"}
	gotLogon, err := ParseLogon(logon.Marshal())
	check("logon", logon, gotLogon, err)
	written := Authored{"fix/run.sh", "{}"}
	gotWritten, err := ParseAuthored(written.Marshal())
	check("author", written, gotWritten, err)
	gotA, err = ParseAuthorize(nil)
	check("authorize nobody", Authorize{}, gotA, err)
}

// How long a number has to wait stands where older programs read the window, which
// they do not look at when they are refused.
func TestW4_AWaitIsReadByOlderPrograms(t *testing.T) {
	sent := Welcome{Code: CodeLimited, Wait: 30, Window: 7}.Marshal()
	var old struct {
		Code                         uint32
		Text, Number, Owner, Account string
		Certificate                  []byte
		Window                       uint32
		Now                          uint64
	}
	if err := ssh.Unmarshal(sent, &old); err != nil || Code(old.Code) != CodeLimited || old.Window != 30 {
		t.Errorf("%+v, %v", old, err)
	}
	if m, err := ParseWelcome(sent); err != nil || m.Wait != 30 || m.Window != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := ParseWelcome(Welcome{Code: CodeOK, Wait: 30, Window: 7}.Marshal()); err != nil || m.Wait != 0 || m.Window != 7 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestMessagesRefuseWhatIsTooLong(t *testing.T) {
	long := strings.Repeat("x", MaxName+1)
	if _, err := ParseJoin(Join{Host: long}.Marshal()); !errors.Is(err, ErrPayload) {
		t.Errorf("join: %v", err)
	}
	if _, err := ParseResume(Resume{OS: long}.Marshal()); !errors.Is(err, ErrPayload) {
		t.Errorf("resume: %v", err)
	}
	if _, err := ParseAway(Away{long}.Marshal()); !errors.Is(err, ErrPayload) {
		t.Errorf("away: %v", err)
	}
	if _, err := ParseReboot(Reboot{Reason: strings.Repeat("x", MaxReason+1)}.Marshal()); !errors.Is(err, ErrPayload) {
		t.Errorf("reboot: %v", err)
	}
	if _, err := ParseLogon(Logon{User: long}.Marshal()); !errors.Is(err, ErrPayload) {
		t.Errorf("logon: %v", err)
	}
	if _, err := ParseAuthored(Authored{Script: strings.Repeat("x", MaxReason+1)}.Marshal()); !errors.Is(err, ErrPayload) {
		t.Errorf("author: %v", err)
	}
	if _, err := ParseAuthorize(Authorize{make([]Entry, MaxEntries+1)}.Marshal()); !errors.Is(err, ErrPayload) {
		t.Errorf("authorize: %v", err)
	}
	if (Welcome{}).Code == CodeOK {
		t.Error("an empty welcome lets a customer in")
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(Join{1, "482913077", "n", "h", "o", "p"}.Marshal())
	f.Add(Resume{1, "h", "o", "p"}.Marshal())
	f.Add(Welcome{CodeOK, "t", "n", "o", "a", []byte("c"), 1, 2, 0, 0, nil}.Marshal())
	f.Add(Welcome{CodeOK, "t", "n", "o", "a", []byte("c"), 1, 2, 0, 3, []string{"b.example", "192.0.2.1:22"}}.Marshal())
	f.Add(Welcome{Code: CodeLimited, Wait: 30}.Marshal())
	f.Add(End{"alice", "done"}.Marshal())
	f.Add(Authorize{[]Entry{{"a", "A", []byte("k")}}}.Marshal())
	f.Add(Away{AwayRebooting}.Marshal())
	f.Add(Reboot{60, "updates"}.Marshal())
	f.Add(Logon{"admin"}.Marshal())
	f.Add(Authored{"run.sh", "{}"}.Marshal())
	f.Add(ChannelTarget{"h", 22, "o", 1}.Marshal())
	f.Add(Forward{"h", 22}.Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		same := func(name string, again []byte, err error) {
			if err == nil && !bytes.Equal(again, data) {
				t.Errorf("%s: %x became %x", name, data, again)
			}
		}
		j, err := ParseJoin(data)
		same("join", j.Marshal(), err)
		r, err := ParseResume(data)
		same("resume", r.Marshal(), err)
		w, err := ParseWelcome(data)
		same("welcome", w.Marshal(), err)
		e, err := ParseEnd(data)
		same("end", e.Marshal(), err)
		a, err := ParseAuthorize(data)
		same("authorize", a.Marshal(), err)
		aw, err := ParseAway(data)
		same("away", aw.Marshal(), err)
		rb, err := ParseReboot(data)
		same("reboot", rb.Marshal(), err)
		lo, err := ParseLogon(data)
		same("logon", lo.Marshal(), err)
		au, err := ParseAuthored(data)
		same("author", au.Marshal(), err)
		c, err := ParseChannelTarget(data)
		same("target", c.Marshal(), err)
		fw, err := ParseForward(data)
		same("forward", fw.Marshal(), err)
	})
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"482913077", "482 913 077", "482913077.support", "-", "٤"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseNumber(s); err == nil {
			for _, form := range []string{string(n), n.Spoken(), n.Host()} {
				if got, err := ParseHost(form); form != n.Spoken() && (err != nil || got != n) {
					t.Errorf("%q gave %s, and %q gave %v, %v", s, n, form, got, err)
				}
				if got, err := ParseNumber(strings.TrimSuffix(form, HostSuffix)); err != nil || got != n {
					t.Errorf("%q gave %s, and %q gave %v, %v", s, n, form, got, err)
				}
			}
		}
	})
}

// TestCertificateFits shows that a real host certificate passes through a Welcome.
func TestCertificateFits(t *testing.T) {
	if got, err := ParseWelcome(Welcome{Code: CodeOK, Certificate: bytes.Repeat([]byte{7}, 2048)}.Marshal()); err != nil || len(got.Certificate) != 2048 {
		t.Fatal(err)
	}
}
