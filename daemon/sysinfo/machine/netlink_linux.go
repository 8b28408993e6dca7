package machine

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/document"
)

// askLinks reads all adapters, then all addresses: two answers, however many
// adapters there are. Asking for each adapter on its own takes time
// that grows with the square of their number.
func askLinks() (links, addresses []byte, err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, nil, fmt.Errorf("netlink: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 2}); err != nil {
		return nil, nil, fmt.Errorf("netlink: %w", err)
	}
	if links, err = dump(fd, unix.RTM_GETLINK, 1); err != nil {
		return nil, nil, fmt.Errorf("adapters: %w", err)
	}
	if addresses, err = dump(fd, unix.RTM_GETADDR, 2); err != nil {
		return links, nil, fmt.Errorf("addresses: %w", err)
	}
	return links, addresses, nil
}

// maxDump bounds one answer: some twenty thousand adapters.
const maxDump = 64 << 20

func dump(fd int, kind uint16, sequence uint32) ([]byte, error) {
	var all []byte
	for range 3 { // an answer is not whole when adapters came or went meanwhile
		request := make([]byte, unix.SizeofNlMsghdr+unix.SizeofIfInfomsg)
		binary.NativeEndian.PutUint32(request, uint32(len(request)))
		binary.NativeEndian.PutUint16(request[4:], kind)
		binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
		binary.NativeEndian.PutUint32(request[8:], sequence)
		if err := unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return nil, err
		}
		var spoilt bool
		var err error
		if all, spoilt, err = answer(fd); err != nil || !spoilt {
			return all, err
		}
		sequence += 16
	}
	return all, nil
}

// answer reads one dump to its end.
func answer(fd int) (all []byte, spoilt bool, err error) {
	buffer := make([]byte, 256<<10)
	for {
		n, _, err := unix.Recvfrom(fd, buffer, 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return all, false, err
		}
		for b := buffer[:n]; len(b) >= unix.SizeofNlMsghdr; {
			length := binary.NativeEndian.Uint32(b)
			kind, flags := binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:])
			if int(length) < unix.SizeofNlMsghdr || int(length) > len(b) {
				return all, false, document.ErrUnknown
			}
			spoilt = spoilt || flags&unix.NLM_F_DUMP_INTR != 0
			switch kind {
			case unix.NLMSG_DONE:
				return all, spoilt, nil
			case unix.NLMSG_ERROR:
				if length < unix.SizeofNlMsghdr+4 {
					return all, false, document.ErrUnknown
				}
				return all, false, unix.Errno(-int32(binary.NativeEndian.Uint32(b[unix.SizeofNlMsghdr:])))
			}
			b = b[min((int(length)+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1), len(b)):]
		}
		if all = append(all, buffer[:n]...); len(all) > maxDump {
			return all, false, ErrFlood
		}
	}
}
