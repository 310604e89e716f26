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
// the heap grow to twice of what is in use. Half of it is what the program needs;
// the rest is for documents, whose memory [parsing] and package fetch bound.
// GOMEMLIMIT in the environment replaces it.
const softMemory = 96 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], env{in: os.Stdin, out: os.Stdout, err: os.Stderr, get: os.Getenv})
	stop()
	os.Exit(code)
}
