package csrca

import (
	"bytes"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/sshsig"
)

// listOf is a list that a CA has signed at noon, good for an hour.
func listOf(t testing.TB, ca ssh.Signer, number uint64, keys []string, serials ...uint64) *Revocations {
	t.Helper()
	list, err := SignRevocations(Revocations{Number: number, Issued: noon, Until: noon.Add(time.Hour), Keys: keys, Serials: serials}, ca)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func prints(t testing.TB, n int) (all []string) {
	t.Helper()
	for range n {
		all = append(all, ssh.FingerprintSHA256(testkit.NewKey(t).PublicKey()))
	}
	return all
}

// Z3: a list has one form, and only the CA makes one.
func TestZ3_OnlyTheCAMakesAList(t *testing.T) {
	ca, other := testkit.NewKey(t), testkit.NewKey(t)
	cas := []ssh.PublicKey{ca.PublicKey()}
	keys := prints(t, 3)
	list := listOf(t, ca, 7, append(keys, keys[0]), 9, 5, 9)
	again, err := ParseRevocations(list.File(), cas)
	if err != nil || again.Number != 7 || len(again.Keys) != 3 || len(again.Serials) != 2 || !again.Issued.Equal(noon) || !IsOneOf(again.CA(), cas) {
		t.Fatalf("%+v, %v", again, err)
	}
	for _, key := range keys {
		if !list.HasKey(key) || !list.Has(Certificate{Key: key}) {
			t.Error("a key of the list is not revoked")
		}
	}
	if !list.Has(Certificate{Serial: 5}) || list.Has(Certificate{Serial: 6, Key: prints(t, 1)[0]}) || (*Revocations)(nil).Has(Certificate{Serial: 5}) {
		t.Error("serial numbers")
	}
	file := string(list.File())
	for name, bad := range map[string]string{
		"nothing": "", "no signature": file[:strings.Index(file, sshsig.Begin)], "cut": file[:len(file)-1], "more behind it": file + "\n",
		"another number": strings.Replace(file, "number 7", "number 8", 1), "a key less": strings.Replace(file, "key "+list.Keys[1]+"\n", "", 1),
		"another time":   strings.Replace(file, "until 2026-11-27T13", "until 2027-11-27T13", 1),
		"Windows's ends": strings.ReplaceAll(file, "\n", "\r\n"), "two lists": file + file,
	} {
		if got, err := ParseRevocations([]byte(bad), cas); err == nil || got != nil || !errors.Is(err, ErrNoRevocations) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseRevocations(list.File(), []ssh.PublicKey{other.PublicKey()}); !errors.Is(err, ErrForeignList) {
		t.Errorf("of another CA: %v", err)
	}
	if _, err := ParseRevocations(list.File(), nil); !errors.Is(err, ErrForeignList) {
		t.Errorf("without a CA: %v", err)
	}
	// The CA's signature of something else is none of a list.
	message := list.message()
	for _, purpose := range []string{"file", "journal@supportd"} {
		signature, err := sshsig.Sign(ca, purpose, message)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRevocations(append(bytes.Clone(message), signature...), cas); err == nil {
			t.Errorf("signed for %s", purpose)
		}
	}
}

// Whatever stands in a signed list in another way than Sign writes it is no list.
func TestZ3_AListHasOneForm(t *testing.T) {
	ca := testkit.NewKey(t)
	const head, times = "supportd revocations 1\n", "issued 2026-11-27T12:00:00Z\nuntil 2026-11-27T13:00:00Z\n"
	a, b := "key SHA256:"+strings.Repeat("A", 43)+"\n", "key SHA256:"+strings.Repeat("B", 42)+"A\n"
	for name, c := range map[string]struct {
		message string
		ok      bool
	}{
		"empty":            {head + "number 1\n" + times, true},
		"whole":            {head + "number 1\n" + times + a + b + "serial 1\nserial 18446744073709551615\n", true},
		"number 0":         {head + "number 0\n" + times, false},
		"+1":               {head + "number +1\n" + times, false},
		"01":               {head + "number 01\n" + times, false},
		"no number":        {head + times, false},
		"two numbers":      {head + "number 1\nnumber 1\n" + times, false},
		"times turned":     {head + "number 1\nissued 2026-11-27T13:00:00Z\nuntil 2026-11-27T12:00:00Z\n", false},
		"no time":          {head + "number 1\n", false},
		"local time":       {head + "number 1\nissued 2026-11-27T12:00:00+09:00\nuntil 2026-11-27T13:00:00Z\n", false},
		"half a second":    {head + "number 1\nissued 2026-11-27T12:00:00.5Z\nuntil 2026-11-27T13:00:00Z\n", false},
		"keys not sorted":  {head + "number 1\n" + times + b + a, false},
		"a key twice":      {head + "number 1\n" + times + a + a, false},
		"a serial twice":   {head + "number 1\n" + times + "serial 2\nserial 2\n", false},
		"serials by text":  {head + "number 1\n" + times + "serial 10\nserial 9\n", false},
		"serial 0":         {head + "number 1\n" + times + "serial 0\n", false},
		"serial before":    {head + "number 1\n" + times + "serial 1\n" + a, false},
		"no key":           {head + "number 1\n" + times + "key alice\n", false},
		"unknown":          {head + "number 1\n" + times + "note hello\n", false},
		"an empty line":    {head + "number 1\n" + times + "\n", false},
		"another version":  {"supportd revocations 2\nnumber 1\n" + times, false},
		"an imprint":       {"supportd imprint 1\nnumber 1\n" + times, false},
		"no last line end": {head + "number 1\n" + strings.TrimSuffix(times, "\n"), false},
	} {
		signature, err := sshsig.Sign(ca, RevocationsNamespace, []byte(c.message))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseRevocations([]byte(c.message+signature), []ssh.PublicKey{ca.PublicKey()})
		if (err == nil) != c.ok || (got == nil) == c.ok {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, r := range map[string]Revocations{
		"number 0": {Issued: noon, Until: noon.Add(time.Hour)}, "no time": {Number: 1, Issued: noon, Until: noon},
		"for ever": {Number: 1, Issued: noon, Until: time.Unix(maxTime, 0)}, "no key": {Number: 1, Issued: noon, Until: noon.Add(time.Hour), Keys: []string{"alice"}},
		"serial 0": {Number: 1, Issued: noon, Until: noon.Add(time.Hour), Serials: []uint64{0}},
	} {
		if list, err := SignRevocations(r, ca); err == nil || list != nil {
			t.Errorf("%s is signed: %v", name, err)
		}
	}
}

// The longest list, by the longest key, still is one message of the relay's.
func TestZ3_TheLongestList(t *testing.T) {
	ca := rsaSigner(t, 4096)
	list := listOf(t, ca, math.MaxUint64, prints(t, MaxRevoked))
	if len(list.File()) > MaxRevocations {
		t.Errorf("%d bytes", len(list.File()))
	}
	if _, err := SignRevocations(Revocations{Number: 1, Issued: noon, Until: noon.Add(time.Hour), Keys: list.Keys, Serials: []uint64{1}}, ca); !errors.Is(err, errListLong) {
		t.Error(err)
	}
}

// Z3: what is demanded of a list, and when it lets somebody in.
func TestZ3_WhichListIsDemanded(t *testing.T) {
	ca := testkit.NewKey(t)
	bad := prints(t, 1)
	list := listOf(t, ca, 7, bad, 5)
	good, now := Certificate{Key: prints(t, 1)[0], Serial: 6}, noon.Add(time.Minute)
	for name, c := range map[string]struct {
		demand Demand
		cert   Certificate
		list   *Revocations
		now    time.Time
		want   Problem
	}{
		"nothing demanded, none there":  {Demand{}, good, nil, now, 0},
		"nothing demanded, one there":   {Demand{}, good, list, now, 0},
		"nothing demanded, revoked":     {Demand{}, Certificate{Key: bad[0]}, list, now, Revoked},
		"revoked by its serial number":  {Demand{}, Certificate{Serial: 5}, list, now, Revoked},
		"nothing demanded, an old list": {Demand{}, good, list, noon.Add(2 * time.Hour), 0},
		"revoked by an old list":        {Demand{}, Certificate{Serial: 5}, list, noon.Add(2 * time.Hour), Revoked},
		"required, none there":          {Demand{Required: true}, good, nil, now, NoList},
		"required, there":               {Demand{Required: true}, good, list, now, 0},
		"required, its last second":     {Demand{Required: true}, good, list, noon.Add(time.Hour - time.Second), 0},
		"required, good no more":        {Demand{Required: true}, good, list, noon.Add(time.Hour), OldList},
		"required, a lower number":      {Demand{Required: true, Least: 8}, good, list, now, NoList},
		"required, the number itself":   {Demand{Required: true, Least: 7}, good, list, now, 0},
		"one was there, and none is":    {Demand{Newest: 7}, good, nil, now, NoList},
		"one was there, and is again":   {Demand{Newest: 7}, good, list, now, 0},
		"a newer one was there":         {Demand{Newest: 8}, good, list, now, NoList},
		"a number alone, none there":    {Demand{Least: 7}, good, nil, now, 0},
	} {
		err := c.demand.Check(c.cert, c.list, c.now)
		var no *Refusal
		if c.want == 0 && err != nil || c.want != 0 && (!errors.As(err, &no) || no.Problem != c.want || !no.OfList() || no.InTime()) {
			t.Errorf("%s: %v, want problem %d", name, err, c.want)
		}
		if no != nil && (no.Error() == (&Refusal{}).Error() || no.Hint("x") == (&Refusal{}).Hint("x")) {
			t.Errorf("%s: no words: %v", name, no)
		}
	}
	got := Demand{Least: 3, Newest: 9, Second: []string{"b"}}.And(Demand{Least: 5, Required: true, Newest: 2, Second: []string{"a", "b"}})
	if want := (Demand{5, true, 9, []string{"a", "b"}}); !reflect.DeepEqual(got, want) || got.Lowest() != 9 {
		t.Errorf("%+v", got)
	}
}

// An operator with keys elsewhere can sign a list with stock ssh-keygen.
func TestZ3_SSHKeygenSignsAList(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip(err)
	}
	key := filepath.Join(t.TempDir(), "ca")
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	line, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	cas, err := Keys(line)
	if err != nil {
		t.Fatal(err)
	}
	message := listOf(t, testkit.NewKey(t), 3, prints(t, 2)).message()
	cmd := exec.Command(keygen, "-q", "-Y", "sign", "-n", RevocationsNamespace, "-f", key)
	cmd.Stdin = bytes.NewReader(message)
	signature, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if list, err := ParseRevocations(append(message, signature...), cas); err != nil || list.Number != 3 {
		t.Error(err)
	}
}

// Z3: whatever bytes come for a list, only what the CA has signed is one; and what stands
// in it has one form.
func FuzzRevocations(f *testing.F) {
	ca := seeded(f, 1)
	cas := []ssh.PublicKey{ca.PublicKey()}
	list := listOf(f, ca, 7, []string{ssh.FingerprintSHA256(seeded(f, 2).PublicKey())}, 5, 9)
	f.Add(list.File())
	f.Add(listOf(f, ca, 1, nil).File())
	f.Add(listOf(f, seeded(f, 3), 7, nil, 1).File())
	f.Add(list.message())
	// A policy: categories whose scripts need a second signature.
	policy := func(number uint64, categories ...string) *Revocations {
		list, err := SignRevocations(Revocations{Number: number, Issued: noon, Until: noon.Add(time.Hour), Second: categories}, ca)
		if err != nil {
			f.Fatal(err)
		}
		return list
	}
	f.Add(policy(7, EveryCategory, "Network", "네트워크").File())
	f.Add(policy(1, "Network").message())
	f.Add(append(policy(1, "a").message(), "second \nsecond b\n"...))
	kept, err := SignRevocations(Revocations{Number: 7, Issued: noon, Until: noon.Add(time.Hour), Serials: []uint64{5}, Second: []string{EveryCategory, "Network", "네트워크"}}, ca)
	if err != nil {
		f.Fatal(err)
	}
	// All that this CA has signed, the one of testdata with them.
	all := []*Revocations{kept, list, listOf(f, ca, 1, nil), policy(7, EveryCategory, "Network", "네트워크"), policy(1, "Network"), policy(1, "a")}
	f.Fuzz(func(t *testing.T, data []byte) {
		message, _, _ := bytes.Cut(data, []byte(sshsig.Begin))
		ours := slices.ContainsFunc(all, func(r *Revocations) bool { return bytes.Equal(r.message(), message) })
		if got, err := ParseRevocations(data, cas); err == nil && (!ours || !bytes.Equal(got.File(), data) || !bytes.Equal(got.message(), message)) {
			t.Errorf("%q is a list", data)
		}
		r, err := parseMessage(string(message))
		if err != nil {
			return
		}
		signed, err := SignRevocations(*r, ca)
		if err != nil || !bytes.Equal(signed.message(), message) {
			t.Errorf("%q: %v", message, err)
		}
	})
}
