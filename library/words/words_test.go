package words

import (
	"bytes"
	"compress/flate"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
	"golang.org/x/text/unicode/norm"

	"supportd/hack/testkit"
	"supportd/library/text"
	"supportd/library/wire"
)

// pack makes lists of the words of both languages.
func pack(english, korean []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write(append(bytes.Clone(english), korean...))
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// TestTheListsAreWhatTheFilesSay holds lists.flate against the files that people read.
// UPDATE_GOLDEN=1 writes it anew: that changes what every older program says.
func TestTheListsAreWhatTheFilesSay(t *testing.T) {
	files := map[text.Language][]byte{}
	for l, name := range map[text.Language]string{text.English: "english.txt", text.Korean: "korean.txt"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[l] = data
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		packed, err := pack(files[text.English], files[text.Korean])
		if err == nil {
			err = os.WriteFile("lists.flate", packed, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Skip("written; run it again")
	}
	for l, data := range files {
		if words := strings.Fields(string(data)); len(words) != Count || !slices.Equal(words, list(l)) {
			t.Errorf("%s: %d words, or others than in lists.flate", l, len(words))
		}
	}
	if len(lists) > 17_000 {
		t.Errorf("the lists take %d bytes of the customer's program", len(lists))
	}
}

// sound is a word as it is heard: Korean by its letters, without the vowels that are
// spoken alike today.
func sound(word string) string {
	return strings.NewReplacer("\u1162", "\u1166", "\u1164", "\u1168", "\u116b", "\u116c", "\u1170", "\u116c").Replace(norm.NFD.String(word))
}

func TestWordsAreTellable(t *testing.T) {
	for _, l := range text.Languages() {
		most, letters := 9, func(r rune) bool { return r >= 'a' && r <= 'z' }
		if l == text.Korean {
			most, letters = 3, func(r rune) bool { return r >= '가' && r <= '힣' }
		}
		seen := map[string]string{} // by nearForms
		for _, w := range list(l) {
			if n := utf8.RuneCountInString(w); n < 2 || n > most || strings.ContainsFunc(w, func(r rune) bool { return !letters(r) }) {
				t.Errorf("%s: %q is too short, too long, or no word", l, w)
			}
			if slices.Contains(unwanted, w) {
				t.Errorf("%s: %q is nothing to read to a customer", l, w)
			}
			s := []rune(sound(w))
			for _, form := range nearForms(s) {
				if other, near := seen[form]; near {
					t.Errorf("%s: %q and %q differ in less than two letters", l, w, other)
				}
			}
			for _, form := range nearForms(s) {
				seen[form] = w
			}
		}
	}
}

// nearForms are texts of which two words share one where they are alike but for one
// letter: the word with a mark in the place of each letter, and between any two.
func nearForms(s []rune) []string {
	forms := []string{string(s)}
	for i := range len(s) + 1 {
		forms = append(forms, string(s[:i])+"+"+string(s[i:]))
	}
	for i := range s {
		forms = append(forms, string(s[:i])+"+"+string(s[i+1:]))
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// unwanted are words that have no place in a call with a customer.
var unwanted = strings.Fields(`ass bastard bitch bomb cancer corpse death drug gun hell idiot kill knife murder negro nude pee poison rape
	rifle sex shit slave slut stupid suicide terror thief tit ugly war weapon whore
	개년 개새끼 거지 도둑 독약 똥 마약 멍청이 바보 병신 사망 살인 성기 시체 암 자살 전쟁 죽음 총 칼 테러 폭탄 해골 흉기`)

func TestKorean_BothLanguagesSayTheSamePair(t *testing.T) {
	p := Pair{0, Count - 1}
	if p.In(text.English) != list(text.English)[0]+" "+list(text.English)[Count-1] || p.In(text.Korean) != list(text.Korean)[0]+" "+list(text.Korean)[Count-1] {
		t.Error(p.In(text.English), p.In(text.Korean))
	}
}

// TestWhatIsComputed holds the sums: programs of different versions meet.
func TestWhatIsComputed(t *testing.T) {
	k := Keys{[]byte("host"), []byte("csr")}
	nd, nc := bytes.Repeat([]byte{1}, wire.WordsNonce), bytes.Repeat([]byte{2}, wire.WordsNonce)
	c := k.Commit(nd)
	if !k.Opens(c, nd) || k.Opens(c, nc) || k.Opens(c, nil) || k.Opens(nil, nd) || (Keys{k.CSR, k.Host}).Opens(c, nd) {
		t.Error("a commitment is opened by something else, or not at all")
	}
	p := k.Draw("482913077", nd, nc)
	for name, other := range map[string]Pair{
		"number": k.Draw("482913085", nd, nc), "daemon": k.Draw("482913077", nc, nc), "client": k.Draw("482913077", nd, nd),
		"host": Keys{[]byte("other"), k.CSR}.Draw("482913077", nd, nc), "csr": Keys{k.Host, []byte("other")}.Draw("482913077", nd, nc),
	} {
		if other == p {
			t.Errorf("another %s gives the same words", name)
		}
	}
	const digits, first, second = "77946 88046 21241 83960 86018 51674", 791, 685
	if got := k.Digits(); got != digits {
		t.Errorf("digits %s, want %s", got, digits)
	}
	if p != (Pair{first, second}) {
		t.Errorf("pair %v, want %d %d", p, first, second)
	}
}

func TestKeysAreNeverCertificates(t *testing.T) {
	ca, host, csr := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	certified := testkit.HostCert(t, ca, host, "482913077.support").PublicKey()
	if _, is := certified.(*ssh.Certificate); !is {
		t.Fatal("no certificate")
	}
	if KeysOf(certified, csr.PublicKey()).Digits() != KeysOf(host.PublicKey(), csr.PublicKey()).Digits() {
		t.Error("a certificate changes what is compared")
	}
}

// TestZ1_ASwapGivesOtherWords has a relay sit between both ends, with a key of its own for
// each, 10,000 times. It answers one end before it knows what the other opens.
func TestZ1_ASwapGivesOtherWords(t *testing.T) {
	const tries = 10_000
	alike := 0
	for range tries {
		toCSR, toHost := Keys{[]byte("relay's host key"), []byte("csr")}, Keys{[]byte("host"), []byte("relay's csr key")}
		customer := toHost.Draw("482913077", NewNonce(), NewNonce())
		rep := toCSR.Draw("482913077", NewNonce(), NewNonce())
		if customer == rep {
			alike++
		}
	}
	if alike > 1 { // each is one chance in 4,194,304: two are once in 350,000 runs of this test
		t.Errorf("%d of %d pairs are alike", alike, tries)
	}
}

// A pair stands among others that share no word with it, at a place that only the secret
// tells, and the others are the same each time.
func TestAPairAmongOthers(t *testing.T) {
	places := map[int]int{}
	for i := range 2000 {
		p := Pair{uint16(i * 7 % Count), uint16(i * 13 % Count)}
		secret := []byte{byte(i), byte(i >> 8)}
		pairs, place := p.Among(secret)
		again, same := p.Among(secret)
		if len(pairs) != Offered || pairs[place] != p || place != same || !slices.Equal(pairs, again) {
			t.Fatalf("%v: %v at %d, then %v at %d", p, pairs, place, again, same)
		}
		places[place]++
		seen := map[uint16]int{}
		for j, one := range pairs {
			for _, w := range []uint16{one.First, one.Second} {
				if at, has := seen[w]; has && at != j || w >= Count {
					t.Fatalf("%v: %d stands in two of %v", p, w, pairs)
				}
				seen[w] = j
			}
		}
	}
	for place := range Offered {
		if n := places[place]; n < 2000/Offered/2 {
			t.Errorf("place %d was taken %d times of 2000", place, n)
		}
	}
}
