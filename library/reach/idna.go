package reach

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// asciiHost is a name as DNS has it: the rules of UTS 46 for looking a name up
// (RFC 5891 section 5). It refuses what is no such name.
//
// net/http makes this of the host of every address before it dials it, with tables
// of its own that are no package. So it is asked here, for an address that is not
// dialled: the same rules as golang.org/x/net/idna would bring the same tables into
// support-agent a second time, 95 kB of them.
func asciiHost(host string) (string, error) {
	if isASCII(host) {
		return host, nil
	}
	if host == "" || strings.ContainsAny(host, ":[]") { // what ends a host in an address
		return "", errNoName
	}
	var dialled string
	names := &http.Transport{DisableKeepAlives: true, DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		dialled = addr
		return nil, errNoName
	}}
	resp, err := names.RoundTrip(&http.Request{Method: http.MethodHead, URL: &url.URL{Scheme: "http", Host: host}, Header: http.Header{}})
	if err == nil {
		resp.Body.Close()
	}
	name, _, err := net.SplitHostPort(dialled)
	if err != nil || !isASCII(name) {
		return "", errNoName
	}
	return name, nil
}

var errNoName = errors.New("this is no name that DNS can have")
