// Command laenderfeed polls the news sources of German e-government, decides
// for every item which Land and which topics it is about, and republishes clean
// feeds. See README.md for a session, and aggregator's package documentation
// for how it is built.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // Europe/Berlin also where the system has no zone data
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], env{in: os.Stdin, out: os.Stdout, err: os.Stderr, get: os.Getenv})
	stop()
	os.Exit(code)
}
