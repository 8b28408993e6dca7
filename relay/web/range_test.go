package web

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
)

// W9: what a Range means is RFC 9110's word, section 14, and never a part that is none.
func TestW9_RangesAsTheStandardReadsThem(t *testing.T) {
	programs, _ := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	const whole, none, beyond = "whole", "none", "99999999999999999999999" // more than 64 bits
	for _, path := range []string{"/d/support-agent-linux-amd64", "/d/" + aNumber + "/linux-amd64"} {
		_, all := s.ask(visitor, browse(path)+"\r\n")
		last := len(all) - 1
		for header, want := range map[string]string{
			"bytes=0-0": "0-0", "bytes=5-9": "5-9", "bytes=5-": fmt.Sprintf("5-%d", last), "bytes=-1": fmt.Sprintf("%d-%d", last, last), "bytes=-7": fmt.Sprintf("%d-%d", last-6, last),
			"bytes=005-0009": "5-9", fmt.Sprintf("bytes=%d-", last): fmt.Sprintf("%d-%d", last, last), fmt.Sprintf("bytes=3-%d", last+100): fmt.Sprintf("3-%d", last),
			"bytes=3-" + beyond: fmt.Sprintf("3-%d", last), "bytes=-" + beyond: fmt.Sprintf("0-%d", last), fmt.Sprintf("bytes=-%d", last+100): fmt.Sprintf("0-%d", last), // more than there is
			"Bytes=5-9": "5-9", "BYTES=5-9": "5-9", "bytes= 5-9 ,": "5-9", "bytes=,,5-9": "5-9", "bytes=5-9,-0": "5-9", "bytes=-0,5-9": "5-9", fmt.Sprintf("bytes=%d-,5-9", last+1): "5-9",

			"bytes=-0": none, "bytes=-000": none, "bytes=-0,-0": none, fmt.Sprintf("bytes=%d-", last+1): none, "bytes=" + beyond + "-": none, "bytes=" + beyond + "-" + beyond: none, fmt.Sprintf("bytes=%d-%d", last+1, last+9): none,
			"bytes=": none, "bytes=,": none, "bytes=-": none, "bytes=--1": none, "bytes=9-5": none, "bytes=5": none, "bytes=+5-9": none, "bytes=5-+9": none, "bytes=-+9": none, "bytes=5 - 9": none, "bytes=0x5-9": none, "bytes=5-9-": none,
			"bytes=five-": none, "bytes=5-9;6-7": none, "bytes=5-9,x": none, "bytes=٥-": none,

			"bytes=0-0,2-2": whole, "bytes=0-,0-,0-": whole, "bytes=" + strings.Repeat("0-0,", 1500) + "0-0": whole, // several parts
			"pages=5-9": whole, "bytes": whole, "bytes 5-9": whole, "=5-9": whole, "": whole, "bytes=5-9\r\nRange: bytes=6-7": whole,
		} {
			resp, got := s.ask(visitor, browse(path)+"Range: "+header+"\r\n\r\n")
			about := resp.Header.Get("Content-Range")
			switch want {
			case whole:
				if resp.StatusCode != http.StatusOK || got != all || about != "" {
					t.Errorf("%s %.60q: %v %q, %d bytes", path, header, resp.Status, about, len(got))
				}
			case none:
				if resp.StatusCode != http.StatusRequestedRangeNotSatisfiable || about != fmt.Sprintf("bytes */%d", len(all)) || len(got) > 100 || resp.Header.Get("Content-Disposition") != "" || resp.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s %.60q: %v, %d bytes, %v", path, header, resp.Status, len(got), resp.Header)
				}
			default:
				var from, to int
				if _, err := fmt.Sscanf(want, "%d-%d", &from, &to); err != nil {
					t.Fatal(err)
				}
				if resp.StatusCode != http.StatusPartialContent || about != fmt.Sprintf("bytes %s/%d", want, len(all)) || got != all[from:to+1] {
					t.Errorf("%s %.60q: %v %q, %d bytes", path, header, resp.Status, about, len(got))
				}
			}
		}
		// HEAD has no parts (section 14.2), and what holds the whole back comes first (13.2.2).
		nc := s.dial(visitor)
		go io.WriteString(nc, "HEAD "+path+" HTTP/1.1\r\nHost: r\r\nRange: bytes=5-9\r\n\r\n")
		if resp, err := http.ReadResponse(bufio.NewReader(nc), &http.Request{Method: http.MethodHead}); err != nil || resp.StatusCode != http.StatusOK || resp.ContentLength != int64(len(all)) {
			t.Errorf("%s, HEAD: %+v, %v", path, resp, err)
		}
		resp, _ := s.ask(visitor, browse(path)+"\r\n")
		tag := resp.Header.Get("ETag")
		for _, part := range []string{"bytes=5-9", "bytes=-0"} {
			if resp, _ := s.ask(visitor, browse(path)+"Range: "+part+"\r\nIf-None-Match: "+tag+"\r\n\r\n"); resp.StatusCode != http.StatusNotModified {
				t.Errorf("%s %s, known already: %v", path, part, resp.Status)
			}
			if resp, _ := s.ask(visitor, browse(path)+"Range: "+part+"\r\nIf-Match: \"other\"\r\n\r\n"); resp.StatusCode != http.StatusPreconditionFailed {
				t.Errorf("%s %s of another: %v", path, part, resp.Status)
			}
			// Neither another tag, nor a weak one, nor a time says that the bytes are the same.
			for _, other := range []string{`"other"`, "W/" + tag, "Thu, 26 Nov 2099 00:00:00 GMT"} {
				if resp, got := s.ask(visitor, browse(path)+"Range: "+part+"\r\nIf-Range: "+other+"\r\n\r\n"); resp.StatusCode != http.StatusOK || got != all {
					t.Errorf("%s %s if %s: %v, %d bytes", path, part, other, resp.Status, len(got))
				}
			}
		}
		if when := resp.Header.Get("Last-Modified"); when != "" {
			t.Errorf("%s tells a time, which other bytes may have, too: %s", path, when)
		}
	}
}

// W9: a relay of another build may pack the same program into other bytes. It then has
// another ETag, so that no download goes on with them.
func TestW9_AnotherPacker(t *testing.T) {
	for _, to := range []system{{"linux", "amd64"}, {"darwin", "arm64"}} {
		programs, _ := newPrograms(t)
		s := newSite(t, func(o *Options) { o.Programs = programs })
		path := browse("/d/" + aNumber + "/" + to.String())
		before, first := s.ask(visitor, path+"\r\n")

		edition := programs.find(system.String, to.String()).now
		was := edition.packed.Load()
		var body bytes.Buffer
		squeeze, err := flate.NewWriter(&body, flate.NoCompression)
		if err != nil {
			t.Fatal(err)
		}
		content := content(to)
		_, err = squeeze.Write(append(bytes.Clone(content), make([]byte, was.bytes-was.size)...))
		if err = errors.Join(err, squeeze.Close()); err != nil {
			t.Fatal(err)
		}
		other := *was
		other.keep(body.Bytes())
		edition.packed.Store(&other)
		after, second := s.ask(visitor, path+"Range: bytes=5-\r\nIf-Range: "+before.Header.Get("ETag")+"\r\n\r\n")
		if after.StatusCode != http.StatusOK || after.Header.Get("ETag") == before.Header.Get("ETag") || first == second {
			t.Errorf("%v: %v, ETag %v", to, after.Status, after.Header.Get("ETag"))
		}
		if _, _, program := unpack(t, after, second); program != string(content) {
			t.Errorf("%v: the other archive is no good one", to)
		}
	}
}

// Whatever a set of ranges says, the part lies inside.
func FuzzW9_Range(f *testing.F) {
	for _, set := range []string{"0-", "-0", "5-9", "-9223372036854775808", "9223372036854775807-", "0-0,1-1", "-", ",", "18446744073709551616-", " 1-2\t,"} {
		f.Add(set, int64(100))
	}
	f.Fuzz(func(t *testing.T, set string, size int64) {
		if size <= 0 {
			size = math.MaxInt64
		}
		first, last, parts := partOf(set, size)
		if parts > 0 && (first < 0 || last < first || last >= size) || parts > strings.Count(set, ",")+1 {
			t.Errorf("%q of %d: %d-%d, %d parts", set, size, first, last, parts)
		}
	})
}
