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
		enabled := 0
		for _, s := range cfg.Sources {
			if s.Enabled {
				enabled++
			}
		}
		fmt.Fprintf(e.out, "ok: %d sources, %d of them enabled\n", len(cfg.Sources), enabled)
		return nil
	}
	return cmd
}
