package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator/store"
)

func (e env) splitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "split ID",
		Short: "Take an item out of its story",
		Long: "Items of several sources that tell the same news are one entry in the feeds. split gives an item that was\n" +
			"taken for the same by mistake an entry of its own, for good. explain ID shows what tells the same.",
		Args: args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		cfg, err := e.loadConfig(*path)
		if err != nil {
			return err
		}
		a, err := e.open(cmd.Context(), cfg, discard(), nil)
		if err != nil {
			return err
		}
		defer a.close()
		switch split, err := a.store.Split(cmd.Context(), ids[0]); {
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("no item %q is stored", ids[0])
		case err != nil:
			return err
		case !split:
			fmt.Fprintln(e.out, "The item is in no story.")
		default:
			fmt.Fprintln(e.out, "The item has an entry of its own now.")
		}
		return nil
	}
	return cmd
}
