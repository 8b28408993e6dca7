package sshd

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/cpu"

	"supportd/library/panics"
	"supportd/library/wire"
)

const (
	// maxVersionLine is RFC 4253 section 4.2's limit, line end included.
	maxVersionLine = 255
	// maxKexInit bounds a first packet; the largest real ones are about 2 kB.
	maxKexInit = 35000
	// kexInitPatience is how long a client may wait for our KEXINIT before it
	// sends its own and still have its ciphers looked at.
	kexInitPatience = 250 * time.Millisecond
	msgKexInit      = 20
)

var errNotSSH = errors.New("the client does not speak SSH 2.0")

// greeting exchanges the version lines and reads the client's KEXINIT (RFC 4253
// sections 4.2 and 7.1) before the SSH library does, so that the cipher can be
// chosen knowingly: the first cipher in the *client's* list wins, and stock
// OpenSSH names ChaCha20 or AES-CTR first, which cost the relay several times
// more than AES-GCM on a CPU with AES instructions. A client that can do
// AES-GCM is offered nothing else. The library then reads the same bytes as if
// nobody had read them before.
type greeting struct {
	version string   // ours, without the line end
	ciphers []string // what to offer

	client string     // the client's version line
	unsent int        // bytes of our version line that the library will write once more
	ahead  *readahead // nil when the library reads for itself
	broken error      // what ended the reading ahead
}

// readahead holds what was read and not yet given to the library.
type readahead struct {
	mu   sync.Mutex // no other lock is taken under it
	more sync.Cond
	data []byte
	done bool // nobody reads ahead any more
}

func (r *readahead) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data = append(r.data, p...)
	r.more.Broadcast()
	return len(p), nil
}

func (r *readahead) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = true
	r.more.Broadcast()
}

// take waits for bytes; none are left where it returns 0.
func (r *readahead) take(p []byte) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.data) == 0 && !r.done {
		r.more.Wait()
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n
}

// greet sends our version line and looks at what the client begins with. It
// reports whether the client speaks SSH 2.0.
func (c *Conn) greet() bool {
	c.version = wire.Banner(c.server.opts.Software)
	if _, err := io.WriteString(c.Conn, c.version+"\r\n"); err != nil {
		return false
	}
	c.unsent = len(c.version) + 2
	c.ahead = &readahead{}
	c.ahead.more.L = &c.ahead.mu
	hello := make(chan []string, 2) // the client's ciphers; closed unsent when it speaks no SSH
	ahead := c.ahead
	c.server.wait.Go(func() { // until KEXINIT is here, or the connection is closed
		defer ahead.finish()
		defer close(hello)
		defer panics.Keep(c.server.opts.Log, "greeting", nil)
		c.readAhead(ahead, hello)
	})
	patience := time.NewTimer(LoginGrace)
	defer patience.Stop()
	for {
		select {
		case theirs, ok := <-hello:
			switch {
			case !ok && errors.Is(c.broken, errNotSSH):
				c.refuse("this is an SSH server: use an SSH client")
				return false
			case !ok:
				return c.broken == nil
			case theirs == nil: // the version line is here, KEXINIT is not
				if !c.beginLogin() {
					return false
				}
				patience.Reset(kexInitPatience)
				c.ciphers = preferredCiphers(nil)
				continue
			}
			c.ciphers = preferredCiphers(theirs)
			return true
		case <-patience.C:
			return c.ciphers != nil
		}
	}
}

// greetBuffers are lent to [Conn.readAhead]. A new one for each login would leave a hole
// beside the buffers of the SSH library, which stay as long as the connection stands.
var greetBuffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4096) }}

// readAhead reads a version line and a KEXINIT packet into ahead. It sends nil
// to hello after the first and the client's ciphers after the second.
func (c *Conn) readAhead(ahead *readahead, hello chan<- []string) {
	// The buffer may read further than needed; what came along is kept too.
	r := greetBuffers.Get().(*bufio.Reader)
	defer greetBuffers.Put(r)
	r.Reset(io.TeeReader(readerFunc(c.receive), ahead))
	defer r.Reset(nil)
	line, err := readLine(r)
	if err != nil {
		c.broken = err
		return
	}
	if !bytes.HasPrefix(line, []byte("SSH-2.0-")) && !bytes.HasPrefix(line, []byte("SSH-1.99-")) {
		c.broken = errNotSSH
		return
	}
	c.client = string(bytes.TrimSuffix(line, []byte("\r")))
	hello <- nil
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		c.broken = err
		return
	}
	packet := make([]byte, min(binary.BigEndian.Uint32(head[:]), maxKexInit))
	if _, err := io.ReadFull(r, packet); err != nil {
		c.broken = err
		return
	}
	if theirs := kexInitCiphers(packet); len(theirs) > 0 {
		hello <- theirs
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for len(line) < maxVersionLine {
		b, err := r.ReadByte()
		switch {
		case err != nil:
			return nil, err
		case b == '\n':
			return line, nil
		}
		line = append(line, b)
	}
	return nil, errNotSSH
}

// kexInitCiphers reads from a KEXINIT packet the ciphers that the client takes
// in both directions, in its order; none where the packet is anything else.
func kexInitCiphers(packet []byte) []string {
	if len(packet) == 0 || int(packet[0])+1 > len(packet) {
		return nil
	}
	var m struct {
		Cookie                  [16]byte `sshtype:"20"`
		Kex, HostKey            []string
		CiphersOut, CiphersBack []string
		Rest                    []byte `ssh:"rest"`
	}
	if err := ssh.Unmarshal(packet[1:len(packet)-int(packet[0])], &m); err != nil {
		return nil
	}
	return slices.DeleteFunc(m.CiphersOut, func(c string) bool { return !slices.Contains(m.CiphersBack, c) })
}

// preferredCiphers is what a client with these ciphers is offered: AES-GCM
// alone where it helps, else everything we accept.
func preferredCiphers(theirs []string) []string {
	all := Ciphers()
	gcm := []string{ssh.CipherAES128GCM, ssh.CipherAES256GCM}
	if fastAES() && slices.ContainsFunc(theirs, func(c string) bool { return slices.Contains(gcm, c) }) {
		return gcm
	}
	return all
}

func fastAES() bool {
	return cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ || cpu.ARM64.HasAES && cpu.ARM64.HasPMULL || cpu.S390X.HasAESGCM
}

// Read gives the library first what was read ahead.
func (c *Conn) Read(p []byte) (int, error) {
	if c.ahead != nil {
		if n := c.ahead.take(p); n > 0 || len(p) == 0 {
			return n, nil
		}
		c.ahead = nil
	}
	n, err := c.receive(p)
	if n > 0 {
		c.watch.noteHeard()
	}
	return n, err
}

// receive reads from the connection. While OpenSSH logs in it sends nothing more until
// what it has sent is acknowledged (Nagle's algorithm), and twice it has more to send
// before it gets an answer: behind its version line, and behind its NEWKEYS.
func (c *Conn) receive(p []byte) (int, error) {
	if !c.proven.Load() {
		acknowledge(c.Conn)
	}
	return c.Conn.Read(p)
}

// readerFunc is an [io.Reader] of a function.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Write drops the version line that greet has sent already.
func (c *Conn) Write(p []byte) (int, error) {
	if c.unsent > 0 {
		n := min(c.unsent, len(p))
		c.unsent -= n
		if n == len(p) {
			return n, nil
		}
		rest, err := c.Conn.Write(p[n:])
		return n + rest, err
	}
	return c.Conn.Write(p)
}

// refuse tells a client before the key exchange why it is disconnected. Lines before
// the version line are allowed (RFC 4253 section 4.2), and a person with another
// program can read them, too.
func (c *Conn) refuse(text string) {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(c.Conn, text+"\r\n")
	c.End(errNotSSH)
}

// sendDisconnect tells a client, which has our version line, why its connection ends (RFC
// 4253 section 11.1): before the key exchange a packet has neither cipher nor MAC.
func (c *Conn) sendDisconnect(reason uint32, text string) {
	payload := ssh.Marshal(struct {
		Reason         uint32 `sshtype:"1"`
		Text, Language string
	}{reason, text, ""})
	const block, least = 8, 4 // of padding
	padding := least + (block-(4+1+len(payload)+least)%block)%block
	packet := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	packet = append(append(packet, byte(padding)), payload...)
	_ = c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.Conn.Write(append(packet, make([]byte, padding)...)) // who does not read it is closed too
}
