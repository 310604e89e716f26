// Package websub lets publishers tell us of news the moment they have some: it is
// a subscriber as W3C WebSub (https://www.w3.org/TR/websub/) has it.
//
// # The way of a subscription
//
// A polled feed announces its hubs and the name they know it by
// ([aggregator.Announcement]; Link fields first, then the document).
// [Subscriber.Observe] sees that and makes a subscription, pending, for the first
// hub that can be used. [Subscriber.Tick] asks the hub, which asks back at the
// callback, {public URL}/websub/{token}: verified, the subscription is active for
// as long as the hub says, and renewed after four fifths of that. What the hub
// sends is checked, queued and saved by [Subscriber.Run] the way a polled answer
// is.
//
// # What is trusted
//
// The token of a callback cannot be guessed, and answers only to what we asked
// for and for an hour: other requests get 404. Every subscription has a secret,
// and content without a good signature (X-Hub-Signature, sha1 to sha512) gets 202
// and is thrown away, as section 8.1 of the recommendation wants it. As the
// secret travels to the hub, hubs must be https; http ones are only used for
// sources inside one's own network. Such a source is also the only one that may
// name a hub inside.
//
// # Polling
//
// A source whose subscription is active is polled once a day. Should that poll
// find an item that the hub had an hour to send and did not, the source goes back
// to ordinary polling for 30 days, or until it announces another hub. A lapsed,
// denied or failed subscription ends the daily rhythm at once. A hub that does
// not verify five requests in a row, or denies the subscription, is refused for
// 30 days and the next one of the source is tried.
package websub

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"laenderfeed/aggregator"
)

// Path is where the callbacks lie below the public URL.
const Path = "/websub/"

// How subscriptions live.
const (
	wantedLease   = 10 * 24 * time.Hour
	shortestLease = 10 * time.Minute    // a shorter one is not worth its requests
	longestLease  = 90 * 24 * time.Hour // longer ones are taken as this
	window        = time.Hour           // a hub verifies within this, or never
	firstRetry    = time.Hour           // doubled with each request that is not verified
	lastRetry     = 24 * time.Hour      // but no longer
	attempts      = 5                   // requests without verification until a hub is refused
	farewells     = 3                   // requests to end a subscription until it is left to lapse
	offFor        = 30 * 24 * time.Hour // until a refused hub, or one that missed items, is tried again
	grace         = time.Hour           // what an item may be old when a poll finds it before the hub sent it
	restartSpread = time.Hour           // within this after a start, pushed sources are polled
	maxReason     = 200                 // bytes of a reason
)

// Store keeps subscriptions over restarts.
type Store interface {
	Subscriptions(ctx context.Context) ([]aggregator.Subscription, error)
	// PutSubscription replaces the subscription with its token.
	PutSubscription(ctx context.Context, s aggregator.Subscription) error
	DropSubscription(ctx context.Context, token string) error
	// Hasten makes a source due at the given time if it was due later, but not
	// before its publisher allows it.
	Hasten(ctx context.Context, source string, at time.Time) error
}

// Poster sends forms to hubs. Outside says that the URL was named by somebody on
// the internet, and must not lead into a private network. Errors are
// [*aggregator.Error].
type Poster interface {
	Post(ctx context.Context, url string, form url.Values, outside bool) error
}

// Config is what a [Subscriber] is made of. All but Private is required.
type Config struct {
	Enabled   bool   // false: end what subscriptions there are
	PublicURL string // where hubs reach us, without a slash at the end; "" if they do not
	Sources   []aggregator.Source
	Store     Store
	Poster    Poster
	Deliver   func(ctx context.Context, source string, resp *aggregator.Response) (aggregator.Saved, error)
	Delay     func(url string) time.Duration // least time between two requests to the host
	Private   func(host string) bool         // hosts of one's own network; nil means none
	MaxBody   int64                          // bytes of content
	Now       func() time.Time
	Logger    *slog.Logger
}

// Subscriber holds the subscriptions. It is an [http.Handler] for the callbacks.
type Subscriber struct {
	cfg     Config
	sources map[string]aggregator.Source // those that are polled, by ID
	started time.Time
	queue   *queue
	reading chan struct{} // one per body being read

	mu      sync.Mutex                          // held while the store is written, too
	all     map[string]*aggregator.Subscription // by token
	checked map[string]time.Time                // last poll of a pushed source since the start, by ID
	hubs    map[string]time.Time                // when a hub's host may be asked again
}

// New reads what subscriptions there are. Those whose source is gone, or all when
// push is not enabled, are ended. Sources that were pushed while we were not there
// are polled soon, since nobody knows what was missed.
func New(ctx context.Context, cfg Config) (*Subscriber, error) {
	s := &Subscriber{
		cfg: cfg, sources: map[string]aggregator.Source{}, started: cfg.Now(),
		queue: newQueue(queueLength, queueBodies*cfg.MaxBody), reading: make(chan struct{}, readers),
		all: map[string]*aggregator.Subscription{}, checked: map[string]time.Time{}, hubs: map[string]time.Time{},
	}
	for _, src := range cfg.Sources {
		if src.Enabled {
			s.sources[src.ID] = src
		}
	}
	known, err := cfg.Store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range known {
		sub := &known[i]
		s.all[sub.Token] = sub
		if err := s.resume(ctx, sub); err != nil {
			return nil, fmt.Errorf("resuming subscriptions: %w", err)
		}
	}
	return s, nil
}

// resume takes up a stored subscription.
func (s *Subscriber) resume(ctx context.Context, sub *aggregator.Subscription) error {
	_, polled := s.sources[sub.Source]
	live := sub.State == aggregator.PushActive || sub.State == aggregator.PushPending
	switch {
	case sub.State == aggregator.PushLeaving:
		return nil
	case live && (!s.cfg.Enabled || !polled || sub.Callback != s.callback(sub.Token)):
		return s.leave(ctx, sub)
	case !s.cfg.Enabled || !polled:
		return s.drop(ctx, sub)
	case sub.State == aggregator.PushActive:
		h := fnv.New32a()
		h.Write([]byte(sub.Source))
		return s.cfg.Store.Hasten(ctx, sub.Source, s.started.Add(time.Duration(h.Sum32())*time.Second%restartSpread))
	}
	return nil
}

func (s *Subscriber) callback(token string) string { return s.cfg.PublicURL + Path + token }

// put stores a subscription as it is now.
func (s *Subscriber) put(ctx context.Context, sub *aggregator.Subscription) error {
	s.all[sub.Token] = sub
	return s.cfg.Store.PutSubscription(ctx, *sub)
}

func (s *Subscriber) drop(ctx context.Context, sub *aggregator.Subscription) error {
	delete(s.all, sub.Token)
	return s.cfg.Store.DropSubscription(ctx, sub.Token)
}

// leave lets a subscription be ended at its hub. A hub that was never asked need
// not be told. Its source is polled as any other from now on.
func (s *Subscriber) leave(ctx context.Context, sub *aggregator.Subscription) error {
	if sub.State == aggregator.PushPending && sub.Requested.IsZero() {
		return s.drop(ctx, sub)
	}
	pushed := sub.State == aggregator.PushActive
	sub.State, sub.Next, sub.Requested, sub.Attempts = aggregator.PushLeaving, s.cfg.Now(), time.Time{}, 0
	if err := s.put(ctx, sub); err != nil || !pushed {
		return err
	}
	return s.cfg.Store.Hasten(ctx, sub.Source, s.cfg.Now())
}

// reject gives a hub up for some time, and with PushOff the whole source.
func (s *Subscriber) reject(ctx context.Context, sub *aggregator.Subscription, state aggregator.PushState, reason string) error {
	sub.State, sub.Reason, sub.Next = state, cut(reason), s.cfg.Now().Add(offFor)
	sub.Callback, sub.Secret, sub.Attempts = "", "", 0
	sub.Requested, sub.Verified, sub.Expires = time.Time{}, time.Time{}, time.Time{}
	s.cfg.Logger.Warn("push switched off", "source", sub.Source, "hub", sub.Hub, "state", string(state), "reason", sub.Reason, "until", sub.Next)
	if err := s.put(ctx, sub); err != nil {
		return err
	}
	return s.cfg.Store.Hasten(ctx, sub.Source, s.cfg.Now())
}

// cut makes text of a stranger fit for a log line and a column.
func cut(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "�"), func(r rune) bool { return r == ' ' || unicode.IsControl(r) }), " ")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}

// of returns the subscriptions and refusals of a source but for those that are
// being ended, in the order of their tokens.
func (s *Subscriber) of(source string) []*aggregator.Subscription {
	var out []*aggregator.Subscription
	for _, sub := range s.all {
		if sub.Source == source && sub.State != aggregator.PushLeaving {
			out = append(out, sub)
		}
	}
	slices.SortFunc(out, func(a, b *aggregator.Subscription) int { return strings.Compare(a.Token, b.Token) })
	return out
}

// subscribe makes a subscription that Tick asks for.
func (s *Subscriber) subscribe(ctx context.Context, source, hub, topic string) error {
	token := rand.Text()
	return s.put(ctx, &aggregator.Subscription{
		Token: token, Source: source, Callback: s.callback(token), Hub: hub, Topic: topic, Secret: rand.Text() + rand.Text(),
		State: aggregator.PushPending, Next: s.cfg.Now(),
	})
}
