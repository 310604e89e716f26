package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"laenderfeed/aggregator/store"
)

type reclassifyOptions struct {
	config, since string
	dryRun, json  bool
	examples      int
}

func (e env) reclassifyCommand() *cobra.Command {
	var opt reclassifyOptions
	cmd := &cobra.Command{
		Use:   "reclassify",
		Short: "Apply today's rules to the items that are stored",
		Long: `Reclassify labels the stored items anew, by the rules of this version and the
configuration, and prints which Länder, regions and topics gain and lose how many
items, and examples with the reasons. With --dry-run it only prints.

All is written in one transaction, while which a running daemon cannot save its
polls; the daemon also does this by itself, little by little, when it starts with
other rules. Ids, dates and order stay: subscribers get no old item as a new one.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			since, err := parseSince(opt.since, time.Now())
			if err != nil {
				return usageError{err}
			}
			if opt.examples < 0 {
				return usageError{errors.New("--examples cannot be negative")}
			}
			return e.reclassify(cmd.Context(), opt, since)
		},
	}
	cmd.Flags().StringVar(&opt.config, "config", "", configUsage)
	cmd.Flags().BoolVar(&opt.dryRun, "dry-run", false, "print what would change and write nothing")
	cmd.Flags().BoolVar(&opt.json, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&opt.since, "since", "", "only items first seen on this `date` or later, 2026-11-21")
	cmd.Flags().IntVar(&opt.examples, "examples", 20, "how many of the changed items to show, the newest")
	return cmd
}

// parseSince reads a day (in German time) or an RFC 3339 time, not in the
// future. "" is the zero time.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
	}
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("--since %q is no date such as 2026-11-21", s)
	case t.After(now):
		return time.Time{}, fmt.Errorf("--since %s lies in the future", s)
	case t.Unix() < 0:
		return time.Time{}, fmt.Errorf("--since %s lies before anything", s)
	}
	return t, nil
}

func (e env) reclassify(ctx context.Context, opt reclassifyOptions, since time.Time) (err error) {
	cfg, err := e.loadConfig(opt.config)
	if err != nil {
		return err
	}
	start := time.Now()
	a, err := e.open(ctx, cfg, discard(), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	report := newHistoryReport(a, opt)
	differ, err := e.compare(ctx, a, since, report)
	if err != nil {
		return err
	}
	if !opt.dryRun {
		if report.Written, err = e.apply(ctx, a, differ); err != nil {
			return err
		}
	}
	report.DurationMS = time.Since(start).Milliseconds()
	report.finish()
	for _, w := range report.Warnings {
		fmt.Fprintf(e.err, "warning: %s\n", w)
	}
	if opt.json {
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(report)
	}
	return report.print(e.out)
}

// progressStep is after how many items the bar moves: drawing costs more than
// classifying.
const progressStep = 50

// compare classifies everything and writes nothing.
func (e env) compare(ctx context.Context, a *app, since time.Time, report *historyReport) ([]int64, error) {
	total, err := a.store.CountSince(ctx, since)
	if err != nil {
		return nil, err
	}
	bar := newProgress(e.err, total, "classifying")
	defer bar.finish()
	return a.store.Compare(ctx, since, a.classifier.Classify, func(c *store.Change) error {
		if report.add(c); report.Items%progressStep == 0 {
			bar.add(progressStep)
		}
		return nil
	})
}

// apply writes the new labels of the given rows.
func (e env) apply(ctx context.Context, a *app, rows []int64) (int, error) {
	bar := newProgress(e.err, len(rows), "writing")
	defer bar.finish()
	n := 0
	return a.store.Relabel(ctx, rows, a.classifier.Classify, func(*store.Change) {
		if n++; n%progressStep == 0 {
			bar.add(progressStep)
		}
	})
}
