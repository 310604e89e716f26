package websub

import (
	"context"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"
)

// How a hub is told.
const (
	collectFor   = 10 * time.Second // changes that come within this are told together
	perPing      = 100              // topics in one request
	maxChanged   = 20000            // topics that wait at most
	firstRepeat  = 30 * time.Second // after a failure, doubled with each one in a row
	lastRepeat   = time.Hour
	lastWordTime = 10 * time.Second // for what is left at the end
)

// PublisherConfig is what a [Publisher] is made of.
type PublisherConfig struct {
	Hub     string // URL
	Poster  Poster
	Collect time.Duration // how long changes are collected before the hub is told; 0 means 10 s
	Delay   time.Duration // between two requests
	Logger  *slog.Logger
}

// Publisher tells a hub which of our feeds have changed: requests with hub.mode
// "publish" and a hub.url for each feed, as hubs have understood them since
// PubSubHubbub 0.4 (W3C WebSub section 6 leaves the form open). What the hub did
// not take is told again later.
type Publisher struct {
	cfg   PublisherConfig
	first chan struct{} // holds a token when something has changed

	mu      sync.Mutex
	changed map[string]bool // topics to be told
	dropped int
}

// NewPublisher returns a Publisher with nothing to tell.
func NewPublisher(cfg PublisherConfig) *Publisher {
	if cfg.Collect <= 0 {
		cfg.Collect = collectFor
	}
	return &Publisher{cfg: cfg, first: make(chan struct{}, 1), changed: map[string]bool{}}
}

// Changed notes topics, absolute URLs, that the hub is to be told of.
func (p *Publisher) Changed(topics []string) {
	p.mu.Lock()
	for _, t := range topics {
		if len(p.changed) >= maxChanged && !p.changed[t] {
			p.dropped++
			continue
		}
		p.changed[t] = true
	}
	wake := len(p.changed) > 0
	p.mu.Unlock()
	if wake {
		select {
		case p.first <- struct{}{}:
		default:
		}
	}
}

// Run tells the hub until ctx is done, and then once what is left.
func (p *Publisher) Run(ctx context.Context) {
	wait, failures := p.cfg.Collect, 0
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-p.first:
			pause(ctx, wait)
		}
		if ctx.Err() != nil {
			continue
		}
		if p.tell(ctx) {
			wait, failures = p.cfg.Collect, 0
			continue
		}
		wait = max(min(firstRepeat<<min(failures, 10), lastRepeat), p.cfg.Collect)
		failures++
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWordTime)
	defer cancel()
	if !p.tell(last) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cfg.Logger.Warn("the hub was not told of all changes", "hub", p.cfg.Hub, "feeds", len(p.changed))
	}
}

// tell tells the hub of all that has changed, and whether it took it. What it did
// not take is kept.
func (p *Publisher) tell(ctx context.Context) bool {
	topics := p.take()
	for told := 0; told < len(topics); {
		batch := topics[told:min(told+perPing, len(topics))]
		form := url.Values{"hub.mode": {"publish"}, "hub.url": batch}
		if err := p.cfg.Poster.Post(ctx, p.cfg.Hub, form, false); err != nil {
			p.cfg.Logger.Warn("telling the hub failed", "hub", p.cfg.Hub, "feeds", len(topics)-told, "err", err)
			p.Changed(topics[told:])
			return false
		}
		if told += len(batch); told < len(topics) {
			pause(ctx, p.cfg.Delay)
		}
	}
	if len(topics) > 0 {
		p.cfg.Logger.Info("hub told", "hub", p.cfg.Hub, "feeds", len(topics))
	}
	return true
}

// take returns what is to be told, in order.
func (p *Publisher) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	topics := slices.Sorted(maps.Keys(p.changed))
	clear(p.changed)
	if p.dropped > 0 {
		p.cfg.Logger.Warn("too many changes: the hub is not told of all", "feeds", p.dropped)
		p.dropped = 0
	}
	return topics
}

// pause waits, but no longer than ctx lasts.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
