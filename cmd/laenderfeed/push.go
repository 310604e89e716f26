package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/websub"
)

// subscriber returns what keeps the subscriptions at hubs, or only ends those
// there are when the configuration does not want any.
func (a *app) subscriber(ctx context.Context) (*websub.Subscriber, error) {
	return websub.New(ctx, websub.Config{
		Enabled: a.cfg.Fetch.WebSub, PublicURL: a.cfg.Server.PublicURL, Sources: a.cfg.Sources,
		Store: a.store, Poster: a.fetcher, Deliver: a.deliver,
		Delay:   func(url string) time.Duration { return a.policy().Delay(&aggregator.Source{URL: url}) },
		Private: a.cfg.Fetch.Private, MaxBody: a.cfg.Fetch.MaxBody, Now: time.Now, Logger: a.log,
	})
}

// deliver saves what a hub sent for a source. Links in it are read as in a poll.
func (a *app) deliver(ctx context.Context, id string, resp *aggregator.Response) (aggregator.Saved, error) {
	s, err := a.store.Source(ctx, id)
	if err != nil {
		return aggregator.Saved{}, err
	}
	resp.URL = s.RequestURL()
	return a.poller.Deliver(ctx, &s.Source, resp)
}

// withCallbacks lets hubs reach the subscriber; everything else is for readers.
func withCallbacks(push *websub.Subscriber, readers http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, websub.Path) {
			push.ServeHTTP(w, r)
			return
		}
		readers.ServeHTTP(w, r)
	})
}
