//go:build race

package relay

// slowdown is how much longer things take under the race detector.
const slowdown = 10
