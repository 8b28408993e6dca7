package wire

import (
	"bytes"
	"testing"
)

func FuzzWordsMessages(f *testing.F) {
	nonce := bytes.Repeat([]byte{7}, WordsNonce)
	f.Add(WordsCommit{WordsVersion, nonce}.Marshal())
	f.Add(WordsCommit{WordsVersion, nil}.Marshal())
	f.Add(WordsCommit{WordsVersion, nonce[1:]}.Marshal())
	f.Add(WordsAnswer{WordsVersion + 1, nonce}.Marshal())
	f.Add(WordsOpening{nonce}.Marshal())
	f.Add(WordsVerdict{WordsVersion, true}.Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := ParseWordsCommit(data); err == nil && (!bytes.Equal(m.Marshal(), data) || len(m.Sum) != 0 && len(m.Sum) != WordsNonce) {
			t.Errorf("%q was read as %+v", data, m)
		}
		if m, err := ParseWordsAnswer(data); err == nil && (!bytes.Equal(m.Marshal(), data) || len(m.Nonce) != WordsNonce) {
			t.Errorf("%q was read as %+v", data, m)
		}
		if m, err := ParseWordsOpening(data); err == nil && (!bytes.Equal(m.Marshal(), data) || len(m.Nonce) != WordsNonce) {
			t.Errorf("%q was read as %+v", data, m)
		}
		if m, err := ParseWordsVerdict(data); err == nil && !bytes.Equal(m.Marshal(), data) {
			t.Errorf("%q was read as %+v", data, m)
		}
	})
}
