//go:build unix

package script

import "golang.org/x/text/encoding"

// consoleDecoder is nil: programs write UTF-8 here, or bytes that are shown as such.
func consoleDecoder() *encoding.Decoder { return nil }
