package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/classify"
	"laenderfeed/aggregator/fetch"
	"laenderfeed/aggregator/parse"
	"laenderfeed/aggregator/store"
	"laenderfeed/aggregator/websub"
	"laenderfeed/config"
	"laenderfeed/feeds"
	"laenderfeed/feeds/site"
)

// app is the program put together from a configuration.
type app struct {
	cfg        *config.Config
	log        *slog.Logger
	path       string // of the database
	store      *store.Store
	classifier *classify.Classifier
	fetcher    *fetch.Client
	poller     *aggregator.Poller
	push       *websub.Subscriber // of the daemon only, like all below
	hub        *websub.Publisher  // nil without a hub of our own
	readers    *feeds.Handler
	tick       time.Duration
	beat       atomic.Int64 // unix nanoseconds of the last completed look for due sources
}

// open puts the program together. done, if given, is told of every poll. The
// caller closes the app.
func (e env) open(ctx context.Context, cfg *config.Config, log *slog.Logger, done func(aggregator.Outcome)) (*app, error) {
	a := &app{cfg: cfg, log: log, path: cfg.Storage.File(e.get("STATE_DIRECTORY")), tick: tickFor(cfg)}
	var err error
	if a.classifier, err = loadRules(cfg); err != nil {
		return nil, fmt.Errorf("loading the rule set: %w", err)
	}
	proxy, err := cfg.Fetch.ProxyURL()
	if err != nil {
		return nil, fmt.Errorf("reading fetch.proxy: %w", err)
	}
	if a.fetcher, err = fetch.New(fetchConfig(cfg, proxy)); err != nil {
		return nil, fmt.Errorf("preparing requests: %w", err)
	}
	if a.store, err = store.Open(ctx, store.Config{Path: a.path, Now: time.Now}); err != nil {
		return nil, err
	}
	if err := a.finish(ctx, done); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// finish puts on what needs an open database.
func (a *app) finish(ctx context.Context, done func(aggregator.Outcome)) error {
	if err := a.store.PutSources(ctx, a.cfg.Sources); err != nil {
		return err
	}
	a.poller = aggregator.NewPoller(a.pollerConfig(done))
	return nil
}

// pollerConfig is how everything of ours asks publishers.
func (a *app) pollerConfig(done func(aggregator.Outcome)) aggregator.PollerConfig {
	return aggregator.PollerConfig{
		Fetcher: a.fetcher, Parse: newParser().parse, Classify: a.classifier.Classify, Store: a.store,
		Policy:      a.policy(),
		Concurrency: a.cfg.Fetch.Concurrency, Now: time.Now, Logger: a.log, Done: done,
	}
}

// policy is when sources are asked.
func (a *app) policy() aggregator.Policy {
	return aggregator.Policy{
		Interval: a.cfg.Fetch.Interval, MinInterval: a.cfg.Fetch.MinInterval,
		HostDelay: a.cfg.Fetch.PerHostDelay, Private: a.cfg.Fetch.Private,
	}
}

// handler serves feeds and pages. address stands in where no public URL is
// configured.
func (a *app) handler(ctx context.Context, address string) (*feeds.Handler, error) {
	public := a.cfg.Server.PublicURL
	if public == "" {
		public = address
	}
	p, err := a.publish(ctx, public, a.store, parse.Deadlines)
	return p.readers, err
}

// publication is all that is published at a public URL.
type publication struct {
	readers *feeds.Handler // serves the pages too
	pages   *site.Handler
}

// archived are items with their history. The store implements it.
type archived interface {
	site.Items
	feeds.Archive
}

// publish makes the handlers of feeds and pages for a public URL.
func (a *app) publish(ctx context.Context, public string, items archived, deadlines feeds.Deadlines) (p publication, err error) {
	created, err := a.store.Created(ctx)
	if err != nil {
		return p, err
	}
	regions, topics := namedRegions(a.cfg), namedTopics(a.cfg)
	p.pages, err = site.New(site.Config{
		Items: items, PublicURL: public, Content: string(a.cfg.Publish.Content), TitlePrefix: a.cfg.Publish.TitlePrefix,
		Contact: a.cfg.Fetch.Contact, UserAgent: a.cfg.UserAgent(version()), Limit: a.cfg.Publish.Items, Now: time.Now, Logger: a.log,
		Regions: regions, Topics: topics, Places: a.classifier,
	})
	if err != nil {
		return p, err
	}
	p.readers, err = feeds.New(feeds.Config{
		Items: items, PublicURL: public, Limit: a.cfg.Publish.Items, Content: string(a.cfg.Publish.Content),
		TitlePrefix: a.cfg.Publish.TitlePrefix, Hub: a.cfg.Publish.WebSubHub, Epoch: created, Pages: p.pages, Logger: a.log,
		Regions: regions, Topics: topics, Places: a.classifier, Archive: items, Deadlines: deadlines,
		MaxAge: feeds.MaxAge(a.cfg.Fetch.MinInterval),
	})
	return p, err
}

func (a *app) close() error {
	a.fetcher.Close()
	return a.store.Close()
}

// parsing is the memory in bytes that documents may take together, as estimated,
// from being read to being saved. Nearly all feeds cost a fraction of that; the
// dearest pass alone.
const parsing = 16 << 20

// parser reads answers, several at once while they are cheap.
type parser struct {
	room   *aggregator.Room
	reader string // what reads: another one reads all items anew
}

func newParser() parser { return parser{aggregator.NewRoom(parsing), version() + " " + commit()} }

// parse reads an answer without the items that were seen before, once there is
// memory for what is read, which counts until the answer is released.
func (p parser) parse(resp *aggregator.Response, src *aggregator.Source, seen []aggregator.Digest) (*aggregator.Document, error) {
	give, err := p.room.Take(context.Background(), parse.Cost(resp.Body)) // waits for processors only
	if err != nil {
		return nil, err
	}
	body := resp.Release
	resp.Release = func() {
		give()
		if body != nil {
			body()
		}
	}
	opt := parseOptions(resp, src, time.Now())
	opt.Seen, opt.Version = seen, p.reader
	return parse.Parse(resp.Body, opt)
}

// parseResponse reads an answer as its source says it is to be read.
func parseResponse(resp *aggregator.Response, src *aggregator.Source) (*aggregator.Document, error) {
	return parse.Parse(resp.Body, parseOptions(resp, src, time.Now()))
}

// parseOptions says how to read an answer of a source at a time.
func parseOptions(resp *aggregator.Response, src *aggregator.Source, now time.Time) parse.Options {
	return parse.Options{
		URL: resp.URL, Location: location(resp), Language: resp.Header.Get("Content-Language"),
		ContentType: resp.Header.Get("Content-Type"), Kind: src.Kind, Selectors: src.Selectors,
		Zone: src.Zone, Now: now, Full: src.Licence == aggregator.LicenceFull,
	}
}

// location is the Content-Location of an answer if it is on the host that was
// asked. Servers behind a proxy are known to name one that nobody can reach.
func location(resp *aggregator.Response) string {
	from, err := url.Parse(resp.URL)
	if err != nil {
		return ""
	}
	to, err := from.Parse(resp.Header.Get("Content-Location"))
	if err != nil || !strings.EqualFold(to.Host, from.Host) || to.Scheme != from.Scheme {
		return ""
	}
	return to.String()
}

func fetchConfig(cfg *config.Config, proxy *url.URL) fetch.Config {
	return fetch.Config{
		UserAgent: cfg.UserAgent(version()), Timeout: cfg.Fetch.Timeout, MaxBody: cfg.Fetch.MaxBody,
		AllowPrivate: cfg.Fetch.AllowPrivate, Proxy: proxy, Now: time.Now,
	}
}

// tickFor is how often due sources are looked for: often enough that the
// shortest interval is kept within a fifteenth.
func tickFor(cfg *config.Config) time.Duration {
	return min(max(cfg.Fetch.MinInterval/15, time.Second), 15*time.Second).Truncate(time.Second)
}
