package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
)

type explainOptions struct {
	config, text, title, region string
}

func (e env) explainCommand() *cobra.Command {
	var opt explainOptions
	cmd := &cobra.Command{
		Use:   "explain (ID | --text TEXT)",
		Short: "Show why an item, or a text, is about a Land, a place or a topic",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, ids []string) error {
			given := opt.text != "" || opt.title != ""
			switch {
			case given && len(ids) > 0:
				return usageError{errors.New("an ID and a text exclude each other")}
			case given:
				return e.explainText(opt)
			case len(ids) == 1:
				return e.explainItem(cmd.Context(), opt, ids[0])
			default:
				return usageError{errors.New("explain needs the ID of an item or --text")}
			}
		},
	}
	cmd.Flags().StringVar(&opt.config, "config", "", configUsage)
	cmd.Flags().StringVar(&opt.text, "text", "", "text to explain")
	cmd.Flags().StringVar(&opt.title, "title", "", "headline of the text")
	cmd.Flags().StringVar(&opt.region, "source-region", "", "Land the source speaks for (code or slug)")
	return cmd
}

func (e env) explainText(opt explainOptions) error {
	prior, ok := aggregator.ParseRegion(opt.region)
	if opt.region != "" && (!ok || !prior.IsLand() && prior != aggregator.Bund) {
		return usageError{fmt.Errorf("--source-region %q is no Land", opt.region)}
	}
	c, err := e.classifier(opt.config)
	if err != nil {
		return err
	}
	text := aggregator.Text{Title: opt.title, Summary: opt.text, Prior: prior}
	if text.Title == "" {
		text.Title, text.Summary = opt.text, ""
	}
	_, err = c.Explain(text).WriteTo(e.out)
	return err
}

func (e env) explainItem(ctx context.Context, opt explainOptions, id string) error {
	cfg, err := e.loadConfig(opt.config)
	if err != nil {
		return err
	}
	a, err := e.open(ctx, cfg, discard(), nil)
	if err != nil {
		return err
	}
	defer a.close()
	entry, err := a.store.Entry(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no item %q is stored", id)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s\n%s, %s\n", entry.Title, entry.Origin.Name, entry.Link)
	if rights := entry.StatedRights(); rights != "" {
		fmt.Fprintf(e.out, "rights: %s\n", rights)
	}
	for _, o := range entry.Others {
		fmt.Fprintf(e.out, "the same news: %s, %s, %s\n", o.Title, o.Source, o.ID)
	}
	fmt.Fprintln(e.out)
	_, err = a.classifier.Explain(entry.Text(entry.Origin.Region)).WriteTo(e.out)
	return err
}
