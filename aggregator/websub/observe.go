package websub

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// Observe takes notice of a poll (not of a delivery): of the hubs that the feed
// announces, and of what a hub has missed. It is meant for Done of
// [aggregator.PollerConfig].
func (s *Subscriber) Observe(ctx context.Context, o aggregator.Outcome) {
	if o.Err != nil || o.Pushed || !s.cfg.Enabled {
		return
	}
	src, polled := s.sources[o.Source]
	if !polled {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.compare(ctx, o)
	if err == nil && o.Announced != nil {
		err = s.choose(ctx, &src, o.Announced)
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Logger.Error("keeping subscriptions failed", "source", o.Source, "err", err)
	}
}

// compare switches push off when a poll has found what the hub should have sent.
func (s *Subscriber) compare(ctx context.Context, o aggregator.Outcome) error {
	n := slices.IndexFunc(s.of(o.Source), func(sub *aggregator.Subscription) bool { return sub.State == aggregator.PushActive })
	if n < 0 {
		delete(s.checked, o.Source)
		return nil
	}
	sub := s.of(o.Source)[n]
	last := s.checked[o.Source]
	s.checked[o.Source] = o.At
	since := sub.Verified
	if s.started.After(since) {
		since = s.started
	}
	count := missed(o, since, !last.Before(since))
	if count == 0 {
		return nil
	}
	delete(s.checked, o.Source)
	memory := *sub
	if err := s.leave(ctx, sub); err != nil {
		return err
	}
	memory.Token = "off-" + memory.Token
	return s.reject(ctx, &memory, aggregator.PushOff, fmt.Sprintf("a poll found %d items that the hub had not sent", count))
}

// missed counts the new items of a poll that were published since a time and have
// been there for a while. Undated ones count when an earlier poll since that time
// did not see them, for a hub sends within minutes what a poll finds within a day.
// Items that are stored and only changed do not count: as a poll does not tell
// which these are, as many are taken off.
func missed(o aggregator.Outcome, since time.Time, seenBefore bool) int {
	n := 0
	for i := range o.Items {
		at := o.Items[i].Published
		if at.IsZero() && seenBefore || at.After(since) && at.Before(o.At.Add(-grace)) {
			n++
		}
	}
	return max(min(n-o.Saved.Updated, o.Saved.New), 0) // the hub may have sent some just now
}

// choose subscribes to the first usable hub of a source, unless it is subscribed to
// one of them already, and ends what is announced no longer.
func (s *Subscriber) choose(ctx context.Context, src *aggregator.Source, a *aggregator.Announcement) error {
	hubs := s.usable(src, a)
	taken := false
	for _, sub := range s.of(src.ID) {
		announced := slices.Contains(hubs, sub.Hub) && sub.Topic == a.Topic
		var err error
		switch live := sub.State == aggregator.PushActive || sub.State == aggregator.PushPending; {
		case live && announced && !taken:
			taken = true
		case live:
			err = s.leave(ctx, sub)
		case !announced:
			err = s.drop(ctx, sub)
		case sub.State == aggregator.PushOff:
			taken = true
		case sub.State == aggregator.PushRefused:
			hubs = slices.DeleteFunc(hubs, func(h string) bool { return h == sub.Hub })
		}
		if err != nil {
			return err
		}
	}
	if taken || len(hubs) == 0 {
		return nil
	}
	return s.subscribe(ctx, src.ID, hubs[0], a.Topic)
}

// usable returns the hubs that a source may be subscribed to at.
func (s *Subscriber) usable(src *aggregator.Source, a *aggregator.Announcement) []string {
	var out []string
	for _, hub := range a.Hubs {
		u, err := url.Parse(hub)
		if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || a.Topic == "" {
			continue
		}
		own := s.private(u)
		if u.Scheme == "https" && !own || own && s.inside(src) {
			out = append(out, hub)
		}
	}
	return out
}

// inside tells whether a source lies in one's own network.
func (s *Subscriber) inside(src *aggregator.Source) bool {
	u, err := url.Parse(src.URL)
	return err == nil && s.private(u)
}

func (s *Subscriber) private(u *url.URL) bool {
	return s.cfg.Private != nil && s.cfg.Private(strings.ToLower(u.Host))
}
