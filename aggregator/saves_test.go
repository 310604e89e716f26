package aggregator_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"laenderfeed/aggregator"
)

// lateStore saves nothing before it is told to.
type lateStore struct {
	*memory
	open chan struct{}
}

func (s *lateStore) Save(ctx context.Context, r aggregator.Result) (aggregator.Saved, error) {
	<-s.open
	return s.memory.Save(ctx, r)
}

// counted counts the requests, and those under way.
type counted struct{ asked, now, most atomic.Int64 }

func (c *counted) Fetch(context.Context, aggregator.Request) (*aggregator.Response, error) {
	c.asked.Add(1)
	c.most.Store(max(c.most.Load(), c.now.Add(1)))
	time.Sleep(time.Second)
	c.now.Add(-1)
	return &aggregator.Response{Status: 200, Header: http.Header{}, Body: []byte("0\na 0\n")}, nil
}

// TestOthersAskedWhileSaving: results that wait for the store keep nobody from being
// asked, as long as they are few.
func TestOthersAskedWhileSaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slots, hosts = 3, 20
		db := &lateStore{&memory{now: time.Now, hosts: map[string]hostMemory{}, seen: map[string]time.Time{}}, make(chan struct{})}
		for i := range hosts {
			id := fmt.Sprint("s", i)
			db.sources = append(db.sources, &aggregator.SourceStatus{Source: aggregator.Source{ID: id, URL: "https://" + id + ".example/", Enabled: true}})
		}
		var net counted
		poller := aggregator.NewPoller(aggregator.PollerConfig{
			Fetcher: &net, Parse: readBody, Classify: func(aggregator.Text) aggregator.Labels { return aggregator.Labels{} },
			Store: db, Concurrency: slots, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		})
		if err := poller.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := net.asked.Load(); n != 2*slots {
			t.Errorf("%d asked while %d results could wait, want %d", n, slots, 2*slots)
		}
		close(db.open)
		poller.Wait()
		if n, most := net.asked.Load(), net.most.Load(); n != hosts || most != slots {
			t.Errorf("%d asked in the end, at most %d at once; want %d and %d", n, most, hosts, slots)
		}
	})
}
