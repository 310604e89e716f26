package aggregator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// PollerConfig is what a [Poller] is made of. Every field but Done is required.
type PollerConfig struct {
	Fetcher     Fetcher
	Parse       func(*Response, *Source, []Digest) (*Document, error) // passes over what the digests stand for; errors carry a Class, see [ClassOf]
	Classify    func(Text) Labels
	Store       Store
	Policy      Policy
	Concurrency int              // requests under way at once, over all hosts
	Now         func() time.Time // the clock; the pauses between requests are timers
	Logger      *slog.Logger
	Done        func(Outcome) // called after each poll and delivery, one call at a time; may be nil
}

// Outcome is how one poll ended.
type Outcome struct {
	Source      string
	At          time.Time
	NotModified bool // 304, or the very same body again
	Saved       Saved
	Items       []Item        // those saved, new or changed
	Announced   *Announcement // nil when the answer does not say
	Pushed      bool          // a hub sent the Items, nobody was asked; see [Poller.Deliver]
	Err         error         // nil, or why nothing was read; see [ClassOf]
	Took        time.Duration
}

// Poller polls sources: one request at a time per host, so many at once in all,
// each result saved in one transaction.
type Poller struct {
	cfg   PollerConfig
	slots chan struct{} // one per request under way
	saves chan struct{} // one per result on its way into the store, as many: others are asked meanwhile

	mu    sync.Mutex
	hosts map[string]*host // hosts that have been asked since the start
	wg    sync.WaitGroup   // rounds under way

	network network
	score   scoreboard

	done sync.Mutex // serialises cfg.Done
}

// host is what is remembered about a host between rounds.
type host struct {
	busy   bool          // a round is working through its sources
	delay  time.Duration // the longest that any of its sources asks for
	last   time.Time
	paused time.Time
}

// NewPoller returns a Poller that has nothing to do yet.
func NewPoller(cfg PollerConfig) *Poller {
	cfg.Policy.Zone = orBerlin(cfg.Policy.Zone) // looked up once
	return &Poller{
		cfg:     cfg,
		slots:   make(chan struct{}, max(cfg.Concurrency, 1)),
		saves:   make(chan struct{}, max(cfg.Concurrency, 1)),
		hosts:   make(map[string]*host),
		network: network{charged: make(map[string]*failed)},
	}
}

// longestPause is the longest that anybody can have asked for, and a day: what
// is longer was noted while our clock was wrong.
const longestPause = MaxRetryAfter + day

// dueLimit bounds how many sources a tick takes on.
const dueLimit = 2000

// Tick starts polling what is due and returns at once. Hosts that an earlier
// tick is still busy with are left to it. [Poller.Wait] waits for the rest.
func (p *Poller) Tick(ctx context.Context) error {
	busy := p.busy() // before it is known what is due: a poll that ends meanwhile makes that out of date
	due, err := p.cfg.Store.Due(ctx, p.cfg.Now(), dueLimit)
	if err != nil {
		return fmt.Errorf("finding due sources: %w", err)
	}
	p.start(ctx, slices.DeleteFunc(due, func(s SourceStatus) bool { return busy[s.Host()] }))
	return nil
}

// busy returns the hosts that rounds are working through.
func (p *Poller) busy() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	busy := make(map[string]bool)
	for name, h := range p.hosts {
		if h.busy {
			busy[name] = true
		}
	}
	return busy
}

// Wait returns when every poll under way has been saved. Cancel the context
// given to Tick to make that soon.
func (p *Poller) Wait() { p.wg.Wait() }

// Poll polls the given sources, due or not, and returns when all are saved.
// Those whose publisher asked for time (Retry-After, a paused host) are not
// asked: their outcome is of ClassRateLimited.
func (p *Poller) Poll(ctx context.Context, sources []SourceStatus) error {
	var allowed []SourceStatus
	now := p.cfg.Now()
	for _, s := range sources {
		until := s.State.RetryAfterUntil
		if s.HostPausedUntil.After(until) {
			until = s.HostPausedUntil
		}
		if until.After(now) && until.Sub(now) <= longestPause {
			p.report(Outcome{Source: s.ID, Err: &Error{Class: ClassRateLimited,
				Err: fmt.Errorf("the publisher asked to be left alone until %s", until.Format(time.RFC3339))}})
			continue
		}
		allowed = append(allowed, s)
	}
	r := p.start(ctx, allowed)
	r.Wait()
	return ctx.Err()
}

// start groups sources by host and works through the groups, each in a
// goroutine of its own. The WaitGroup returned ends with the round.
func (p *Poller) start(ctx context.Context, sources []SourceStatus) *sync.WaitGroup {
	queues := p.claim(sources)
	r := &round{poller: p}
	done := new(sync.WaitGroup)
	var polls sync.WaitGroup
	for name, queue := range queues {
		polls.Go(func() {
			defer r.done(name)
			for _, s := range queue {
				switch err := p.take(ctx, name); err {
				case nil:
					save := r.poll(ctx, s)
					p.saves <- struct{}{}
					<-p.slots
					save()
					<-p.saves
				case errPaused:
					p.report(Outcome{Source: s.ID, Err: &Error{Class: ClassRateLimited, Err: err}})
				default:
					return
				}
			}
		})
	}
	p.wg.Add(1)
	done.Go(func() {
		defer p.wg.Done()
		polls.Wait()
		r.settle(ctx)
	})
	return done
}

// claim sorts sources into queues by host and marks those hosts busy, leaving
// out what is busy already.
func (p *Poller) claim(sources []SourceStatus) map[string][]SourceStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	queues := make(map[string][]SourceStatus)
	for _, s := range sources {
		name := s.Host()
		h := p.hosts[name]
		if h == nil {
			h = &host{last: s.HostLastRequest}
			p.hosts[name] = h
		}
		h.delay = max(h.delay, p.cfg.Policy.Delay(s.asked()))
		if h.busy && queues[name] == nil {
			continue
		}
		h.busy = true
		queues[name] = append(queues[name], s)
	}
	return queues
}

func (p *Poller) release(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hosts[name].busy = false
}

// errPaused is why a source is left alone: its host asked for time meanwhile.
var errPaused = errors.New("the host asked to be left alone during this round")

// take waits for the host's turn and for a slot. The caller gives the slot back.
func (p *Poller) take(ctx context.Context, name string) error {
	p.mu.Lock()
	h := *p.hosts[name]
	p.mu.Unlock()
	if wait := h.paused.Sub(p.cfg.Now()); wait > 0 && wait <= longestPause {
		return errPaused
	}
	if wait := h.last.Add(h.delay).Sub(p.cfg.Now()); wait > 0 {
		timer := time.NewTimer(min(wait, h.delay)) // a clock that was set back makes last lie ahead
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// asked notes a request to a host, and a pause it asked for.
func (p *Poller) asked(name string, paused time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hosts[name]
	h.last = p.cfg.Now()
	if paused.After(h.paused) {
		h.paused = paused
	}
}

func (p *Poller) report(o Outcome) {
	log := p.cfg.Logger.With("source", o.Source, "took", o.Took.Round(time.Millisecond))
	switch {
	case o.Err != nil:
		log.Warn("poll failed", "class", string(ClassOf(o.Err)), "err", o.Err)
	case o.NotModified:
		log.Info("polled", "unchanged", true)
	default:
		log.Info("polled", "added", o.Saved.New, "updated", o.Saved.Updated)
	}
	p.tell(o)
}

// tell hands an outcome on.
func (p *Poller) tell(o Outcome) {
	if p.cfg.Done != nil {
		p.done.Lock()
		defer p.done.Unlock()
		p.cfg.Done(o)
	}
}

// ask sends the request for a source and reads the answer into a Result.
func (p *Poller) ask(ctx context.Context, s SourceStatus) (res Result, notModified bool, err error) {
	at := p.cfg.Now()
	res = Result{Source: s.ID, At: at, State: s.State, Host: s.Host()}
	st := &res.State
	st.LastChecked, st.LastStatus = at, 0
	req := Request{URL: s.RequestURL(), ETag: st.ETag, LastModified: st.LastModified}
	if p.cfg.Policy.doubts(st, at) {
		req.ETag, req.LastModified = "", ""
	}
	if req.ETag == "" && req.LastModified == "" {
		st.LastFull = at
	}
	p.score.count(&s, req, at)
	resp, err := p.cfg.Fetcher.Fetch(ctx, req)
	if err != nil {
		return res, false, err
	}
	res.answer = resp
	st.LastStatus = resp.Status
	followRedirect(&s, st, resp, at)
	applyHints(st, resp.Status, resp.Header, at)
	res.Announced = announced(resp, nil)
	if resp.Status == http.StatusNotModified {
		p.score.notModified()
		storeValidators(st, resp.Header, false)
		return res, true, nil
	}
	sum := sha256.Sum256(resp.Body)
	hash := hex.EncodeToString(sum[:])
	if hash == st.BodySHA256 {
		storeValidators(st, resp.Header, true)
		return res, true, nil
	}
	seen, err := p.cfg.Store.Seen(ctx, s.ID)
	if err != nil {
		return res, false, fmt.Errorf("finding what was read last: %w", err)
	}
	doc, err := p.cfg.Parse(resp, &s.Source, seen)
	if err != nil {
		return res, false, err
	}
	storeValidators(st, resp.Header, true)
	st.BodySHA256 = hash
	st.LastChange = at
	applyDocument(st, doc)
	res.Announced = announced(resp, doc)
	res.Digests = append([]Digest{}, doc.Digests...)
	res.Items, err = p.label(context.WithoutCancel(ctx), &s.Source, doc.Items)
	return res, false, err
}

// label keeps the items that are new or changed and labels them.
func (p *Poller) label(ctx context.Context, src *Source, items []Item) ([]Item, error) {
	fresh, err := p.cfg.Store.Fresh(ctx, src.ID, items)
	if err != nil {
		return nil, fmt.Errorf("comparing with the store: %w", err)
	}
	for i := range fresh {
		fresh[i].Labels = p.cfg.Classify(fresh[i].Text(src.Region))
	}
	return fresh, nil
}

// storeValidators keeps ETag and Last-Modified exactly as received. After a full
// answer an absent one is cleared; a 304 changes only those it carries.
func storeValidators(st *State, h http.Header, full bool) {
	if v := h.Get("ETag"); v != "" || full {
		st.ETag = v
	}
	if v := h.Get("Last-Modified"); v != "" || full {
		st.LastModified = v
	}
}

// applyDocument stores what the document says about itself.
func applyDocument(st *State, doc *Document) {
	st.ItemsLast = len(doc.Items) + doc.Known
	st.Rights = doc.Rights
	st.DeclaredTTL = doc.Hints.TTL
	st.SkipHours, st.SkipDays = doc.Hints.SkipHours, doc.Hints.SkipDays
	st.Repaired = doc.Repaired
}
