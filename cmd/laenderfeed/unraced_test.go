package main

import "testing"

// unraced skips a test that reads or writes so much that the race detector would
// take many minutes for it. CI runs it without.
func unraced(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("takes too long with the race detector; runs without it")
	}
}
