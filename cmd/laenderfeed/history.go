package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
	"laenderfeed/config"
)

// How the daemon does history anew after an upgrade: so many items in one short
// transaction, then a pause of several times what that took, so that polls
// hardly ever wait and readers notice nothing.
const (
	historyBatch    = 100
	historyPause    = 4 // times what the batch took
	historyLeast    = 20 * time.Millisecond
	historyRetry    = time.Minute // after an error, such as a locked database
	historyAttempts = 5           // in a row; then the next start goes on
)

// renewHistory labels anew, little by little, what another rule set has
// labelled. It returns when that is done or ctx is; what is left is found again
// at the next start.
func (a *app) renewHistory(ctx context.Context) {
	ruleset, start := a.classifier.Version(), time.Now()
	total, err := a.store.CountOutdated(ctx, ruleset)
	if err == nil && total == 0 {
		return
	}
	if err == nil {
		a.log.Info("reclassifying", "items", total, "ruleset", ruleset)
		err = a.renewBatches(ctx, ruleset, start)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Error("reclassifying", "err", err)
	}
}

// renewBatches does the work of renewHistory.
func (a *app) renewBatches(ctx context.Context, ruleset string, start time.Time) error {
	done, moved, failures := 0, 0, 0
	given := newReach(a.cfg)
	for {
		began := time.Now()
		n, err := a.renewBatch(ctx, ruleset, func(c *store.Change) {
			given.add(c.Now)
			if c.Moved() {
				moved++
			}
		})
		done += n
		switch {
		case ctx.Err() != nil:
			a.log.Info("reclassifying interrupted", "done", done)
			return nil
		case err == nil && n == 0:
			a.log.Info("reclassified", "items", done, "changed", moved, "took", time.Since(start).Round(time.Millisecond))
			given.warn(func(msg string) { a.log.Warn("configuration", "warning", msg) })
			return nil
		case err == nil:
			failures = 0
			wait(ctx, max(historyPause*time.Since(began), historyLeast))
			continue
		}
		if failures++; failures == historyAttempts {
			return err
		}
		a.log.Warn("reclassifying is delayed", "err", err)
		wait(ctx, historyRetry)
	}
}

// renewBatch does one batch and returns how many items it held.
func (a *app) renewBatch(ctx context.Context, ruleset string, each func(*store.Change)) (int, error) {
	rows, err := a.store.Outdated(ctx, ruleset, historyBatch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	n, err := a.store.Relabel(ctx, rows, a.classifier.Classify, each)
	if err == nil && n == 0 {
		// They were purged or polled meanwhile, or else this would never end.
		err = errors.New("other rule sets are found and nothing is to be done")
	}
	return n, err
}

// wait waits, but no longer than ctx lasts.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// reach counts how many items the configured topics and regions are given to.
type reach struct {
	items int
	given map[string]int
	rules []string // labels of the configured rules, in their order
}

func newReach(cfg *config.Config) *reach {
	r := &reach{given: map[string]int{}}
	for _, t := range cfg.Topics {
		r.rules = append(r.rules, string(t.Slug))
	}
	for _, g := range cfg.Regions {
		r.rules = append(r.rules, string(g.Slug))
	}
	return r
}

func (r *reach) add(l aggregator.Labels) {
	r.items++
	for _, t := range l.Topics {
		r.given[string(t)]++
	}
	for _, g := range l.Regions {
		r.given[string(g)]++
	}
}

// A rule that is true of so large a share of so many items tells nothing.
const (
	reachItems   = 200
	reachPercent = 95
)

// warn reports the rules that nearly every item meets.
func (r *reach) warn(report func(msg string)) {
	for _, label := range r.rules {
		if n := r.given[label]; r.items >= reachItems && 100*n >= reachPercent*r.items {
			report(fmt.Sprintf("%q is given to %d of %d items: its rule says nothing about them", label, n, r.items))
		}
	}
}
