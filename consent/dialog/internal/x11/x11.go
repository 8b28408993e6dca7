// Package x11 brings a program's window to the front of an X11 display, and says
// when it can be seen. It speaks as much of the protocol as that takes (X Window
// System Protocol, X Version 11; Extended Window Manager Hints 1.5), so that nothing
// has to be installed for it.
//
// The server at the other end is believed in nothing but what windows there are:
// what it sends is bounded, and no call waits longer than [patience].
package x11

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"time"
)

const (
	// patience bounds one request with its answer. A server that is busy longer shows
	// nothing either.
	patience = 2 * time.Second
	// maxReply bounds an answer, in bytes: the list of 16,000 windows.
	maxReply = 64 << 10
)

// ErrNoDisplay means that there is no X11 display of this computer by that name.
var ErrNoDisplay = errors.New("x11: no display of this computer")

// Display is a connection to an X server. It is not safe for concurrent use.
type Display struct {
	conn  net.Conn
	in    *bufio.Reader
	sent  uint16 // number of the last request
	root  uint32 // the window behind all others
	atoms map[string]uint32
}

// Open connects to a display as DISPLAY names it, ":0". Cookie is the one of
// [Cookie]; empty is none. The owner must call [Display.Close].
func Open(display string, cookie []byte) (*Display, error) {
	number := Number(display)
	if number == "" {
		return nil, ErrNoDisplay
	}
	path := "/tmp/.X11-unix/X" + number
	conn, err := net.DialTimeout("unix", path, patience)
	if err != nil {
		if conn, err = net.DialTimeout("unix", "@"+path, patience); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoDisplay, err)
		}
	}
	d := &Display{conn: conn, in: bufio.NewReader(conn), atoms: map[string]uint32{}}
	if err := d.connect(cookie); err != nil {
		conn.Close()
		return nil, err
	}
	return d, nil
}

// Number is the number of a display of this computer, "" of any other.
func Number(display string) string {
	match := regexp.MustCompile(`^(?:unix)?:([0-9]{1,5})(?:\.[0-9]{1,3})?$`).FindStringSubmatch(display)
	if match == nil {
		return ""
	}
	return match[1]
}

// Close ends the connection.
func (d *Display) Close() error { return d.conn.Close() }

// order is the byte order that the connection asks for ('l', protocol section 8).
var order = binary.LittleEndian

func pad(n int) int { return (4 - n%4) % 4 }

// connect is the connection setup (section 8): it proves that we may, and learns the root
// window of the first screen.
func (d *Display) connect(cookie []byte) error {
	name := ""
	if len(cookie) > 0 {
		name = cookieName
	}
	hello := []byte{'l', 0, 11, 0, 0, 0}
	hello = order.AppendUint16(hello, uint16(len(name)))
	hello = order.AppendUint16(hello, uint16(len(cookie)))
	hello = append(hello, 0, 0)
	hello = append(append(hello, name...), make([]byte, pad(len(name)))...)
	hello = append(append(hello, cookie...), make([]byte, pad(len(cookie)))...)
	if err := d.write(hello); err != nil {
		return err
	}
	head, err := d.read(8)
	if err != nil {
		return err
	}
	more, err := d.read(4 * int(order.Uint16(head[6:])))
	if err != nil {
		return err
	}
	const success = 1
	if head[0] != success {
		return errors.New("x11: the display does not let us in")
	}
	const fixed, format = 32, 8
	if len(more) < fixed {
		return errMalformed
	}
	vendor := int(order.Uint16(more[16:]))
	screens, formats := more[20], int(more[21])
	at := fixed + vendor + pad(vendor) + format*formats
	if screens == 0 || len(more) < at+4 {
		return errMalformed
	}
	d.root = order.Uint32(more[at:])
	return nil
}

var errMalformed = errors.New("x11: the display's answer is malformed")

func (d *Display) write(b []byte) error {
	if err := d.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := d.conn.Write(b)
	return err
}

func (d *Display) read(n int) ([]byte, error) {
	if n > 4*(1<<16) {
		return nil, errMalformed
	}
	b := make([]byte, n)
	_, err := io.ReadFull(d.in, b)
	return b, err
}

// request sends one (section 1): an opcode, a byte, and words.
func (d *Display) request(opcode, detail byte, words ...uint32) error {
	d.sent++
	b := order.AppendUint16([]byte{opcode, detail}, uint16(1+len(words)))
	for _, w := range words {
		b = order.AppendUint32(b, w)
	}
	return d.write(b)
}

// reply waits for the answer to the last request: its byte, and what follows the first 8.
func (d *Display) reply() (detail byte, body []byte, err error) {
	const isError, isReply = 0, 1
	for {
		head, err := d.read(32)
		if err != nil {
			return 0, nil, err
		}
		mine := order.Uint16(head[2:]) == d.sent
		switch head[0] {
		case isError:
			if mine {
				return 0, nil, fmt.Errorf("x11: error %d", head[1])
			}
		case isReply:
			more := order.Uint32(head[4:])
			if more > maxReply/4 {
				return 0, nil, errMalformed
			}
			rest, err := d.read(4 * int(more))
			if err != nil {
				return 0, nil, err
			}
			if mine {
				return head[1], append(head[8:], rest...), nil
			}
		}
	}
}

// Opcodes of the requests (protocol encoding, section "Requests").
const (
	getWindowAttributes = 3
	configureWindow     = 12
	queryTree           = 15
	internAtom          = 16
	getProperty         = 20
	sendEvent           = 25
	bell                = 104
)

// atom is the number that the server has for a name.
func (d *Display) atom(name string) (uint32, error) {
	if a, ok := d.atoms[name]; ok {
		return a, nil
	}
	d.sent++
	b := []byte{internAtom, 0}
	b = order.AppendUint16(b, uint16(2+(len(name)+pad(len(name)))/4))
	b = order.AppendUint16(b, uint16(len(name)))
	b = append(append(append(b, 0, 0), name...), make([]byte, pad(len(name)))...)
	if err := d.write(b); err != nil {
		return 0, err
	}
	_, body, err := d.reply()
	if err != nil {
		return 0, err
	}
	d.atoms[name] = order.Uint32(body)
	return d.atoms[name], nil
}

// property reads a window's property whose values are 32 bits wide; none where the window
// has no such property.
func (d *Display) property(window uint32, name string) ([]uint32, error) {
	a, err := d.atom(name)
	if err != nil {
		return nil, err
	}
	const anyType = 0
	if err := d.request(getProperty, 0, window, a, anyType, 0, maxReply/4); err != nil {
		return nil, err
	}
	width, body, err := d.reply()
	if err != nil || width != 32 {
		return nil, err
	}
	count, values := int(order.Uint32(body[8:])), body[24:]
	if count > len(values)/4 {
		return nil, errMalformed
	}
	list := make([]uint32, count)
	for i := range list {
		list[i] = order.Uint32(values[4*i:])
	}
	return list, nil
}
