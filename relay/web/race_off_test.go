//go:build !race

package web

const (
	// raceDetector tells whether the race detector is on, with which everything takes
	// longer.
	raceDetector = false
	// idleTunnels is how many connections the memory of one is measured with.
	idleTunnels = 200
)
