package wire

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// JoinPath is where the join page of a number is, below the relay's web address.
const JoinPath = "/j/"

// ErrWeb is the error of [CheckWeb].
var ErrWeb = errors.New("an address such as https://relay.example is wanted, without a path")

// CheckWeb reports whether an address can be that of a relay's join page: https, a
// host and perhaps a port; http on loopback alone, where nobody listens. It has no
// letter that a terminal or a shell takes for anything else.
func CheckWeb(address string) error {
	u, err := url.Parse(address)
	if err != nil || !webAddress.MatchString(address) {
		return ErrWeb
	}
	if u.Scheme == "http" {
		if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() {
			return ErrWeb
		}
	}
	return nil
}

// hostForm is HOST or HOST:PORT as it may stand in an address.
const hostForm = `([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?`

var (
	webAddress = regexp.MustCompile(`^https?://` + hostForm + `/?$`)
	webHost    = regexp.MustCompile(`^` + hostForm + `$`)
)

// IsWebHost reports whether the Host of a request, or of an address, is HOST or
// HOST:PORT and nothing more.
func IsWebHost(host string) bool { return webHost.MatchString(host) }

// Link is where a customer begins with a number. web is the relay's web address.
func Link(web string, n Number) string { return strings.TrimSuffix(web, "/") + JoinPath + string(n) }

// CheckLink reports whether a relay may have said this of a number.
func CheckLink(link string, n Number) error {
	if WebOf(link, n) == "" {
		return ErrWeb
	}
	return nil
}

// WebOf is the web address to whose join page a link leads, or "".
func WebOf(link string, n Number) string {
	web, ok := strings.CutSuffix(link, JoinPath+string(n))
	if !ok || CheckWeb(web) != nil {
		return ""
	}
	return web
}
