package websub_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"laenderfeed/aggregator/websub"
)

// telling is a running Publisher and the hub it tells.
type telling struct {
	*websub.Publisher
	hub *hub
	end func()
}

func newTelling(t *testing.T, collect time.Duration) *telling {
	t.Helper()
	r := newRig(t)
	r.hub.set(func() { r.hub.lazy = true })
	p := websub.NewPublisher(websub.PublisherConfig{Hub: r.hub.URL, Poster: r.client, Collect: collect, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	end := func() { cancel(); running.Wait() }
	t.Cleanup(end)
	return &telling{p, r.hub, end}
}

// told waits until the hub has been asked for n topics and returns them.
func (tl *telling) told(t *testing.T, n int) (topics []string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, form := range tl.hub.requests() {
			if form.Get("hub.mode") != "publish" || len(form) != 2 || len(form["hub.url"]) > 100 {
				t.Fatalf("the hub was told %v", form)
			}
			topics = append(topics, form["hub.url"]...)
		}
		if len(topics) >= n {
			return topics
		}
	}
	t.Fatalf("after a minute the hub was told of %d topics, want %d", len(topics), n)
	return nil
}

func TestHubIsToldOfWhatChanged(t *testing.T) {
	p := newTelling(t, 20*time.Millisecond)
	p.Changed(nil)
	p.Changed([]string{"https://a.example/b", "https://a.example/a"})
	if got := p.told(t, 2); !slices.Equal(got, []string{"https://a.example/a", "https://a.example/b"}) {
		t.Errorf("told of %q", got)
	}
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprintf("https://a.example/%03d", i))
	}
	p.Changed(many)
	if got := p.told(t, 250); !slices.Equal(got, many) {
		t.Errorf("told of %d topics", len(got))
	}
}

func TestChangesAreCollected(t *testing.T) {
	p := newTelling(t, time.Hour)
	for range 5 {
		p.Changed([]string{"https://a.example/x"})
	}
	p.end() // does not wait for the hour, and tells what is left
	if got := p.hub.requests(); len(got) != 1 || !slices.Equal(got[0]["hub.url"], []string{"https://a.example/x"}) {
		t.Errorf("told %v", got)
	}
}

func TestWhatTheHubDidNotTakeIsToldAgain(t *testing.T) {
	p := newTelling(t, time.Millisecond)
	p.hub.set(func() { p.hub.status = http.StatusServiceUnavailable })
	p.Changed([]string{"https://a.example/x"})
	p.told(t, 1)
	p.hub.set(func() { p.hub.status = http.StatusNoContent })
	p.Changed([]string{"https://a.example/y"})
	p.end() // within the back-off
	if got := p.told(t, 2); !slices.Equal(got, []string{"https://a.example/x", "https://a.example/y"}) {
		t.Errorf("told again of %q", got)
	}
}
