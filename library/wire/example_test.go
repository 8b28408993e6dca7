package wire_test

import (
	"errors"
	"fmt"

	"supportd/library/wire"
)

// A session number is taken as people write and say it. Its last digit finds a
// mistyped one before anybody is asked.
func ExampleParseNumber() {
	n, err := wire.ParseNumber("482 913-077")
	fmt.Println(n, err)
	fmt.Println(n.Spoken())
	fmt.Println(n.Host())

	_, err = wire.ParseNumber("482 913 078")
	fmt.Println(errors.Is(err, wire.ErrNumberCheck))
	_, err = wire.ParseNumber("48291307")
	fmt.Println(errors.Is(err, wire.ErrNumberShape))
	// Output:
	// 482913077 <nil>
	// 482 913 077
	// 482913077.support
	// true
	// true
}

// A payload is bytes on the wire. What is parsed is within its limits, or an
// error.
func ExampleEnd() {
	sent := wire.End{By: "alice", Reason: "all is well"}.Marshal()
	end, err := wire.ParseEnd(sent)
	fmt.Printf("%s: %s, %v\n", end.By, end.Reason, err)

	_, err = wire.ParseEnd(sent[:len(sent)-1])
	fmt.Println(errors.Is(err, wire.ErrPayload))
	// Output:
	// alice: all is well, <nil>
	// true
}

// Programs tell their protocol version in the first line of a connection.
func ExampleBannerVersion() {
	banner := wire.Banner("supportctl")
	version, ok := wire.BannerVersion(banner)
	fmt.Println(banner, version == wire.ProtocolVersion, ok)
	_, ok = wire.BannerVersion("SSH-2.0-OpenSSH_9.9")
	fmt.Println(ok)
	// Output:
	// SSH-2.0-supportctl protocol-1 true true
	// false
}
