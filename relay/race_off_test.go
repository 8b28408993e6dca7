//go:build !race

package relay

// slowdown is how much longer things take here than in the program: nothing is added.
const slowdown = 1
