package reach

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// aRecord is a TLS record, as far as its length goes.
func aRecord(length int) []byte {
	return append([]byte{0x17, 3, 3, byte(length >> 8), byte(length)}, bytes.Repeat([]byte{byte(length)}, length)...)
}

// At first a read ends with a record, whatever has come; then it takes all there is.
func TestByRecord(t *testing.T) {
	var sent []byte
	lengths := []int{0, 1, 277, 300, 16640, 5}
	for _, length := range lengths {
		sent = append(sent, aRecord(length)...)
	}
	if recordBytes >= len(sent) {
		t.Fatal("more has to be sent")
	}
	for name, from := range map[string]io.Reader{
		"at once":       bytes.NewReader(sent),
		"byte by byte":  iotest.OneByteReader(bytes.NewReader(sent)),
		"its beginning": io.MultiReader(bytes.NewReader(sent[:8]), bytes.NewReader(sent[8:])),
	} {
		t.Run(name, func(t *testing.T) {
			c := ByRecord(&said{in: from})
			var got []byte
			for p, i := make([]byte, 1<<15), 0; ; i++ {
				n, err := c.Read(p)
				got = append(got, p[:n]...)
				if err != nil {
					if !errors.Is(err, io.EOF) {
						t.Error(err)
					}
					break
				}
				if i < len(lengths)-1 && n != recordHeader+lengths[i] {
					t.Errorf("read %d has %d bytes", i, n)
				}
			}
			if !bytes.Equal(got, sent) {
				t.Errorf("%d bytes were read, other than the %d that were sent", len(got), len(sent))
			}
		})
	}
}

// However the bytes are cut, and however little room there is for them, they are what was
// sent, and an error comes behind them.
func FuzzByRecord(f *testing.F) {
	f.Add(append(aRecord(3), aRecord(700)...), 100)
	f.Add([]byte("\x17\x03\x03\xff\xff and no more"), 3)
	f.Add([]byte("\x16\x03"), 1)
	f.Fuzz(func(t *testing.T, sent []byte, room int) {
		c := ByRecord(&said{in: iotest.TimeoutReader(iotest.HalfReader(bytes.NewReader(sent)))})
		var got []byte
		p, late := make([]byte, 1+max(room, 0)%600), 0
		for {
			n, err := c.Read(p)
			got = append(got, p[:n]...)
			if errors.Is(err, iotest.ErrTimeout) && late == 0 {
				late++
				continue
			}
			if err != nil {
				break
			}
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("%q was read, %q was sent", got, sent)
		}
	})
}

// The library finds in it what it needs, also when a client begins with what is no TLS.
func TestByRecordOfWhatIsNoTLS(t *testing.T) {
	for _, sent := range []string{"", "\x16", "\x16\x03\x01", "\x16\x03\x01\x00\x05", "\x16\x03\x01\x00\x05\x01\x00", "GET / HTTP/1.1\r\n\r\n"} {
		err := tls.Server(ByRecord(&said{in: bytes.NewReader([]byte(sent))}), &tls.Config{}).Handshake()
		var wrong tls.RecordHeaderError
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &wrong) {
			t.Errorf("%q: %v", sent, err)
		}
	}
}
