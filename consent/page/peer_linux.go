package page

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// userOf is the user whose socket is at the end from of a connection to to, both on
// this computer, as proc_net(5) and the kernel's proc_net_tcp.rst tell it. A browser
// may have an IPv6 socket that speaks IPv4.
func userOf(from, to netip.AddrPort) (int, peer) {
	untold := 0
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			untold++
			continue
		}
		if err != nil {
			return 0, peerUnknown
		}
		user, found := search(bufio.NewScanner(f), from, to)
		f.Close()
		if found {
			return user, peerKnown
		}
	}
	if untold == 2 {
		return 0, peerUntold
	}
	return 0, peerUnknown
}

// search looks through one table. Its columns are number, local and remote address,
// state, two pairs of figures, retransmits, and the user.
func search(table *bufio.Scanner, from, to netip.AddrPort) (user int, found bool) {
	const established = "01"
	port := fmt.Sprintf(":%04X ", from.Port())
	for table.Scan() {
		if !strings.Contains(table.Text(), port) { // there may be thousands of others
			continue
		}
		columns := strings.Fields(table.Text())
		if len(columns) < 8 || columns[3] != established {
			continue
		}
		local, ok1 := parseEnd(columns[1])
		remote, ok2 := parseEnd(columns[2])
		if !ok1 || !ok2 || local != unmapped(from) || remote != unmapped(to) {
			continue
		}
		user, err := strconv.Atoi(columns[7])
		return user, err == nil
	}
	return 0, false
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// parseEnd reads ADDRESS:PORT: words of 32 bits in the computer's byte order, and a
// port in hexadecimal. We build for computers with little endian only.
func parseEnd(s string) (netip.AddrPort, bool) {
	address, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(address)
	if err != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	a, ok := netip.AddrFromSlice(raw)
	n, err := strconv.ParseUint(port, 16, 16)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), ok && err == nil
}
