package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator"
)

type pollOptions struct {
	config            string
	all, json, strict bool
	sources           []string
}

// pollReport is what poll --json prints.
type pollReport struct {
	Sources     int           `json:"sources"`
	OK          int           `json:"ok"`
	NotModified int           `json:"not_modified"`
	Failed      int           `json:"failed"`
	New         int           `json:"new"`
	Updated     int           `json:"updated"`
	DurationMS  int64         `json:"duration_ms"`
	Failures    []pollFailure `json:"failures"`

	broken error // of our own: what a publisher said could not be stored
}

type pollFailure struct {
	Source string           `json:"source"`
	Class  aggregator.Class `json:"class"`
	Error  string           `json:"error"`
}

func (e env) pollCommand() *cobra.Command {
	var opt pollOptions
	cmd := &cobra.Command{
		Use:   "poll [flags] [SOURCE...]",
		Short: "Poll once and exit: the due sources, all, or those named",
		Long: `Poll once and exit: the sources that are due, with --all every enabled one, or
those named by their id. A publisher that asked for time (Retry-After) is never
asked before it is over. Exit 0 unless --strict and something failed.`,
		RunE: func(cmd *cobra.Command, names []string) error {
			if opt.all && len(names) > 0 {
				return usageError{fmt.Errorf("--all and named sources exclude each other")}
			}
			opt.sources = names
			return e.poll(cmd.Context(), opt)
		},
	}
	cmd.Flags().StringVar(&opt.config, "config", "", configUsage)
	cmd.Flags().BoolVar(&opt.all, "all", false, "poll every enabled source, due or not")
	cmd.Flags().BoolVar(&opt.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&opt.strict, "strict", false, "exit 1 when a source failed")
	return cmd
}

func (e env) poll(ctx context.Context, opt pollOptions) error {
	cfg, err := e.loadConfig(opt.config)
	if err != nil {
		return err
	}
	start := time.Now()
	report := pollReport{Failures: []pollFailure{}}
	var progress *progress
	a, err := e.open(ctx, cfg, discard(), func(o aggregator.Outcome) {
		report.add(o)
		progress.step(o.Source)
	})
	if err != nil {
		return err
	}
	defer a.close()
	sources, err := a.choose(ctx, opt)
	if err != nil {
		return err
	}
	progress = newProgress(e.err, len(sources), "polling")
	err = a.poller.Poll(ctx, sources)
	progress.finish()
	if err != nil {
		return fmt.Errorf("polling: %w", err)
	}
	report.DurationMS = time.Since(start).Milliseconds()
	if err := report.print(e.out, opt.json); err != nil {
		return err
	}
	if opt.strict && report.Failed > 0 && report.broken == nil {
		return errReported
	}
	return report.broken
}

// choose returns the sources a command line asks for.
func (a *app) choose(ctx context.Context, opt pollOptions) ([]aggregator.SourceStatus, error) {
	if !opt.all && len(opt.sources) == 0 {
		return a.store.Due(ctx, time.Now(), len(a.cfg.Sources)+1)
	}
	known, err := a.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	if opt.all {
		return slices.DeleteFunc(known, func(s aggregator.SourceStatus) bool { return !s.Enabled }), nil
	}
	var chosen []aggregator.SourceStatus
	for _, id := range opt.sources {
		i := slices.IndexFunc(known, func(s aggregator.SourceStatus) bool { return s.ID == id })
		if i < 0 {
			return nil, usageError{fmt.Errorf("no source %q; laenderfeed sources list shows them", id)}
		}
		if !slices.ContainsFunc(chosen, func(s aggregator.SourceStatus) bool { return s.ID == id }) {
			chosen = append(chosen, known[i])
		}
	}
	return chosen, nil
}

func (r *pollReport) add(o aggregator.Outcome) {
	r.Sources++
	switch {
	case o.Err != nil:
		r.Failed++
		if !errors.As(o.Err, new(*aggregator.Error)) {
			r.broken = o.Err
		}
		r.Failures = append(r.Failures, pollFailure{o.Source, aggregator.ClassOf(o.Err), causeOf(o.Err)})
	case o.NotModified:
		r.OK++
		r.NotModified++
	default:
		r.OK++
	}
	r.New += o.Saved.New
	r.Updated += o.Saved.Updated
}

func (r *pollReport) print(w io.Writer, asJSON bool) error {
	slices.SortFunc(r.Failures, func(a, b pollFailure) int { return strings.Compare(a.Source, b.Source) })
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	fmt.Fprintf(w, "%d sources polled: %d ok (%d unchanged), %d failed; %d new items, %d updated\n",
		r.Sources, r.OK, r.NotModified, r.Failed, r.New, r.Updated)
	for _, f := range r.Failures {
		fmt.Fprintf(w, "  %s: %s: %s\n", f.Source, f.Class, f.Error)
	}
	return nil
}

// causeOf is what went wrong, without the class that stands beside it.
func causeOf(err error) string {
	var e *aggregator.Error
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
