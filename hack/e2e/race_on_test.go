//go:build race

package e2e_test

// raceFlags are those of the programs that the tests start: where the tests run under
// the race detector, the programs do as well. SQLite is left out, as in hack/test, which
// says why.
func raceFlags() []string { return []string{"-race", "-gcflags=modernc.org/sqlite/lib=-race=false"} }
