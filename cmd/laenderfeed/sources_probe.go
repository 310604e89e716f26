package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/store"
)

// prober asks publishers as the daemon does, one request at a time and host,
// with its pauses and its guard, but polls nothing: it stores no item and leaves
// the health of the sources alone. Only what patience needs is noted, see
// [store.Store.Note]. To the poller it is the store.
type prober struct {
	*store.Store
	mu     sync.Mutex
	probes map[string]*probe // by the id of the source
}

// probe is what came of asking one source.
type probe struct {
	before   aggregator.SourceStatus
	after    aggregator.State     // as a poll would leave it
	response *aggregator.Response // a whole answer; nil for 304 or none
	document *aggregator.Document // what was read of it; nil if nothing could be
	outcome  aggregator.Outcome
}

// readFunc reads an answer. Errors carry a Class, see [aggregator.ClassOf].
type readFunc func(*aggregator.Response, *aggregator.Source) (*aggregator.Document, error)

// probe asks the sources and returns what came of it in their order. done is
// called after each one, one call at a time.
func (e env) probe(ctx context.Context, a *app, sources []aggregator.SourceStatus, read readFunc, done func(aggregator.Outcome)) ([]*probe, error) {
	p := &prober{Store: a.store, probes: map[string]*probe{}}
	list := make([]*probe, len(sources))
	for i := range sources {
		list[i] = &probe{before: sources[i], after: sources[i].State}
		p.probes[sources[i].ID] = list[i]
	}
	cfg := a.pollerConfig(func(o aggregator.Outcome) {
		p.of(o.Source).outcome = o
		done(o)
	})
	cfg.Store = p
	cfg.Logger = slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelError})) // an outage of ours
	cfg.Parse = func(resp *aggregator.Response, src *aggregator.Source) (*aggregator.Document, error) {
		doc, err := read(resp, src)
		b := p.of(src.ID)
		b.response, b.document = resp, doc
		return doc, err
	}
	asked := slices.Clone(sources)
	for i := range asked {
		asked[i].State.BodySHA256 = "" // read it even if it is known
	}
	err := aggregator.NewPoller(cfg).Poll(ctx, asked)
	return list, err
}

func (p *prober) of(id string) *probe {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.probes[id]
}

// Due implements [aggregator.Store]: nothing ever is.
func (p *prober) Due(context.Context, time.Time, int) ([]aggregator.SourceStatus, error) {
	return nil, nil
}

// Fresh implements [aggregator.Store]: no item is wanted.
func (p *prober) Fresh(context.Context, string, []aggregator.Item) ([]aggregator.Item, error) {
	return nil, nil
}

// Save implements [aggregator.Store]: it keeps the state to itself.
func (p *prober) Save(ctx context.Context, r aggregator.Result) (aggregator.Saved, error) {
	p.of(r.Source).after = r.State
	return aggregator.Saved{}, p.Note(ctx, r)
}

// stranger is the status of a URL that is no source. It shares the patience of
// those of the known sources that are on its host.
func (a *app) stranger(ctx context.Context, rawURL string, known []aggregator.SourceStatus) (aggregator.SourceStatus, error) {
	s := aggregator.SourceStatus{Source: aggregator.Source{ID: rawURL, URL: rawURL, Kind: aggregator.KindFeed, Enabled: true}}
	host := s.Host()
	for i := range known {
		if k := known[i].Source; (&aggregator.Source{URL: k.URL}).Host() == host {
			s.HostGroup, s.CrawlDelay = cmp.Or(s.HostGroup, k.HostGroup), max(s.CrawlDelay, k.CrawlDelay)
		}
	}
	var err error
	s.HostLastRequest, s.HostPausedUntil, err = a.store.Host(ctx, s.Host())
	return s, err
}

// isURL tells an address from the id of a source.
func isURL(arg string) bool { return strings.Contains(arg, ":") || strings.Contains(arg, "/") }

// sameURL tells whether two URLs are the same for a publisher: host and scheme
// have no case, and no path is "/".
func sameURL(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	if err != nil || err2 != nil {
		return a == b
	}
	for _, x := range []*url.URL{u, v} {
		x.Scheme, x.Host = strings.ToLower(x.Scheme), strings.ToLower(x.Host)
		if x.Path == "" {
			x.Path = "/"
		}
	}
	return u.String() == v.String()
}
