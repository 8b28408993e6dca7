package script

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
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
