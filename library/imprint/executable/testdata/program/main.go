// Command program stands in for support-agent where only its file matters: it has the region
// for an imprint and little else.
package main

import "supportd/library/imprint"

func main() {
	if _, ok, err := imprint.Own(); ok || err != nil {
		panic("this is not the stock program")
	}
}
