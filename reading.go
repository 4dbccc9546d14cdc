package main

import "runtime"

// longText is from how many bytes on reading a text takes so long that others would notice.
const longText = 4 << 10

// inTurn has long texts read by all processors but one each, one after the other: whoever saves many of them at once keeps
// nobody from reading, and few trees of what is in them are in memory at one time.
func inTurn(read func(text string) (string, error)) func(text string) (string, error) {
	turns := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))
	return func(text string) (string, error) {
		if len(text) >= longText {
			turns <- struct{}{}
			defer func() { <-turns }()
		}
		return read(text)
	}
}
