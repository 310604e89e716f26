package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"laenderfeed/aggregator"
	"laenderfeed/aggregator/websub"
)

// startPush puts on what talks to hubs.
func (a *app) startPush(ctx context.Context) (err error) {
	if hub := a.cfg.Publish.WebSubHub; hub != "" {
		a.hub = websub.NewPublisher(websub.PublisherConfig{
			Hub: hub, Poster: a.fetcher, Delay: a.policy().Delay(&aggregator.Source{URL: hub}), Logger: a.log,
		})
	}
	a.push, err = a.subscriber(ctx)
	return err
}

// observe tells those who talk to hubs how a poll or delivery ended.
func (a *app) observe(ctx context.Context, o aggregator.Outcome) {
	a.push.Observe(ctx, o)
	if a.hub != nil && o.Err == nil {
		a.hub.Changed(a.readers.Changed(o.Source, o.Items))
	}
}

// tellHub lets our hub be told of changes until the function returned is called,
// which waits for the last of it. Polls under way are saved before that.
func (a *app) tellHub(ctx context.Context) (end func()) {
	if a.hub == nil {
		return func() {}
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var telling sync.WaitGroup
	telling.Go(func() { a.hub.Run(work) })
	return func() {
		stop()
		telling.Wait()
	}
}

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
	return a.poller.Deliver(ctx, s, resp)
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
