package websub

import (
	"context"
	"errors"
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"laenderfeed/aggregator"
)

// request is a form that is to be sent to a hub.
type request struct {
	token   string
	hub     string
	form    url.Values
	outside bool
}

// Tick lets lapse what has lapsed, forgets old refusals and asks hubs for what is
// due: one request to each host, those to several hosts at the same time. It
// returns when all are answered.
func (s *Subscriber) Tick(ctx context.Context) error {
	requests, err := s.due(ctx)
	var asking sync.WaitGroup
	for _, r := range requests {
		asking.Go(func() { s.ask(ctx, r) })
	}
	asking.Wait()
	return err
}

// due does what the clock says and returns the requests to be made.
func (s *Subscriber) due(ctx context.Context) ([]request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	var list []*aggregator.Subscription
	for _, sub := range s.all {
		if !sub.Next.After(now) || !sub.Expires.IsZero() && !sub.Expires.After(now) {
			list = append(list, sub)
		}
	}
	slices.SortFunc(list, func(a, b *aggregator.Subscription) int { return a.Next.Compare(b.Next) })
	var out []request
	var errs []error
	busy := map[string]bool{}
	for _, sub := range list {
		ask, err := s.advance(ctx, sub, now)
		if err != nil {
			errs = append(errs, err)
		}
		if host := hostOf(sub.Hub); ask && err == nil && !busy[host] && !s.hubs[host].After(now) {
			busy[host] = true
			s.hubs[host] = now.Add(s.cfg.Delay(sub.Hub))
			if err := s.asked(ctx, sub, now); err != nil {
				errs = append(errs, err)
				continue
			}
			out = append(out, s.request(sub))
		}
	}
	return out, errors.Join(errs...)
}

// advance does what the time asks for with a subscription, and tells whether its
// hub is to be asked.
func (s *Subscriber) advance(ctx context.Context, sub *aggregator.Subscription, now time.Time) (ask bool, err error) {
	lapsed := !sub.Expires.IsZero() && !sub.Expires.After(now)
	switch sub.State {
	case aggregator.PushOff, aggregator.PushRefused:
		return false, s.drop(ctx, sub)
	case aggregator.PushLeaving:
		if lapsed || sub.Attempts >= farewells {
			return false, s.drop(ctx, sub)
		}
		return true, nil
	case aggregator.PushActive:
		if lapsed {
			s.cfg.Logger.Warn("push has lapsed", "source", sub.Source, "hub", sub.Hub)
			sub.State, sub.Expires = aggregator.PushPending, time.Time{}
			if err := s.put(ctx, sub); err != nil {
				return false, err
			}
			err = s.cfg.Store.Hasten(ctx, sub.Source, now)
			return err == nil && !sub.Next.After(now), err
		}
		return true, nil
	}
	if sub.Attempts >= attempts {
		return false, s.reject(ctx, sub, aggregator.PushRefused, "the hub does not verify our requests")
	}
	return true, nil
}

// asked notes a request that is about to be sent, so that the hub may verify it
// even before it answers. The next one comes later each time; while a lease runs,
// at a third of what is left of it at the latest.
func (s *Subscriber) asked(ctx context.Context, sub *aggregator.Subscription, now time.Time) error {
	wait := min(firstRetry<<min(sub.Attempts, 8), lastRetry)
	if left := sub.Expires.Sub(now); sub.State == aggregator.PushActive && wait > left/3 {
		wait = max(left/3, time.Minute)
	}
	sub.Requested, sub.Next = now, now.Add(jitter(wait, sub.Token))
	sub.Attempts++
	return s.put(ctx, sub)
}

// request makes the form for a subscription (section 5.1).
func (s *Subscriber) request(sub *aggregator.Subscription) request {
	mode := "subscribe"
	if sub.State == aggregator.PushLeaving {
		mode = "unsubscribe"
	}
	form := url.Values{"hub.callback": {sub.Callback}, "hub.mode": {mode}, "hub.topic": {sub.Topic}}
	if mode == "subscribe" {
		form.Set("hub.lease_seconds", strconv.Itoa(int(wantedLease/time.Second)))
		form.Set("hub.secret", sub.Secret)
	}
	src, polled := s.sources[sub.Source]
	u, err := url.Parse(sub.Hub)
	inside := err == nil && s.private(u) && (!polled || s.inside(&src))
	return request{token: sub.Token, hub: sub.Hub, form: form, outside: !inside}
}

// ask sends a request. What becomes of the subscription is the hub's to say when
// it verifies; one that refuses is asked again after the same time as one that
// never verifies, or when it wants.
func (s *Subscriber) ask(ctx context.Context, r request) {
	err := s.cfg.Poster.Post(ctx, r.hub, r.form, r.outside)
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.all[r.token]
	if sub == nil {
		return
	}
	log := s.cfg.Logger.With("source", sub.Source, "hub", r.hub, "mode", r.form.Get("hub.mode"))
	if err == nil {
		log.Info("hub asked")
		return
	}
	log.Warn("asking a hub failed", "class", string(aggregator.ClassOf(err)), "err", err)
	failure, ok := errors.AsType[*aggregator.Error](err)
	if !ok || failure.RetryAfter <= 0 || sub.Requested.IsZero() {
		return
	}
	later := s.cfg.Now().Add(failure.RetryAfter)
	if host := hostOf(r.hub); later.After(s.hubs[host]) {
		s.hubs[host] = later
	}
	if later.After(sub.Next) {
		sub.Next = later
		if err := s.put(ctx, sub); err != nil {
			log.Error("keeping subscriptions failed", "err", err)
		}
	}
}

// jitter shortens a time by up to a tenth, differently for each key.
func jitter(d time.Duration, key string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(key))
	return d - d/10*time.Duration(h.Sum32()%1000)/1000
}

func hostOf(hub string) string { return (&aggregator.Source{URL: hub}).Host() }
