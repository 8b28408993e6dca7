package sshd

import (
	"net"
	"syscall"
)

// acknowledge lets the system acknowledge at once what has come by TCP, and what comes
// next. Else Linux waits up to 40 ms for an answer that could carry the acknowledgement.
// It goes back to that by itself (tcp(7), TCP_QUICKACK), so it is told before each read.
func acknowledge(nc net.Conn) {
	has, ok := nc.(syscall.Conn)
	if !ok {
		return
	}
	socket, err := has.SyscallConn()
	if err != nil {
		return
	}
	// What fails here costs time and nothing else: the connection is closed, or no TCP.
	_ = socket.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
