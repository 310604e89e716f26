package aggregator_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"laenderfeed/aggregator"
)

// events counts the log lines that carry an event, by its name.
type events struct {
	slog.Handler
	mu    sync.Mutex
	count map[string]int
}

func newEvents() *events { return &events{Handler: slog.DiscardHandler, count: map[string]int{}} }

func (e *events) Enabled(context.Context, slog.Level) bool { return true }

func (e *events) WithAttrs([]slog.Attr) slog.Handler { return e }

func (e *events) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "event" {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.count[a.Value.String()]++
		}
		return true
	})
	return nil
}

func (e *events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(e.count)) {
		out = append(out, fmt.Sprintf("%s %d", name, e.count[name]))
	}
	return strings.Join(out, ", ")
}

// fortnight is the simulation: one world and the pollers that ask it, one after
// the other.
type fortnight struct {
	t      *testing.T
	now    func() time.Time
	store  *memory
	world  *world
	events *events
	score  aggregator.Score
}

// The daemon is started anew at these times and is down for so long.
var restarts = []struct {
	after time.Duration
	down  time.Duration
}{
	{10 * time.Minute, 0}, {30 * time.Hour, time.Second}, {32 * time.Hour, 3 * time.Hour}, {101 * time.Hour, 0},
	{7 * 24 * time.Hour, 0}, {11 * 24 * time.Hour, 20 * time.Minute}, {14 * 24 * time.Hour, 0},
}

func newFortnight(t *testing.T) *fortnight {
	offset := time.Until(worldStart)
	f := &fortnight{t: t, events: newEvents(), now: func() time.Time { return time.Now().Add(offset).UTC() }}
	f.store = &memory{now: f.now, hosts: map[string]hostMemory{}, seen: map[string]time.Time{}}
	f.world = newWorld(f.now, f.store)
	return f
}

// run lets the daemon's job poll for two weeks.
func (f *fortnight) run() {
	for _, restart := range restarts {
		ctx, stop := context.WithCancel(f.t.Context())
		poller := aggregator.NewPoller(aggregator.PollerConfig{
			Fetcher: f.world, Parse: readBody, Classify: func(aggregator.Text) aggregator.Labels { return aggregator.Labels{} },
			Store: f.store, Concurrency: 16, Now: f.now, Logger: slog.New(f.events),
		})
		var jobs sync.WaitGroup
		jobs.Go(func() {
			if err := aggregator.RunJobs(ctx, slog.New(slog.DiscardHandler), time.UTC,
				aggregator.Job{Name: "poll", Spec: "@every 15s", First: true, Run: poller.Tick}); err != nil {
				f.t.Error(err)
			}
		})
		time.Sleep(worldStart.Add(restart.after).Sub(f.now()))
		stop()
		jobs.Wait()
		poller.Wait()
		s := poller.Score()
		f.score.Requests += s.Requests
		f.score.NotModified += s.NotModified
		f.score.Unconditional += s.Unconditional
		f.score.Refetches += s.Refetches
		f.score.Early += s.Early
		time.Sleep(restart.down)
	}
}

// tally is the score of one kind of source.
type tally struct {
	kind                                    string
	sources, requests, notModified, refetch int
	violations                              int
	ours, fixed, fixedAlike                 []time.Duration // from publication to the database
}

// tallies computes the score of each kind, the sum at last. fixed is what a
// poller with a fixed interval would have reached: the same for all sources and
// as many requests in all (fixed), or as many requests for each kind
// (fixedAlike). It is taken for one that never is rate-limited and backs off
// from nothing.
func (f *fortnight) tallies() []*tally {
	sum := &tally{kind: "all"}
	var out []*tally
	for _, o := range f.world.outlets {
		if len(out) == 0 || out[len(out)-1].kind != o.kind {
			out = append(out, &tally{kind: o.kind})
		}
		for _, k := range []*tally{out[len(out)-1], sum} {
			k.sources++
			k.requests += o.requests
			k.notModified += o.notModified
			k.refetch += o.unconditional
		}
	}
	all := append(out, sum)
	for _, v := range f.world.broken {
		for _, k := range all {
			if k.kind == v.kind || k == sum {
				k.violations++
			}
		}
	}
	for _, k := range out {
		f.delays(k, every(sum), every(k))
		sum.ours, sum.fixed, sum.fixedAlike = append(sum.ours, k.ours...), append(sum.fixed, k.fixed...), append(sum.fixedAlike, k.fixedAlike...)
	}
	return all
}

// every is the interval of a fixed poller with as many requests.
func every(k *tally) time.Duration {
	return worldEnd.Sub(worldStart) * time.Duration(k.sources) / time.Duration(k.requests)
}

// delays fills in the delays of one kind. What is published on the last day
// would be cut off and is left out.
func (f *fortnight) delays(k *tally, fixed, alike time.Duration) {
	for i, o := range f.world.outlets {
		if o.kind != k.kind {
			continue
		}
		for guid, at := range o.news {
			if at.Before(worldStart) || at.After(worldEnd.Add(-24*time.Hour)) || !o.reachable(at.Add(24*time.Hour)) && o.kind == "gone" || o.kind == "dead" {
				continue
			}
			got := f.store.seen[fmt.Sprint(o.ID, " ", guid)]
			if got.IsZero() {
				got = worldEnd
			}
			k.ours = append(k.ours, got.Sub(at))
			k.fixed = append(k.fixed, o.polledAt(at, fixed, i).Sub(at))
			k.fixedAlike = append(k.fixedAlike, o.polledAt(at, alike, i).Sub(at))
		}
	}
}

// polledAt is the first time from t that a fixed poller finds the outlet
// reachable. Its phases are spread evenly.
func (o *outlet) polledAt(t time.Time, interval time.Duration, i int) time.Time {
	phase := interval * time.Duration(i*7919%1000) / 1000
	next := t.Add(interval - (t.Sub(worldStart)+interval-phase)%interval)
	for !o.reachable(next) && next.Before(worldEnd) {
		next = next.Add(interval)
	}
	return next
}

// quantile of durations, which it sorts; 0 for none.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(int(q*float64(len(d))), len(d)-1)].Round(time.Minute)
}

func table(all []*tally) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "kind\tsources\trequests\ta day each\t304\tunconditional\tviolations\titems\tmedian\t90 %\tfixed: median\t90 %\tfixed, as many for the kind: median\t90 %\t")
	short := func(d time.Duration) string { return fmt.Sprintf("%d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	for _, k := range all {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1f\t%d %%\t%d\t%d\t%d\t", k.kind, k.sources, k.requests, float64(k.requests)/float64(k.sources)/14,
			100*k.notModified/max(k.requests, 1), k.refetch, k.violations, len(k.ours))
		for _, d := range [][]time.Duration{k.ours, k.fixed, k.fixedAlike} {
			fmt.Fprintf(w, "%s\t%s\t", short(quantile(d, 0.5)), short(quantile(d, 0.9)))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}

// TestRule15Proof lets the daemon's job poll 200 sources for a fortnight in
// which summer time begins, our own network fails twice and the daemon is
// started anew six times. The publishers keep the score.
func TestRule15Proof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFortnight(t)
		f.run()
		all := f.tallies()
		sum := all[len(all)-1]
		t.Logf("14 days, %d restarts, h:mm from publication to our database; the fixed poller asks each source every %v\n%s\nevents: %s",
			len(restarts)-1, every(sum).Round(time.Second), table(all), f.events)
		for i, v := range f.world.broken {
			if i == 20 {
				t.Errorf("and %d more", len(f.world.broken)-i)
				break
			}
			t.Error(v.text)
		}
		f.checkScore(sum)
		if got, want := f.events.String(), "gone 5, moved 10, moved-back 5, outage 2, outage-over 2"; got != want {
			t.Errorf("the operator was told of %s; want %s", got, want)
		}
		for _, k := range all {
			ours, fixed, alike := quantile(k.ours, 0.5), quantile(k.fixed, 0.5), quantile(k.fixedAlike, 0.5)
			switch k.kind {
			case "all":
				if ours > fixed/2 || ours > alike {
					t.Errorf("the median delay is %v; a fixed poller reaches %v with as many requests, %v with as many for each kind", ours, fixed, alike)
				}
			case "office", "daily", "weekly", "undated", "dates only":
				if ours > alike*3/4 {
					t.Errorf("%s: the median delay is %v, that of a fixed poller with as many requests %v", k.kind, ours, alike)
				}
			case "hourly": // the fixed poller is spread as evenly as the news
				if ours > alike+2*time.Minute {
					t.Errorf("hourly: the median delay is %v, that of a fixed poller with as many requests %v", ours, alike)
				}
			}
		}
	})
}

// checkScore compares the poller's own score with that of the publishers.
func (f *fortnight) checkScore(sum *tally) {
	if got, want := f.score.Requests, sum.requests+f.world.lost; got != want {
		f.t.Errorf("the poller counted %d requests, the publishers %d", got, want)
	}
	if got := f.score.NotModified; got != sum.notModified {
		f.t.Errorf("the poller counted %d answers of 304, the publishers %d", got, sum.notModified)
	}
	if f.score.Early != 0 {
		f.t.Errorf("%d requests were early", f.score.Early)
	}
	if days := 200 * 14; f.score.Refetches == 0 || f.score.Refetches > days/10 {
		f.t.Errorf("%d requests without the validators there were, in %d days of sources", f.score.Refetches, days)
	}
}
