package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/parse"
	"laenderfeed/config"
)

// maxOPML is one byte more than is read, so that the reader sees and says what
// is wrong.
const maxOPML = 4<<20 + 1

func (e env) sourcesImportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import [flags] FILE",
		Short: "Read a subscription list (OPML) and print its feeds as [[source]] tables",
		Long: `Import reads the subscription list of a feed reader, or one that "sources export"
wrote ("-" for standard input), and prints what the configuration does not have yet
as [[source]] tables, to be looked at and put into it:

    laenderfeed sources import feeds.opml >> /etc/laenderfeed/config.toml

It changes no file and asks nobody. Ids are made of the names; a folder called after
a Land gives the region. A feed that the catalogue has switched off is switched on
instead of listed twice. What is left out is said with its line.`,
		Args: args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, files []string) error { return e.importOPML(*path, files[0]) }
	return cmd
}

func (e env) importOPML(path, file string) error {
	cfg, err := e.loadConfig(path)
	if err != nil {
		return err
	}
	data, err := e.readOPML(file)
	if err != nil {
		return usageError{fmt.Errorf("reading the subscription list: %w", err)}
	}
	im, err := cfg.ReadOPML(file, data, config.Options{CheckSelector: parse.CheckSelector})
	if err != nil {
		var faults config.Errors
		if errors.As(err, &faults) {
			fmt.Fprintln(e.err, faults.Format())
			return errReported
		}
		return err
	}
	if len(im.Warnings) > 0 {
		fmt.Fprintln(e.err, im.Warnings.Format())
	}
	if _, err := io.WriteString(e.out, im.TOML()); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%d sources to add, %d there already, %d remarks\n", len(im.Sources), im.Alike, len(im.Warnings))
	return nil
}

func (e env) readOPML(file string) ([]byte, error) {
	in := e.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, maxOPML))
}

func (e env) sourcesExportCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the enabled sources as a subscription list (OPML)",
		Long: `Export prints the enabled sources, with --all those too that are off, as OPML 2.0.
Feed readers take the feeds out of it; "sources import" gives back every key of
every source, pages and their selectors included.`,
		Args: args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "export the sources that are off, too")
	cmd.RunE = func(*cobra.Command, []string) error {
		cfg, err := e.loadConfig(*path)
		if err != nil {
			return err
		}
		sources := slices.DeleteFunc(cfg.Sources, func(s aggregator.Source) bool { return !all && !s.Enabled })
		_, err = e.out.Write(config.FormatOPML("laenderfeed: Quellen", sources))
		return err
	}
	return cmd
}
