package script

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/encoding/korean"
)

// content is what comes out of a pipe.
type content struct {
	chunks []string // there already when reading begins
	held   bool     // somebody keeps its other end open
	more   string   // and writes this once a millisecond
}

type pipe struct {
	content
	once   sync.Once
	closed chan struct{}
}

func newPipe(c content) *pipe {
	return &pipe{content: c, closed: make(chan struct{})}
}

func (p *pipe) Read(b []byte) (int, error) {
	select {
	case <-p.closed:
		return 0, io.ErrClosedPipe
	default:
	}
	if len(p.chunks) > 0 {
		n := copy(b, p.chunks[0])
		p.chunks = p.chunks[1:]
		return n, nil
	}
	if p.more != "" {
		select {
		case <-p.closed:
			return 0, io.ErrClosedPipe
		case <-time.After(time.Millisecond):
			return copy(b, p.more), nil
		}
	}
	if !p.held {
		return 0, io.EOF
	}
	<-p.closed
	return 0, io.ErrClosedPipe
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// S9: what a console of Windows writes in its code page becomes text, however the bytes
// come; what is UTF-8 stays, until the first byte that cannot be.
func TestS9_TheConsolesCodePage(t *testing.T) {
	encoded := func(s string) string {
		b, err := korean.EUCKR.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for all, want := range map[string]string{
		encoded("한글 abc\r\n각\r가\r\n"):        "한글 abc\n각\\x0d가\n",
		encoded("각") + "\\x1b" + "\x1b[2J\r": "각\\x5cx1b\\x1b[2J\\x0d",
		encoded("가") + "\xb0":                "가\ufffd",
		"UTF-8: 한글\r\n":                      "UTF-8: 한글\n",
		"plain\r\n":                          "plain\n",
		"":                                   "",
	} {
		for size := 1; size <= max(1, len(all)); size++ {
			tx := &textifier{console: korean.EUCKR.NewDecoder()}
			var got strings.Builder
			for chunk := range slices.Chunk([]byte(all), size) {
				got.WriteString(tx.text(chunk, false))
			}
			if got.WriteString(tx.text(nil, true)); got.String() != want {
				t.Errorf("%q in pieces of %d: %q, want %q", all, size, got.String(), want)
			}
		}
	}
}

// TestD1_ASlowDiskCostsNoOutput records each chunk more slowly than the pipes
// would be waited for.
func TestD1_ASlowDiskCostsNoOutput(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	const slow = drainTime * 3 / 4
	ten := strings.Split("0123456789", "")
	const beat = 37 * time.Millisecond // seldom ends together with a step
	for name, c := range map[string]struct {
		hard   context.Context
		out    content
		emit   time.Duration
		want   int // bytes
		atMost time.Duration
	}{
		"all of it is taken":            {t.Context(), content{chunks: ten}, slow, 10, 10 * slow},
		"a survivor is not waited for":  {t.Context(), content{chunks: ten, held: true}, slow, 10, 10*slow + drainTime + drainStep},
		"an endless one has its bounds": {t.Context(), content{more: strings.Repeat("x", readSize)}, beat, MaxOutput, 2 * MaxOutput / readSize * beat},
		"a Stop waits no longer":        {stopped, content{chunks: ten}, slow, 2, 2 * slow},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var o outputs
				got := 0
				stdout := newPipe(c.out)
				began := time.Now()
				o.copy(stdout, func(text string, _ []byte) error {
					time.Sleep(c.emit)
					got += len(text)
					return nil
				})
				o.finish(c.hard, stdout)
				if took := time.Since(began); got != c.want || took > c.atMost {
					t.Errorf("%d bytes in %v, not %d in %v", got, took, c.want, c.atMost)
				}
			})
		})
	}
}
