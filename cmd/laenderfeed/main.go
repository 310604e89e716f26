// Command laenderfeed polls the news sources of German e-government, decides
// for every item which Land and which topics it is about, and republishes clean
// feeds. See README.md for a session, and aggregator's package documentation
// for how it is built.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // Europe/Berlin also where the system has no zone data
)

// softMemory is from how many bytes on the collector works harder rather than let
// the heap grow further. What is in use stays below: the rules, the answers kept by
// package feeds, and documents, whose memory [parsing] and package fetch bound.
const softMemory = 112 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], env{in: os.Stdin, out: os.Stdout, err: os.Stderr, get: os.Getenv})
	stop()
	os.Exit(code)
}
