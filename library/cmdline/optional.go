package cmdline

import "github.com/urfave/cli/v2"

// OptionalFlag is a flag whose value may be left out: --NAME, --NAME=VALUE. The word behind
// it is never taken for its value. Without a value it is set, and "".
type OptionalFlag struct{ *cli.StringFlag }

// TakesValue implements [cli.DocGenerationFlag].
func (OptionalFlag) TakesValue() bool { return false }
