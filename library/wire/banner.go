package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// DaemonSoftware is how support-agent calls itself in its [Banner]. The relay has a line
// of their own for computers, so it never changes.
const DaemonSoftware = "supportd_daemon"

// Full is what a server tells a client for which it has no place to log in: in a line before
// its version line, or as the description of a DISCONNECT.
const Full = "too many connections are waiting to log in; try again in a minute"

// ReasonTooManyConnections is that of such a DISCONNECT (RFC 4253 section 11.1).
const ReasonTooManyConnections = 12

// Banner is the identification string (RFC 4253 section 4.2) of a program of
// ours. [ProtocolVersion] stands in its comment, so that two programs of
// different versions notice before they misunderstand each other.
func Banner(software string) string {
	return fmt.Sprintf("SSH-2.0-%s protocol-%d", software, ProtocolVersion)
}

// BannerVersion reads the protocol version out of what [Banner] made. ok is
// false for the banner of a program that is not ours.
func BannerVersion(banner string) (version int, ok bool) {
	_, comment, _ := strings.Cut(banner, " ")
	digits, found := strings.CutPrefix(comment, "protocol-")
	version, err := strconv.Atoi(digits)
	return version, found && err == nil && version > 0
}
