//go:build race

package sample_test

// raceDetector says that the race detector slows everything down.
const raceDetector = true
