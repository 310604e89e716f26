package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (e env) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check a configuration: every error with file, line, key and a hint",
		Args:  args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		cfg, err := e.loadConfig(*path)
		if err != nil {
			return err
		}
		if len(cfg.Warnings) > 0 {
			fmt.Fprintln(e.err, cfg.Warnings.Format())
		}
		fmt.Fprintf(e.out, "ok: %d sources, %d of them enabled\n", len(cfg.Sources), countEnabled(cfg.Sources))
		return nil
	}
	return cmd
}
