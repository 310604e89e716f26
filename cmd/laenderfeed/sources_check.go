package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
	"laenderfeed/config"
)

type checkOptions struct {
	config            string
	all, json, strict bool
	args              []string // ids and URLs
}

func (e env) sourcesCheckCommand() *cobra.Command {
	var opt checkOptions
	cmd := &cobra.Command{
		Use:   "check [flags] [ID | URL]...",
		Short: "Ask sources, or an address, and say what works now and what has changed",
		Long: `Check asks the enabled sources, with --all those too that are off, or those named
by id, and says for each how it answers and what is new about that since the last
poll. It is as patient as a poll: one request at a time and host, with the same
pauses, never against a Retry-After, and with the validators of the last poll, so
that an unchanged feed is a 304. It is no poll: no item is stored, and the health
and rhythm of a source stay as they are. Only when the host was asked, and a pause
it asks for, are noted.

The URL of a page or feed that is no source is asked once. What is there is printed
as a [[source]] to put into a configuration: a feed, the feed a page announces, or a
page with the selectors of the list found on it.

Exit 1 when nothing could be made of a URL, and with --strict when a source failed.`,
		ValidArgsFunction: e.completeSources(&opt.config),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.all && len(args) > 0 {
				return usageError{errors.New("--all and named sources exclude each other")}
			}
			opt.args = args
			return e.checkSources(cmd.Context(), opt)
		},
	}
	cmd.Flags().StringVar(&opt.config, "config", "", configUsage)
	cmd.Flags().BoolVar(&opt.all, "all", false, "check the sources that are off, too")
	cmd.Flags().BoolVar(&opt.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&opt.strict, "strict", false, "exit 1 when a source failed")
	return cmd
}

// completeSources offers the ids of sources to a shell.
func (e env) completeSources(path *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		cfg, err := e.loadConfig(*path)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var ids []string
		for _, s := range cfg.Sources {
			if strings.HasPrefix(s.ID, begun) && !slices.Contains(args, s.ID) {
				ids = append(ids, s.ID+"\t"+s.Name)
			}
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}

func (e env) checkSources(ctx context.Context, opt checkOptions) error {
	cfg, err := e.loadConfig(opt.config)
	if err != nil {
		return err
	}
	start := time.Now()
	a, err := e.open(ctx, cfg, discard(), nil)
	if err != nil {
		return err
	}
	defer a.close()
	known, strangers, err := a.chooseChecked(ctx, opt)
	if err != nil {
		return err
	}
	finder := &finder{app: a, seen: map[string]*finding{}}
	bar := newProgress(e.err, len(known)+len(strangers), "checking")
	probes, err := e.probe(ctx, a, slices.Concat(known, strangers), finder.read, func(o aggregator.Outcome) { bar.step(o.Source) })
	bar.finish()
	if err != nil {
		return fmt.Errorf("checking: %w", err)
	}
	report := checkReport{Results: []checkResult{}, Found: []foundAddress{}}
	for i, p := range probes {
		if i < len(known) {
			report.add(p)
			continue
		}
		report.Found = append(report.Found, finder.found(p))
	}
	report.DurationMS = time.Since(start).Milliseconds()
	if err := report.print(e.out, e.err, opt.json); err != nil {
		return err
	}
	lost := slices.ContainsFunc(report.Found, func(f foundAddress) bool { return f.Source == "" })
	if report.broken == nil && (lost || opt.strict && report.Failed > 0) {
		return errReported
	}
	return report.broken
}

// chooseChecked returns the sources a command line asks for, and its URLs that
// are none.
func (a *app) chooseChecked(ctx context.Context, opt checkOptions) (known, strangers []aggregator.SourceStatus, err error) {
	all, err := a.store.Sources(ctx)
	if err != nil || len(opt.args) == 0 {
		return slices.DeleteFunc(all, func(s aggregator.SourceStatus) bool { return !opt.all && !s.Enabled }), nil, err
	}
	var ids []string
	for _, arg := range opt.args {
		if !isURL(arg) {
			ids = append(ids, arg)
			continue
		}
		if i := slices.IndexFunc(all, func(s aggregator.SourceStatus) bool {
			return sameURL(s.URL, arg) || sameURL(s.RequestURL(), arg)
		}); i >= 0 {
			ids = append(ids, all[i].ID)
			continue
		}
		if err := config.CheckURL(arg); err != nil {
			return nil, nil, usageError{err}
		}
		s, err := a.stranger(ctx, arg, all)
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(strangers, func(t aggregator.SourceStatus) bool { return sameURL(t.URL, arg) }) {
			strangers = append(strangers, s)
		}
	}
	if len(ids) > 0 {
		known, err = a.choose(ctx, pollOptions{sources: ids})
	}
	return known, strangers, err
}
