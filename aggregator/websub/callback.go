package websub

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// maxChallenge is the length in bytes of a challenge that is echoed.
const maxChallenge = 4 << 10

// ServeHTTP answers hubs at the callbacks: GET verifies, POST brings content.
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	token, ok := strings.CutPrefix(r.URL.Path, Path)
	switch {
	case !ok || token == "":
		http.NotFound(w, r)
	case r.Method == http.MethodGet:
		s.verify(w, r, token)
	case r.Method == http.MethodPost:
		s.receive(w, r, token)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// intent is what a hub asks at a callback (section 5.3).
type intent struct {
	mode      string // subscribe, unsubscribe or denied
	topic     string
	challenge string
	lease     time.Duration // 0 when the hub does not say
	reason    string        // of a denial
}

// parseIntent reads the query of a verification. A parameter that is there twice,
// a lease that is no number, and a missing or enormous challenge are refused.
func parseIntent(query string) (in intent, ok bool) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return in, false
	}
	for name, list := range values {
		if strings.HasPrefix(name, "hub.") && len(list) > 1 {
			return in, false
		}
	}
	in = intent{mode: values.Get("hub.mode"), topic: values.Get("hub.topic"), challenge: values.Get("hub.challenge"), reason: values.Get("hub.reason")}
	if text := values.Get("hub.lease_seconds"); text != "" && in.mode == "subscribe" {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return in, false
		}
		in.lease = longestLease
		if n < uint64(longestLease/time.Second) {
			in.lease = time.Duration(n) * time.Second
		}
		if in.lease < shortestLease {
			return in, false
		}
	}
	switch in.mode {
	case "denied":
		return in, in.topic != ""
	case "subscribe", "unsubscribe":
		return in, in.topic != "" && in.challenge != "" && len(in.challenge) <= maxChallenge
	}
	return in, false
}

// verify answers whether we want what a hub asks about.
func (s *Subscriber) verify(w http.ResponseWriter, r *http.Request, token string) {
	in, ok := parseIntent(r.URL.RawQuery)
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.all[token]
	if sub == nil || sub.Callback == "" || sub.Topic != in.topic {
		http.NotFound(w, r)
		return
	}
	ctx := context.WithoutCancel(r.Context()) // a hub that hangs up has asked all the same
	now := s.cfg.Now()
	open := !sub.Requested.IsZero() && now.Sub(sub.Requested) <= window
	live := sub.State == aggregator.PushPending || sub.State == aggregator.PushActive
	var err error
	switch {
	case in.mode == "subscribe" && open && live:
		err = s.confirm(ctx, sub, in, now)
	case in.mode == "unsubscribe" && open && sub.State == aggregator.PushLeaving:
		err = s.drop(ctx, sub)
		s.cfg.Logger.Info("push ended", "source", sub.Source, "hub", sub.Hub)
	case in.mode == "denied" && live:
		err = s.reject(ctx, sub, aggregator.PushRefused, "denied by the hub: "+in.reason)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		s.cfg.Logger.Error("keeping subscriptions failed", "source", sub.Source, "err", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, in.challenge)
}

// confirm makes a subscription active, or goes on with it.
func (s *Subscriber) confirm(ctx context.Context, sub *aggregator.Subscription, in intent, now time.Time) error {
	lease := in.lease
	if lease == 0 {
		lease = wantedLease
	}
	was := *sub
	if sub.Verified.IsZero() || sub.State == aggregator.PushPending {
		sub.Verified = now
	}
	sub.State, sub.Expires, sub.Requested, sub.Attempts = aggregator.PushActive, now.Add(lease), time.Time{}, 0
	sub.Next = now.Add(jitter(lease*4/5, sub.Token))
	if err := s.put(ctx, sub); err != nil {
		*sub = was
		return err
	}
	s.cfg.Logger.Info("push verified", "source", sub.Source, "hub", sub.Hub, "until", sub.Expires)
	return nil
}
