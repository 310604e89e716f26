// Command gen writes the gazetteer of package classify: every Gemeinde, Kreis,
// Regierungsbezirk and Gemeindeverband of Germany with its official key, its
// name, the short form the press uses, its Land and its population.
//
// It reads three npm packages, in fixed versions (see [packages]): the
// administrative areas of the BKG, the populated places of GeoNames, and the
// Kreise of Destatis. NOTICE in the module root names the licences. Without
// -from it fetches them with the npm client of the machine, as configured
// there, into a temporary folder; with -from it reads the tarballs in a folder.
//
//	go generate ./aggregator/classify
//	go run ./aggregator/classify/gen -from ~/tarballs -out /tmp/gazetteer.tsv
//
// Same packages, same bytes: the output is sorted and holds no date. Polygons
// are read past, never kept; memory stays at a few tens of megabytes.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run is the command without the process around it.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	from := flags.String("from", "", "folder with the three package tarballs; fetched with npm when empty")
	out := flags.String("out", "data/gazetteer.tsv", "file to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir := *from
	if dir == "" {
		tmp, err := os.MkdirTemp("", "gazetteer")
		if err != nil {
			return fmt.Errorf("making a folder for the packages: %w", err)
		}
		defer os.RemoveAll(tmp)
		if err := pack(ctx, tmp, stderr); err != nil {
			return err
		}
		dir = tmp
	}
	rows, err := build(dir)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	write(&buf, rows)
	if err := os.WriteFile(*out, buf.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing the gazetteer: %w", err)
	}
	fmt.Fprintf(stderr, "%s: %d rows, %d bytes\n", *out, len(rows), buf.Len())
	return nil
}
