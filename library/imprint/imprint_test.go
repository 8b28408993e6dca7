package imprint

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"supportd/library/csrca"
	"supportd/library/reach"
)

const (
	oneKey   = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
	otherKey = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	testCA   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhaDBbtr4jDMF/lnCO6+t1Y+B9CU9qqOxcoGC9LGOWr"
	testCAOf = "SHA256:XnfkmgmYw580Sqe/NHOEC8F2YTNshSmO51eBVyhbINk"
)

func addresses(t testing.TB, list ...string) (all []reach.Address) {
	t.Helper()
	for _, s := range list {
		a, err := reach.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func whole(t testing.TB) Imprint {
	return Imprint{
		Relays:       addresses(t, "relay.example", "[2001:db8::1]:2222", "https://relay.example:8443"),
		RelayKeys:    []string{oneKey, otherKey},
		Organisation: "한국 Support & Söhne",
	}
}

func encoded(t testing.TB, i Imprint) string {
	t.Helper()
	s, err := i.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// resealed is an imprint of other lines with a checksum that fits.
func resealed(lines ...string) string {
	s := strings.Join(lines, "\n") + "\n"
	return s + sum(s)
}

func problemOf(err error) Problem {
	var e *Error
	if !errors.As(err, &e) {
		return -1
	}
	return e.Problem
}

func TestTheFormIsReadable(t *testing.T) {
	i := whole(t)
	want := "supportd imprint 1\nrelay relay.example\nrelay [2001:db8::1]:2222\nrelay https://relay.example:8443\n" +
		"relay-key " + oneKey + "\nrelay-key " + otherKey + "\norganisation 한국 Support & Söhne\nsha256 "
	s := encoded(t, i)
	if !strings.HasPrefix(s, want) || len(s) != len(want)+65 {
		t.Errorf("%q", s)
	}
	i.Organisation = ""
	if s := encoded(t, i); strings.Contains(s, "organisation") {
		t.Errorf("%q", s)
	}
}

// Z2: an imprint names the CSR CA, whose key is never one that the relay may have.
func TestZ2_AnImprintNamesTheCA(t *testing.T) {
	i := whole(t)
	i.CSRCA = []string{testCA}
	s := encoded(t, i)
	back, err := Parse(s)
	if !strings.Contains(s, "\ncsr-ca "+testCA+"\nsha256 ") || err != nil || len(back.CSRCA) != 1 || back.CSRCA[0] != testCA {
		t.Errorf("%q, %+v, %v", s, back, err)
	}
	i.RelayKeys = []string{testCAOf}
	if problemOf(i.Check()) != Twice {
		t.Errorf("the relay's key as CA: %v", i.Check())
	}
}

// Z3: an imprint demands a list of what the CSR CA has revoked, where it names one.
func TestZ3_AnImprintDemandsAList(t *testing.T) {
	for _, c := range []struct {
		demand csrca.Demand
		lines  string
	}{
		{csrca.Demand{}, ""}, {csrca.Demand{Least: 7}, "revocations-least 7\n"}, {csrca.Demand{Required: true}, "revocations-required yes\n"},
		{csrca.Demand{Least: 18446744073709551615, Required: true}, "revocations-least 18446744073709551615\nrevocations-required yes\n"},
		{csrca.Demand{Second: []string{"*", "Network"}}, "second-signature *\nsecond-signature Network\n"},
		{csrca.Demand{Required: true, Second: []string{"네트워크 설정"}}, "revocations-required yes\nsecond-signature 네트워크 설정\n"},
	} {
		i := whole(t)
		i.CSRCA, i.Revocations = []string{testCA}, c.demand
		s := encoded(t, i)
		back, err := Parse(s)
		if !strings.Contains(s, "\ncsr-ca "+testCA+"\n"+c.lines+"sha256 ") || err != nil || !reflect.DeepEqual(back.Revocations, c.demand) {
			t.Errorf("%q, %+v, %v", s, back, err)
		}
		if i.CSRCA = nil; (problemOf(i.Check()) == Missing) != !c.demand.IsZero() {
			t.Errorf("%+v without a CA: %v", c.demand, i.Check())
		}
	}
	i := whole(t)
	i.CSRCA, i.Revocations = []string{testCA}, csrca.Demand{Newest: 7}
	if problemOf(i.Check()) != Missing {
		t.Errorf("a newest list: %v", i.Check())
	}
	for _, bad := range []string{"revocations-least 0", "revocations-least +7", "revocations-least 07", "revocations-least", "revocations-required no", "revocations-required", "revocations-least 7\nrevocations-least 7", "revocations-required yes\nrevocations-least 7"} {
		good := encoded(t, withCA(t))
		lines := strings.Split(good, "\n")
		if got, err := Parse(resealed(append(lines[:len(lines)-2], strings.Split(bad, "\n")...)...)); err == nil {
			t.Errorf("%q is taken: %+v", bad, got)
		}
	}
}

// withCA is an imprint with a CA.
func withCA(t *testing.T) Imprint {
	t.Helper()
	i := whole(t)
	i.CSRCA = []string{testCA}
	return i
}

// I1: an imprint that is not exactly what was written is not taken, and no part of it.
func TestI1_DamagedImprints(t *testing.T) {
	good := encoded(t, whole(t))
	lines := strings.Split(good, "\n")
	lines = lines[:len(lines)-2]
	with := func(at int, line string) string {
		changed := append([]string{}, lines...)
		changed[at] = line
		return resealed(changed...)
	}
	for name, c := range map[string]struct {
		text string
		want Problem
	}{
		"nothing":            {"", Cut},
		"a beginning":        {good[:7], Cut},
		"something else":     {"hello, world\n", Edited},
		"doubled":            {good + good, More},
		"a zero behind":      {good + "\x00", More},
		"a line end behind":  {good + "\n", More},
		"in front":           {"\n" + good, Edited},
		"another version":    {with(0, "supportd imprint 2"), Unknown},
		"unknown field":      {with(6, "csr-cas x"), Unknown},
		"a field more":       {resealed(append(lines, "allow all")...), Unknown},
		"capital letters":    {with(1, "Relay relay.example"), Unknown},
		"the same relay":     {with(2, lines[1]), Twice},
		"the same key":       {with(5, lines[4]), Twice},
		"two organisations":  {resealed(append(lines, lines[6])...), Twice},
		"no relay":           {resealed(lines[0], lines[4]), Missing},
		"no key":             {resealed(lines[0], lines[1]), Missing},
		"no field":           {resealed(lines[0]), Missing},
		"another order":      {resealed(lines[0], lines[4], lines[1]), Wrong},
		"no CA":              {with(6, "csr-ca x"), Wrong},
		"a CA with more":     {with(6, "csr-ca "+testCA+" comment"), Wrong},
		"a CA twice":         {with(6, "csr-ca "+testCA+"\ncsr-ca "+testCA), Twice},
		"a CA too early":     {resealed(lines[0], "csr-ca "+testCA, lines[1], lines[4]), Wrong},
		"an empty line":      {resealed(lines[0], "", lines[1], lines[4]), Wrong},
		"a field alone":      {resealed(lines[0], "relay", lines[4]), Wrong},
		"an empty relay":     {resealed(lines[0], "relay ", lines[4]), Wrong},
		"an address to mend": {with(1, "relay RELAY.example"), Wrong},
		"two spaces":         {with(1, "relay  relay.example"), Wrong},
		"no fingerprint":     {with(4, "relay-key MD5:00"), Wrong},
		"empty organisation": {with(6, "organisation "), Wrong},
		"a return":           {with(6, "organisation Example\r"), Wrong},
		"an escape":          {with(6, "organisation \x1b[31mExample"), Wrong},
		"no text":            {with(6, "organisation \xff"), Wrong},
		"right to left":      {with(6, "organisation \u202eelpmaxE"), Wrong},
		"long organisation":  {with(6, "organisation "+strings.Repeat("x", MaxOrganisation+1)), Wrong},
		"nine relays":        {resealed(lines[0], "relay a1\nrelay a2\nrelay a3\nrelay a4\nrelay a5\nrelay a6\nrelay a7\nrelay a8\nrelay a9", lines[4]), TooMany},
	} {
		i, err := Parse(c.text)
		if problemOf(err) != c.want || i.Relays != nil || i.RelayKeys != nil || i.Organisation != "" {
			t.Errorf("%s: %v, %v, want problem %d", name, i, err, c.want)
		}
	}
}

// I1: no byte can change, and none be left out, without being noticed.
func TestI1_EveryByteCounts(t *testing.T) {
	good := encoded(t, whole(t))
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	for at := range len(good) {
		for _, bit := range []byte{1, 0x20, 0x80} {
			bad := []byte(good)
			bad[at] ^= bit
			if _, err := Parse(string(bad)); problemOf(err) < 0 {
				t.Errorf("byte %d (%q) as %q: %v", at, good[at], bad[at], err)
			}
		}
		if _, err := Parse(good[:at]); problemOf(err) != Cut {
			t.Errorf("cut to %d bytes: %v", at, err)
		}
		if _, err := Parse(good[:at] + good[at+1:]); problemOf(err) < 0 {
			t.Errorf("without byte %d: %v", at, err)
		}
	}
}

func TestWhatIsWrittenIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Imprint)
		want   Problem
	}{
		"no relay":          {func(i *Imprint) { i.Relays = nil }, Missing},
		"an empty relay":    {func(i *Imprint) { i.Relays = make([]reach.Address, 1) }, Wrong},
		"a made-up relay":   {func(i *Imprint) { i.Relays[0].Host = "a\nrelay-key b" }, Wrong},
		"a relay twice":     {func(i *Imprint) { i.Relays = append(i.Relays, i.Relays[0]) }, Twice},
		"too many relays":   {func(i *Imprint) { i.Relays = make([]reach.Address, MaxRelays+1) }, TooMany},
		"no key":            {func(i *Imprint) { i.RelayKeys = []string{} }, Missing},
		"an empty key":      {func(i *Imprint) { i.RelayKeys[0] = "" }, Wrong},
		"a key twice":       {func(i *Imprint) { i.RelayKeys[0] = i.RelayKeys[1] }, Twice},
		"too many keys":     {func(i *Imprint) { i.RelayKeys = make([]string, MaxKeys+1) }, TooMany},
		"two lines":         {func(i *Imprint) { i.Organisation = "Example\nallow all" }, Wrong},
		"spaces at the end": {func(i *Imprint) { i.Organisation = "Example " }, Wrong},
	} {
		i := whole(t)
		c.change(&i)
		_, err := i.Encode()
		if _, err2 := Region(i); problemOf(err) != c.want || problemOf(err2) != c.want {
			t.Errorf("%s: %v, %v, want problem %d", name, err, err2, c.want)
		}
	}
}

// The longest imprint that the limits allow fits into the region.
func TestTheLongestImprintFits(t *testing.T) {
	i := Imprint{Organisation: strings.Repeat("한", MaxOrganisation)}
	label := strings.Repeat("x", 63)
	for n := range MaxRelays {
		i.Relays = append(i.Relays, addresses(t, "https://"+string(rune('a'+n))+label[1:]+"."+label+"."+label+"."+label[:61]+":65535")...)
	}
	for n := range MaxKeys {
		i.RelayKeys = append(i.RelayKeys, oneKey[:10]+string(rune('a'+n))+oneKey[11:])
	}
	region, err := Region(i)
	if err != nil {
		t.Fatal(err)
	}
	got, ok, err := ReadRegion(region)
	if err != nil || !ok || encoded(t, got) != encoded(t, i) {
		t.Errorf("%v, %v, %v", got, ok, err)
	}
	t.Logf("%d of %d bytes", len(encoded(t, i)), room)
}

func TestRegion(t *testing.T) {
	if i, ok, err := Own(); ok || err != nil {
		t.Errorf("the test has an imprint: %v, %v", i, err)
	}
	if !strings.HasPrefix(own, Mark()) || len(own) != Size || strings.Count(own, Mark()) != 1 {
		t.Error("the mark is not the one that is looked for")
	}
	full, err := Region(whole(t))
	if err != nil || len(full) != Size {
		t.Fatal(len(full), err)
	}
	if got, ok, err := ReadRegion(full); !ok || err != nil || encoded(t, got) != encoded(t, whole(t)) {
		t.Errorf("%v, %v, %v", got, ok, err)
	}
}

// I1: neither an imprint nor its absence survives a change anywhere in the region.
func TestI1_EveryByteOfTheRegionCounts(t *testing.T) {
	full, err := Region(whole(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{own, full} {
		used := len(strings.TrimRight(good, "\x00"))
		for at := range len(good) {
			if at > used+8 && at < len(good)-8 && at%61 > 0 {
				continue // zeros like those around them
			}
			bad := []byte(good)
			bad[at] ^= 1
			if _, ok, err := ReadRegion(string(bad)); ok || problemOf(err) < 0 {
				t.Errorf("byte %d (%q): %v, %v", at, good[at], ok, err)
			}
		}
	}
	content := encoded(t, whole(t))
	for name, bad := range map[string]string{
		"nothing":         "",
		"zeros":           strings.Repeat("\x00", Size),
		"zeros behind":    Mark() + strings.Repeat("\x00", room),
		"one byte less":   full[:Size-1],
		"one byte more":   full + "\x00",
		"doubled":         Mark() + content + content + full[len(Mark())+2*len(content):],
		"at the end":      full[:Size-len(content)] + content,
		"both":            own[:len(Mark())+len(empty)] + full[len(Mark()):Size-len(empty)],
		"cut, with zeros": full[:len(Mark())+len(content)/2] + strings.Repeat("\x00", Size-len(Mark())-len(content)/2),
	} {
		if _, ok, err := ReadRegion(bad); ok || problemOf(err) < 0 {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

// I1: what is taken is written again byte for byte.
func FuzzI1_Parse(f *testing.F) {
	good := encoded(f, whole(f))
	f.Add(good)
	f.Add(good + good)
	f.Add(good[:40])
	f.Add("")
	two := whole(f)
	two.CSRCA, two.Revocations.Second = []string{testCA}, []string{"*", "Network"}
	f.Add(encoded(f, two))
	f.Add(resealed("supportd imprint 1", "relay a", "relay-key "+oneKey, "csr-ca "+testCA, "second-signature b", "second-signature a"))
	f.Add(resealed("supportd imprint 1", "relay a", "relay-key "+oneKey, "allow all"))
	f.Fuzz(func(t *testing.T, s string) {
		// Most changes are found by the checksum alone: the lines get a right one, too.
		for _, s := range []string{s, s + sum(s)} {
			i, err := Parse(s)
			if err != nil {
				if problemOf(err) < 0 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
					t.Fatalf("%q: %q", s, err)
				}
				continue
			}
			if again, err := i.Encode(); err != nil || again != s {
				t.Fatalf("%q became %q, %v", s, again, err)
			}
			region, err := Region(i)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if _, ok, err := ReadRegion(region); !ok || err != nil {
				t.Fatalf("%q: %v", s, err)
			}
		}
	})
}
